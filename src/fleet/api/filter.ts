// Which units and machines a question of API v2 is about: names with or without patterns, machines, states,
// metadata. All conditions must hold; of values given twice one must.

import type { HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import { compileGlob, type Matcher } from '../glob.ts';
import type { Machine, UnitStatus } from '../model.ts';
import type { ClusterView } from '../registry/view.ts';
import { isTargetState } from '../unit-rules.ts';
import { quote } from './body.ts';

export interface Filter {
  /** Names that were asked for without a pattern. */
  readonly names: ReadonlySet<string>;
  /** Whether every unit passes. */
  readonly passesAll: boolean;
  /** Whether units pass by what their machines are. */
  readonly byMetadata: boolean;
  /** Whether a unit of that name can pass. */
  name(name: string): boolean;
  unit(view: ClusterView, unit: UnitStatus): boolean;
  /** Whether a unit passes there, by its state on that machine. */
  state(view: ClusterView, state: UnitStatus['states'][number]): boolean;
  machine(machine: Machine): boolean;
}

export type FilterKey = 'name' | 'machine' | 'desired' | 'active' | 'metadata';

const most = 4096;

/** Reads the query; only the conditions in `keys` and the words in `others` may be in it. Throws `fleet.invalid`. */
export function readFilter(
  { query }: HttpRequest,
  keys: readonly FilterKey[],
  others: readonly string[] = [],
): Filter {
  const known: readonly string[] = [...keys, ...others];
  for (const key of query.keys()) {
    if (!known.includes(key)) {
      throw fleetErrors.error('invalid', `There is no ?${clip(key)} here; known are ${known.join(', ')}.`);
    }
  }
  const all = (key: FilterKey) => [...new Set(query.getAll(key))];
  const [patterns, ids, desired, active, metadata] = [
    ...[all('name'), all('machine'), all('desired'), all('active')],
    all('metadata').map(readPair),
  ] as const;
  if (patterns.length > most) throw fleetErrors.error('invalid', `At most ${most} names can be asked for.`);
  const wrong = desired.find((state) => !isTargetState(state));
  if (wrong !== undefined) {
    throw fleetErrors.error('invalid', `desired ${quote(wrong)} is none of inactive, loaded, launched`);
  }
  const isPattern = (text: string) => /[*?[]/.test(text);
  const names = new Set(patterns.filter((pattern) => !isPattern(pattern)));
  const globs = patterns.filter(isPattern).map((pattern): Matcher => compileGlob(pattern));
  const name = (word: string) =>
    patterns.length === 0 || names.has(word) || globs.some((matches) => matches(word));
  const isMachine = (id: string) => ids.length === 0 || ids.some((one) => id.startsWith(one));
  const hasMetadata = (own: Readonly<Record<string, string>>) =>
    metadata.every(([key, values]) => Object.hasOwn(own, key) && values.includes(own[key] ?? ''));
  const onMachine = (view: ClusterView, id: string) =>
    isMachine(id) && (metadata.length === 0 || hasMetadata(view.machine(id)?.metadata ?? {}));
  const placeless = ids.length === 0 && metadata.length === 0;
  return {
    names,
    passesAll: patterns.length === 0 && placeless && desired.length === 0 && active.length === 0,
    byMetadata: metadata.length > 0,
    name,
    unit: (view, unit) => {
      if (!name(unit.name)) return false;
      if (desired.length > 0 && !desired.includes(unit.desiredState)) return false;
      const states = unit.states.filter(({ machineID }) => onMachine(view, machineID));
      if (active.length > 0) return states.some((state) => active.includes(state.systemdActiveState));
      if (placeless || states.length > 0) return true;
      return unit.assignments.some(({ machineID }) => onMachine(view, machineID));
    },
    state: (view, state) =>
      name(state.name) &&
      onMachine(view, state.machineID) &&
      (active.length === 0 || active.includes(state.systemdActiveState)),
    machine: ({ id, metadata: own }) => isMachine(id) && hasMetadata(own),
  };
}

/** `zone=a` or `zone=a|b`, as in MachineMetadata=. */
function readPair(text: string): readonly [string, readonly string[]] {
  const equals = text.indexOf('=');
  if (equals < 1) throw fleetErrors.error('invalid', `metadata ${quote(text)} must have the form KEY=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1).split('|')];
}

function clip(text: string): string {
  return text.slice(0, 60);
}
