// What a simulation is made of, and what it tells. Types only.

import type { StoreLoad } from './store-load.ts';

export interface SimulationOptions {
  readonly machines: number;
  /** The same seed, the same course of events. */
  readonly seed: number;
  /** One lease of an agent. */
  readonly ttlMs: number;
}

/** A unit as a simulated user wants it. */
export interface WantedUnit {
  readonly name: string;
  readonly launched: boolean;
  readonly global: boolean;
  /** Instances of its template may not share a machine. */
  readonly apart: boolean;
  /** Counts its contents. */
  readonly version: number;
}

/** One scenario as it went. */
export interface ScenarioReport {
  readonly scenario: string;
  /** Of the cluster's clock. */
  readonly clusterSeconds: number;
  /** What this process needed for it. */
  readonly cpuSeconds: number;
  /** In seconds of the cluster's clock, or as their names say. */
  readonly figures: Readonly<Record<string, number>>;
  readonly load: StoreLoad;
}

export interface SimulationReport {
  readonly machines: number;
  readonly units: number;
  readonly store: 'memory' | 'etcd';
  readonly seed: number;
  readonly scenarios: readonly ScenarioReport[];
  readonly heapKiBPerMachine: number;
  /** What must never happen and did, as sentences. */
  readonly violations: readonly string[];
  /** A hash over all starts and stops, where and when: the same for the same seed. */
  readonly trace: string;
}
