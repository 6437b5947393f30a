// What a daemon counts and measures: fleet's names, also those that fleet documented and never had, and ours.

import type { Leadership } from '../../store/index.ts';
import type { EngineMetrics } from '../engine/options.ts';
import { type Counter, Exposition, type Histogram } from './exposition.ts';

/** What can be told of the daemon's parts at any moment. */
export interface DaemonState {
  /** The agent's units: those on the machine, those that the schedule wants there, those in trouble. */
  units(): { readonly held: number; readonly wanted: number; readonly failing: number };
  /** For how long the machine's lease is certain to hold; undefined without one. */
  leaseMs(): number | undefined;
  isRegistered(): boolean;
}

export interface StoreMeters {
  readonly count: Counter;
  readonly failed: Counter;
  readonly duration: Histogram;
  readonly watchRestarts: Counter;
}

/** Labels are the same objects each time: a decision more costs next to nothing. */
const kinds = { place: { kind: 'place' }, remove: { kind: 'remove' } } as const;
const tasks = { place: { type: 'attemptscheduleunit' }, remove: { type: 'unscheduleunit' } } as const;
const failures = {
  machine: { type: 'machine_away' },
  run: { type: 'run' },
  schedule: { type: 'schedule' },
} as const;

/** Kinds of requests to the store. */
export const operations = {
  get: { type: 'get' },
  set: { type: 'set' },
  get_all: { type: 'get_all' },
  lease: { type: 'lease' },
} as const;

export class DaemonMetrics implements EngineMetrics {
  readonly store: StoreMeters;
  readonly apiRequests: Counter;
  readonly #exposition = new Exposition();
  readonly #tasks: Counter;
  readonly #failedTasks: Counter;
  readonly #rounds: Counter;
  readonly #failedRounds: Counter;
  readonly #roundSeconds: Histogram;
  readonly #decisions: Counter;
  #leadsSince: number | undefined;
  /** Seconds, at the scrape under way. */
  #lag = 0;

  constructor() {
    const metrics = this.#exposition;
    metrics.read(
      'gauge',
      'fleet_engine_leader_start_time',
      'Since when this daemon leads, in seconds since the epoch; absent while it does not.',
      () => this.#leadsSince,
    );
    this.#tasks = metrics.counter(
      'fleet_engine_task_count_total',
      'Changes of the schedule.',
      ...Object.values(tasks),
    );
    this.#failedTasks = metrics.counter(
      'fleet_engine_task_failure_count_total',
      'Changes of the schedule that were not written, and decided anew.',
      ...Object.values(tasks),
    );
    this.#rounds = metrics.counter('fleet_engine_reconcile_count_total', 'Rounds of decisions.', {});
    this.#failedRounds = metrics.counter(
      'fleet_engine_reconcile_failure_count_total',
      'Rounds that ended the term, units whose place had to be decided anew, machines that were given up.',
      ...Object.values(failures),
    );
    this.#roundSeconds = metrics.histogram(
      'fleet_engine_reconcile_duration_second',
      'Time of a round, its writes included.',
    );
    this.#decisions = metrics.counter(
      'fleet_engine_decisions_total',
      'Decisions that were written.',
      ...Object.values(kinds),
    );
    this.store = {
      count: metrics.counter(
        'fleet_registry_operation_count_total',
        'Requests to the store.',
        ...Object.values(operations),
      ),
      failed: metrics.counter(
        'fleet_registry_operation_failed_count_total',
        'Requests to the store that failed.',
        ...Object.values(operations),
      ),
      duration: metrics.histogram(
        'fleet_registry_operation_duration_second',
        'Time of a request to the store.',
      ),
      watchRestarts: metrics.counter(
        'fleet_registry_watch_restarts_total',
        'Times that a watch had to list its range again, or lost the store.',
        {},
      ),
    };
    this.apiRequests = metrics.counter('fleet_api_requests_total', 'Answers of the API.');
  }

  /** Adds what is read from the daemon's parts and from the process. */
  observe(state: DaemonState): void {
    const metrics = this.#exposition;
    const gauge = (name: string, help: string, value: () => number | undefined) =>
      metrics.read('gauge', name, help, value);
    gauge('fleet_agent_units', 'Units that this machine has.', () => state.units().held);
    gauge('fleet_agent_units_wanted', 'Units that the schedule gives it.', () => state.units().wanted);
    gauge(
      'fleet_agent_units_failing',
      'Units of it that something is wrong with.',
      () => state.units().failing,
    );
    gauge('fleet_lease_remaining_seconds', "For how long the machine's lease is certain to hold.", () => {
      const ms = state.leaseMs();
      return ms === undefined ? undefined : ms / 1000;
    });
    gauge('fleet_registered', 'Whether this machine is present in the cluster.', () =>
      state.isRegistered() ? 1 : 0,
    );
    gauge(
      'process_start_time_seconds',
      'When the process began, in seconds since the epoch.',
      () => Math.round(performance.timeOrigin) / 1000,
    );
    metrics.read('counter', 'process_cpu_seconds_total', 'CPU time of the process.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
    gauge('nodejs_heap_size_total_bytes', 'Memory that the heap has.', () => process.memoryUsage().heapTotal);
    gauge('nodejs_heap_size_used_bytes', 'Memory of the heap in use.', () => process.memoryUsage().heapUsed);
    let before = performance.eventLoopUtilization();
    gauge('nodejs_eventloop_utilization', 'Part of the time since the last scrape that it was busy.', () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return Number.isFinite(utilization) ? utilization : 0;
    });
    gauge(
      'nodejs_eventloop_lag_seconds',
      'How long a turn of the loop took at this scrape.',
      () => this.#lag,
    );
  }

  /** The text for a scrape. */
  async text(): Promise<string> {
    const began = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    this.#lag = (performance.now() - began) / 1000;
    return this.#exposition.text();
  }

  round(ms: number): void {
    this.#rounds.add();
    this.#roundSeconds.observe(ms / 1000);
  }

  termFailed(): void {
    this.#failedRounds.add(failures.run);
  }

  machineLost(): void {
    this.#failedRounds.add(failures.machine);
  }

  decided(kind: 'place' | 'remove', written: boolean): void {
    this.#tasks.add(tasks[kind]);
    if (written) this.#decisions.add(kinds[kind]);
    else {
      this.#failedTasks.add(tasks[kind]);
      this.#failedRounds.add(failures.schedule);
    }
  }

  leads({ lost }: Pick<Leadership, 'lost'>, now: Date): void {
    const since = Math.round(now.getTime()) / 1000;
    this.#leadsSince = since;
    void lost.then(() => {
      if (this.#leadsSince === since) this.#leadsSince = undefined;
    });
  }
}
