// What the engine is given, and whom it tells what it does.

import type { Clock } from '../../host/index.ts';
import type { Guard, Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { Keys } from '../registry/keys.ts';
import type { Decision } from '../scheduler/decision.ts';
import type { Presence } from './presence.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly presence: Presence;
  /** Holds while we lead. */
  readonly guard: Guard;
  /** One lease of an agent, in milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: EngineMetrics;
  readonly signal: AbortSignal;
}

/** Told of what the engine does, to count it. */
export interface EngineMetrics {
  round(ms: number): void;
  machineLost(): void;
  decided(kind: Decision['kind'], written: boolean): void;
}
