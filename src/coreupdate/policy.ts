// Which version a machine is offered, or why none. Pure: what it knows it is given, the clock too.

import { compareVersions } from '../disk/index.ts';
import type { AppRequest, OmahaOs } from '../omaha/index.ts';
import { anyGroup, channelOf, newest } from './channels.ts';
import type { Catalog, CatalogRelease, Channel, Grant } from './model.ts';

export interface Question {
  readonly app: AppRequest;
  readonly os: OmahaOs | undefined;
  /** `ondemandupdate`, of ue-rs `ondemand`: a person asks, who is not made to wait for other machines. */
  readonly installSource: string | undefined;
  /** What this machine was granted before. */
  readonly grant: Grant | undefined;
  /** Other machines that are being updated from this channel now. */
  readonly inProgress: (channel: Channel) => number;
  readonly now: number;
}

export type Decision =
  | {
      readonly kind: 'offer';
      readonly release: CatalogRelease;
      readonly floorReason?: string;
      readonly isNew: boolean;
    }
  /** `held`: something is there, and the machine has to wait. */
  | { readonly kind: 'none'; readonly reason: string; readonly held: boolean };

/** Decides one update check. */
export function decide(catalog: Catalog, question: Question): Decision {
  const { app, now } = question;
  const current = app.version ?? '';
  const channel = channelOf(catalog.channels, app.track);
  if (channel === undefined) return none(noChannel(catalog, app.track));
  if (channel.paused !== undefined) {
    return none(`${nameOf(channel)} is paused${channel.paused === '' ? '' : `: ${channel.paused}`}.`, true);
  }
  const architecture = architectureOf(app, question.os);
  const own = catalog.releases.filter((release) => release.architecture === architecture);
  const target = releaseOf(own, channel.version);
  if (target === undefined) {
    return none(
      channel.version === newest
        ? `There is no release for ${architecture}.`
        : `${nameOf(channel)} is at ${channel.version}, of which there is no usable release for ${architecture}.`,
    );
  }
  const step = stepFrom(current, target, own, channel, now);
  if (step.kind === 'none') return step;
  const { release } = step;
  if (release.expires !== undefined && release.expires <= now) {
    return none(`Release ${release.version} expired on ${new Date(release.expires).toISOString()}.`);
  }
  const { grant, installSource } = question;
  // Asked again within one boot, the answer is the same; nothing new is granted by that.
  if (grant?.version === release.version && grant.bootId === (app.bootId ?? '')) {
    return { ...step, isNew: false };
  }
  const { maxInProgress } = channel;
  if (maxInProgress !== undefined && installSource !== 'ondemandupdate' && installSource !== 'ondemand') {
    if ((app.machineId ?? '') === '') {
      return none(`${nameOf(channel)} counts its machines, and this one does not say which it is.`, true);
    }
    const others = question.inProgress(channel);
    if (others >= maxInProgress) {
      return none(
        `${nameOf(channel)} updates ${maxInProgress} machines at once, and ${others} are under way; ask again later.`,
        true,
      );
    }
  }
  return { ...step, isNew: true };
}

type Step = Extract<Decision, { kind: 'none' }> | Omit<Extract<Decision, { kind: 'offer' }>, 'isNew'>;

/** The next version on the way from `current` to the target: a floor, a stepping stone, or the target. */
function stepFrom(
  current: string,
  target: CatalogRelease,
  own: readonly CatalogRelease[],
  channel: Channel,
  now: number,
): Step {
  const order = compareVersions(current, target.version);
  if (order === 0) return none(`This machine is at ${target.version}, as ${nameOf(channel)} is.`);
  if (order > 0) {
    if (target.downgradeFrom.includes(current)) return { kind: 'offer', release: target };
    return none(
      `This machine is at ${current}, newer than ${target.version} of ${nameOf(channel)}, whose release names no way down from there.`,
    );
  }
  const between = (version: string) =>
    compareVersions(current, version) < 0 && compareVersions(version, target.version) < 0;
  const [floor] = [...channel.floors.keys()].filter(between).sort(compareVersions);
  const release = floor === undefined ? target : releaseOf(own, floor);
  if (release === undefined) {
    return none(
      `The way to ${target.version} leads over ${floor}, of which there is no usable release here.`,
    );
  }
  const fits = ({ minimumVersion }: CatalogRelease) =>
    minimumVersion === undefined || compareVersions(current, minimumVersion) >= 0;
  if (fits(release)) {
    const floorReason = floor === undefined ? undefined : channel.floors.get(floor);
    return { kind: 'offer', release, ...(floorReason === undefined ? {} : { floorReason }) };
  }
  const stones = own.filter(
    (one) =>
      fits(one) &&
      between(one.version) &&
      compareVersions(one.version, release.version) < 0 &&
      (one.expires === undefined || one.expires > now),
  );
  const stone = newestOf(stones);
  if (stone !== undefined) {
    return {
      kind: 'offer',
      release: stone,
      floorReason: `${release.version} needs ${release.minimumVersion}`,
    };
  }
  return none(
    `${release.version} can be installed from ${release.minimumVersion} on; there is no release here that leads there from ${current}.`,
  );
}

/** What the machine runs on, in Debian's words: of its board, its architecture, its kernel; amd64 when none says. */
export function architectureOf(app: Pick<AppRequest, 'board'>, os: OmahaOs | undefined): string {
  const machine = /(x86_64|[a-z0-9]+)$/.exec(os?.servicePack ?? '')?.[1];
  const named = [/^(.+?)-/.exec(app.board ?? '')?.[1], os?.arch, machine];
  for (const name of named) {
    const known = architectures.get(name ?? '');
    if (known !== undefined) return known;
  }
  return 'amd64';
}

const architectures: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ amd64: 'amd64', x64: 'amd64', x86_64: 'amd64', arm64: 'arm64', aarch64: 'arm64', arm: 'arm64' },
    ...{
      i386: 'i386',
      x86: 'i386',
      386: 'i386',
      riscv64: 'riscv64',
      ppc64le: 'ppc64el',
      ppc64el: 'ppc64el',
      s390x: 's390x',
    },
  }),
);

function releaseOf(own: readonly CatalogRelease[], version: string): CatalogRelease | undefined {
  if (version === newest) return newestOf(own);
  return own.find((release) => release.version === version);
}

function newestOf(releases: readonly CatalogRelease[]): CatalogRelease | undefined {
  return releases.reduce<CatalogRelease | undefined>(
    (best, one) => (best === undefined || compareVersions(one.version, best.version) > 0 ? one : best),
    undefined,
  );
}

function noChannel({ channels }: Catalog, track: string | undefined): string {
  const names = [...channels.keys()].map((name) => JSON.stringify(name)).join(', ');
  const wanted = JSON.stringify((track ?? '').slice(0, 100));
  return names === ''
    ? 'There are no channels here.'
    : `There is no channel for group ${wanted}; there are ${names}.`;
}

const nameOf = ({ name }: Channel): string =>
  name === anyGroup ? 'The channel of all groups' : `Channel ${JSON.stringify(name)}`;

const none = (reason: string, held = false) => ({ kind: 'none', reason, held }) as const;
