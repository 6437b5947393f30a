// Where fleet keeps what in the store.

import { type KeyRange, prefixRange } from '../../store/index.ts';

/** The keys of one cluster. Machine IDs come before unit names, so that an agent reads one range. */
export interface Keys {
  /** Everything of fleet. */
  readonly root: string;
  readonly engine: string;
  /** There while somebody has asked the engine to even out and it has not yet. */
  readonly rebalance: string;
  content(hash: string): string;
  unit(name: string): string;
  /** When a timer elapsed last, wherever it was. */
  timer(name: string): string;
  schedule(machine: string, name: string): string;
  state(machine: string, name: string): string;
  machine(id: string): string;
  away(id: string): string;
  /** How the unit of that name ended, where that matters. */
  outcome(name: string): string;
  metadata(id: string): string;
  drain(id: string): string;
  readonly ranges: {
    readonly contents: KeyRange;
    readonly away: KeyRange;
    /** The leader, who is present and who is drained: what each daemon watches at rest. */
    readonly presence: KeyRange;
    readonly units: KeyRange;
    /** Metadata set through the API. */
    readonly metadata: KeyRange;
    readonly outcomes: KeyRange;
    readonly schedule: KeyRange;
    readonly states: KeyRange;
    /** All but contents and away marks: engine, machines, metadata, outcomes, schedule, states, units. */
    readonly cluster: KeyRange;
    scheduleOf(machine: string): KeyRange;
    statesOf(machine: string): KeyRange;
  };
}

/** The keys below `prefix`, with or without a slash at its end. */
export function fleetKeys(prefix: string): Keys {
  const root = `${prefix.replace(/\/+$/, '')}/fleet/`;
  const range = (folder: string) => prefixRange(`${root}${folder}/`);
  return {
    root,
    engine: `${root}engine`,
    rebalance: `${root}engine-rebalance`,
    content: (hash) => `${root}content/${hash}`,
    unit: (name) => `${root}unit/${name}`,
    timer: (name) => `${root}timer/${name}`,
    schedule: (machine, name) => `${root}schedule/${machine}/${name}`,
    state: (machine, name) => `${root}state/${machine}/${name}`,
    machine: (id) => `${root}machine/${id}`,
    away: (id) => `${root}away/${id}`,
    outcome: (name) => `${root}outcome/${name}`,
    metadata: (id) => `${root}metadata/${id}`,
    // Sorts just before machines, and so is in the same ranges.
    drain: (id) => `${root}machine-drain/${id}`,
    ranges: {
      contents: range('content'),
      away: range('away'),
      presence: { from: `${root}engine`, to: range('machine').to },
      units: range('unit'),
      metadata: range('metadata'),
      outcomes: range('outcome'),
      schedule: range('schedule'),
      states: range('state'),
      cluster: { from: `${root}engine`, to: range('unit').to },
      scheduleOf: (machine) => range(`schedule/${machine}`),
      statesOf: (machine) => range(`state/${machine}`),
    },
  };
}

/** What a key below the root names, or undefined for what is none of ours. */
export type KeyName =
  | { readonly kind: 'engine' | 'rebalance' }
  | {
      readonly kind: 'unit' | 'content' | 'machine' | 'away' | 'metadata' | 'drain' | 'outcome';
      readonly id: string;
    }
  | { readonly kind: 'schedule' | 'state'; readonly machine: string; readonly id: string };

export function parseKey(keys: Keys, key: string): KeyName | undefined {
  if (!key.startsWith(keys.root)) return undefined;
  const [kind = '', first = '', second, ...rest] = key.slice(keys.root.length).split('/');
  if (rest.length > 0) return undefined;
  switch (kind) {
    case 'engine':
      return first === '' && second === undefined ? { kind } : undefined;
    case 'engine-rebalance':
      return first === '' && second === undefined ? { kind: 'rebalance' } : undefined;
    case 'unit':
    case 'content':
    case 'machine':
    case 'away':
    case 'metadata':
    case 'outcome':
      return first === '' || second !== undefined ? undefined : { kind, id: first };
    case 'machine-drain':
      return first === '' || second !== undefined ? undefined : { kind: 'drain', id: first };
    case 'schedule':
    case 'state':
      return second === undefined || second === '' ? undefined : { kind, machine: first, id: second };
    default:
      return undefined;
  }
}
