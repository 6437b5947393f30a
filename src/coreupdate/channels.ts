// channels.json: which group of machines is at which version. Pure; what cannot be followed is named, and changes nothing.

import { placeOfFault, placesOfKeys } from './json-places.ts';
import type { Channel, Channels } from './model.ts';
import { isOfferable } from './version.ts';

/** The channel of groups that no other channel is named for. */
export const anyGroup = '*';
export const newest = 'newest';

/** Without a file every group is offered the newest release. */
export const openChannels: Channels = {
  byName: new Map([[anyGroup, { name: anyGroup, version: newest, floors: new Map() }]]),
  problems: [],
};

/** Ids by which machines of Flatcar name their group in place of a track. */
const flatcarGroups: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '5b810680-e36a-4879-b98a-4f989e80b899': 'alpha',
    '3fe10490-dd73-4b49-b72a-28ac19acfcdc': 'beta',
    '9a2deb70-37be-4026-853f-bfdd6b347bbe': 'stable',
    '72834a2b-ad86-4d6d-b498-e08a19ebe54e': 'edge',
    'e641708d-fb48-4260-8bdf-ba2074a1147a': 'alpha',
    'd112ec01-ba34-4a9e-9d4b-9814a685f266': 'beta',
    '11a585f6-9418-4df0-8863-78b2fd3240f8': 'stable',
    'b4b2fa22-c1ea-498c-a8ac-c1dc0b1d7c17': 'edge',
  }),
);

/** The channel of a group; undefined when there is none for it. No group is `stable`, as everywhere. */
export function channelOf(
  channels: ReadonlyMap<string, Channel>,
  track: string | undefined,
): Channel | undefined {
  const name = track === undefined || track === '' ? 'stable' : track;
  const known = flatcarGroups.get(name.replace(/^\{(.*)\}$/, '$1').toLowerCase());
  return (
    channels.get(name) ?? (known === undefined ? undefined : channels.get(known)) ?? channels.get(anyGroup)
  );
}

/**
 * Reads the file: `{"stable": "1.2.3", "beta": {"version": "1.3.0", "paused": "…", "floors": {"1.2.0": "…"},
 * "maxInProgress": 2}, "10-percent": {"channel": "beta"}}`. What cannot be followed is named with its line and column,
 * and stays as it was `before`.
 */
export function parseChannels(text: string, before: ReadonlyMap<string, Channel> = new Map()): Channels {
  const all = before.size === 0 ? 'nothing is offered' : 'its channels stay as they were';
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      byName: before,
      problems: [`channels.json:${placeOfFault(text)}: it is no JSON, and ${all}: ${why}.`],
    };
  }
  if (!isObject(root)) {
    return { byName: before, problems: [`channels.json:1:1: it is no object, and ${all}.`] };
  }
  const byName = new Map<string, Channel>();
  const problems: string[] = [];
  const places = placesOfKeys(text);
  const refuse = (name: string, why: string) => {
    const old = before.get(name);
    if (old !== undefined) byName.set(name, old);
    const what = old === undefined ? 'is left out' : 'stays as it was';
    problems.push(`channels.json:${places.get(name) ?? '1:1'}: ${quoted(name)} ${what}: ${why}.`);
  };
  const entries = Object.entries(root);
  for (const [name, value] of entries) {
    if (isObject(value) && value['channel'] !== undefined) continue;
    const channel = readChannel(name, value);
    if (typeof channel === 'string') refuse(name, channel);
    else byName.set(name, channel);
  }
  for (const [name, value] of entries) {
    if (!isObject(value) || value['channel'] === undefined) continue;
    const { channel: other } = value;
    const same = typeof other === 'string' ? byName.get(other) : undefined;
    if (same === undefined) refuse(name, `there is no channel ${quoted(other)}`);
    else byName.set(name, same);
  }
  return { byName, problems };
}

type Fields = Readonly<Record<string, unknown>>;

function readChannel(name: string, value: unknown): Channel | string {
  if (typeof value === 'string') {
    return isTarget(value) ? { name, version: value, floors: new Map() } : `${quoted(value)} is no version`;
  }
  if (!isObject(value)) return 'it has to be a version, or an object with one';
  const { version, paused, floors, maxInProgress, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return `there is no setting ${quoted(unknown)}`;
  if (typeof version !== 'string' || !isTarget(version)) return `its version is ${quoted(version)}`;
  if (paused !== undefined && typeof paused !== 'boolean' && typeof paused !== 'string') {
    return `paused is ${quoted(paused)}, and has to be true, false or a reason`;
  }
  if (maxInProgress !== undefined && !isCount(maxInProgress)) {
    return `maxInProgress is ${quoted(maxInProgress)}, and has to be a number of machines`;
  }
  const steps = new Map<string, string>();
  for (const [floor, reason] of Object.entries(isObject(floors) ? floors : {})) {
    if (!isOfferable(floor)) return `the floor ${quoted(floor)} is no version`;
    steps.set(floor, typeof reason === 'string' ? reason : '');
  }
  if (floors !== undefined && !isObject(floors)) return 'floors has to be an object of versions and reasons';
  return {
    ...{ name, version, floors: steps },
    ...(paused === undefined || paused === false ? {} : { paused: paused === true ? '' : paused }),
    ...(maxInProgress === undefined ? {} : { maxInProgress }),
  };
}

const isTarget = (text: string): boolean => text === newest || isOfferable(text);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const quoted = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 100);

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
