// What is known of a cluster, kept up to date from ranges and watches of the store.

import { type Change, inRange, type KeyRange, type KeyValue } from '../../store/index.ts';
import type { Assignment, Drain, Machine, UnitState } from '../model.ts';
import { type KeyName, type Keys, parseKey } from './keys.ts';
import { type OutcomeRecord, readOutcome } from './outcome.ts';
import {
  type EngineRecord,
  type MachineRecord,
  mergeMetadata,
  readAssignment,
  readAway,
  readDrain,
  readEngine,
  readMachine,
  readMetadata,
  readState,
  readUnit,
  type UnitRecord,
} from './records.ts';

export interface StoredUnit extends UnitRecord {
  readonly name: string;
  readonly revision: number;
}

export interface StoredMachine extends MachineRecord {
  readonly id: string;
  readonly revision: number;
  readonly lease: string | undefined;
}

/** The cluster as the store tells it. Every `apply` says which thing changed. */
export class ClusterView {
  readonly units = new Map<string, StoredUnit>();
  /** By unit, then by machine. */
  readonly assignments = new Map<string, Map<string, Assignment>>();
  /** By unit, then by machine. */
  readonly states = new Map<string, Map<string, UnitState>>();
  readonly machines = new Map<string, StoredMachine>();
  readonly metadata = new Map<string, Readonly<Record<string, string>>>();
  /** Machines whose daemon was stopped: since when. */
  readonly away = new Map<string, string>();
  /** modRevision of the request to even out, while there is one. */
  rebalance: number | undefined;
  readonly drains = new Map<string, Drain>();
  /** By unit. */
  readonly outcomes = new Map<string, OutcomeRecord>();
  /** Counts changes, for what is derived from the view. */
  version = 0;
  leader: (EngineRecord & { readonly revision: number }) | undefined;
  readonly #keys: Keys;
  readonly #present = new Set<string>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Takes one change over; returns what the key names, or undefined when it is none of ours. */
  apply(change: Change): KeyName | undefined {
    const key = change.kind === 'put' ? change.keyValue.key : change.key;
    const name = parseKey(this.#keys, key);
    if (name === undefined) return undefined;
    this.version++;
    if (change.kind === 'put') {
      this.#present.add(key);
      this.#put(name, change.keyValue);
    } else {
      this.#present.delete(key);
      this.#remove(name);
    }
    return name;
  }

  /** Takes a range over as it is: what is not in it is gone. Returns all that it touched. */
  replace(range: KeyRange, keyValues: readonly KeyValue[]): KeyName[] {
    const touched: KeyName[] = [];
    const stays = new Set(keyValues.map(({ key }) => key));
    for (const key of [...this.#present]) {
      if (stays.has(key) || !inRange(key, range)) continue;
      const name = this.apply({ kind: 'delete', key, modRevision: 0 });
      if (name !== undefined) touched.push(name);
    }
    for (const keyValue of keyValues) {
      const name = this.apply({ kind: 'put', keyValue });
      if (name !== undefined) touched.push(name);
    }
    return touched;
  }

  /** A present machine with the metadata that holds for it. */
  machine(id: string): Machine | undefined {
    const stored = this.machines.get(id);
    if (stored === undefined) return undefined;
    const { primaryIP, version, capacity, capabilities } = stored;
    const metadata = mergeMetadata(stored.metadata, this.metadata.get(id));
    const drain = this.drains.get(id);
    return {
      ...{ id, primaryIP, version, metadata },
      ...(capacity === undefined ? {} : { capacity }),
      ...(capabilities === undefined ? {} : { capabilities }),
      ...(drain === undefined ? {} : { drain }),
    };
  }

  #put(name: KeyName, { value, modRevision, lease }: KeyValue): void {
    switch (name.kind) {
      case 'engine': {
        const record = readEngine(value);
        this.leader = record && { ...record, revision: modRevision };
        return;
      }
      case 'unit': {
        const record = readUnit(value);
        if (record === undefined) this.units.delete(name.id);
        else this.units.set(name.id, { ...record, name: name.id, revision: modRevision });
        return;
      }
      case 'machine': {
        const record = readMachine(value);
        if (record === undefined) this.machines.delete(name.id);
        else this.machines.set(name.id, { ...record, id: name.id, revision: modRevision, lease });
        return;
      }
      case 'metadata':
        this.metadata.set(name.id, readMetadata(value));
        return;
      case 'rebalance':
        this.rebalance = modRevision;
        return;
      case 'drain':
        this.drains.set(name.id, readDrain(value));
        return;
      case 'outcome': {
        const record = readOutcome(value);
        if (record === undefined) this.outcomes.delete(name.id);
        else this.outcomes.set(name.id, record);
        return;
      }
      case 'away':
        this.away.set(name.id, readAway(value).since);
        return;
      case 'schedule':
        nest(
          this.assignments,
          name.id,
          name.machine,
          readAssignment(value, name.id, name.machine, modRevision),
        );
        return;
      case 'state':
        nest(this.states, name.id, name.machine, readState(value, name.id, name.machine));
        return;
      case 'content':
        return;
    }
  }

  #remove(name: KeyName): void {
    switch (name.kind) {
      case 'engine':
        this.leader = undefined;
        return;
      case 'unit':
        this.units.delete(name.id);
        return;
      case 'machine':
        this.machines.delete(name.id);
        return;
      case 'metadata':
        this.metadata.delete(name.id);
        return;
      case 'rebalance':
        this.rebalance = undefined;
        return;
      case 'drain':
        this.drains.delete(name.id);
        return;
      case 'outcome':
        this.outcomes.delete(name.id);
        return;
      case 'away':
        this.away.delete(name.id);
        return;
      case 'schedule':
        nest<Assignment>(this.assignments, name.id, name.machine, undefined);
        return;
      case 'state':
        nest<UnitState>(this.states, name.id, name.machine, undefined);
        return;
      case 'content':
        return;
    }
  }
}

function nest<Value>(
  map: Map<string, Map<string, Value>>,
  outer: string,
  inner: string,
  value: Value | undefined,
): void {
  const existing = map.get(outer);
  if (value !== undefined) {
    if (existing === undefined) map.set(outer, new Map([[inner, value]]));
    else existing.set(inner, value);
  } else if (existing?.delete(inner) === true && existing.size === 0) {
    map.delete(outer);
  }
}
