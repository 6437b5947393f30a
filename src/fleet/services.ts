// The parts of one machine's daemon, wired: presence, membership, agent, engine and API over one store and
// one systemd.

import { type Clock, retryPause } from '../host/index.ts';
import { campaign, type Store } from '../store/index.ts';
import type { Manager } from '../systemd/index.ts';
import { Agent } from './agent/agent.ts';
import type { CutOffOptions } from './agent/cut-off-start.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { type ApiContext, storeAwayMessage } from './api/context.ts';
import { type EngineMetrics, runEngine } from './engine/engine.ts';
import { Presence } from './engine/presence.ts';
import type { Files } from './files.ts';
import type { Log } from './log.ts';
import { Member, type Session } from './member.ts';
import type { Machine } from './model.ts';
import type { Keys } from './registry/keys.ts';
import { writeEngine } from './registry/records.ts';
import { viewExplainer } from './scheduler/explain-in-view.ts';

export interface ServicesOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly manager: Manager;
  readonly self: () => Machine;
  readonly ttlMs: number;
  readonly unitsDirectory: string;
  readonly dropInsDirectory: string;
  readonly notesDirectory: string;
  readonly leaseFile: string;
  readonly memberFile: string;
  /** How a machine starts without its store; none for one whose store is its own. */
  readonly cutOff?: Omit<CutOffOptions, 'isCutOff'>;
  readonly tokenLimit: number;
  readonly disableEngine: boolean;
  readonly newInstance: () => string;
  /** The store is this machine's own. */
  readonly alone: boolean;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** What runs on one machine. Disposal stops the daemon's parts and leaves units, lease and presence. */
export interface Services extends AsyncDisposable {
  readonly api: ApiContext;
  /** Says goodbye in the store: see `Member.leave`. */
  leave(hostStops: boolean): Promise<void>;
  refresh(): Promise<void>;
  /** Notes in the copy of the schedule that it holds now. */
  confirm(): Promise<void>;
}

export function startServices(options: ServicesOptions): Services {
  const { store, keys, log, self, ttlMs, clock } = options;
  const now = () => clock.now();
  const stop = new AbortController();
  const { signal } = stop;
  const metrics: EngineMetrics = { rounds: 0, placed: 0, removed: 0, failedWrites: 0 };
  const presence = new Presence(store, keys, now, log);
  const { cutOff, ...common } = options;
  const isCutOff = () => presence.problem !== undefined && member.duplicate === undefined;
  const agent: Agent = new Agent({
    ...common,
    machineID: self().id,
    ...(cutOff === undefined ? {} : { cutOff: { ...cutOff, isCutOff } }),
    signal,
  });
  const member: Member = new Member({ ...options, onDuplicate: () => agent.leave(), signal });

  presence.listen({
    machine: (id) => {
      if (id === self().id) member.observe(presence.view.machines.get(id));
    },
    rebalance: () => {},
    connection: () => {},
  });

  const onSession = async (session: Session) => {
    await Promise.all([
      agent.publish(session.lease.id, session.signal),
      options.disableEngine ? undefined : lead(session),
    ]);
  };
  const lead = async ({ lease, signal: during }: Session) => {
    const value = writeEngine({ machineID: self().id, version: self().version });
    let said = '';
    for (let failures = 0; !during.aborted; ) {
      const beganMs = now();
      const over = new AbortController();
      try {
        const leadership = await campaign({ store, key: keys.engine, value, lease, signal: during, clock });
        log.info({}, 'This daemon leads the engine.');
        void leadership.lost.then(() => over.abort());
        const term = AbortSignal.any([during, over.signal]);
        try {
          const { guard } = leadership;
          await runEngine({ store, keys, presence, guard, ttlMs, clock, log, metrics, signal: term });
        } finally {
          if (!term.aborted) await leadership.resign();
        }
      } catch (error) {
        if (during.aborted) return;
        if (now() - beganMs > ttlMs) failures = 0;
        const words = `The engine begins anew: ${wordsOf(error)}`;
        // A store that refuses refuses for long: said once.
        if (failures === 0 || words !== said) log.warn({ err: error }, words);
        said = words;
        await retryPause(clock, failures++, { firstMs: 200, maxMs: 5000 }, during);
      } finally {
        over.abort();
      }
    }
  };

  const parts = [presence.run(signal), agent.run(), member.run(onSession)];
  for (const part of parts) {
    part.catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, `A part of fleetd ended: ${wordsOf(error)}`);
    });
  }

  return {
    api: {
      store,
      keys,
      tokenLimit: options.tokenLimit,
      explain: viewExplainer(),
      status: () => ({
        machineID: self().id,
        version: self().version,
        store: store.description,
        storeConnected: presence.problem === undefined,
        ...(presence.problem === undefined ? {} : { storeProblem: presence.problem }),
        ...(agent.cutOff === undefined ? {} : { cutOff: agent.cutOff }),
      }),
      local: () => agent.local(),
      unavailable: () =>
        member.duplicate ??
        (presence.problem === undefined && member.problem === undefined ? undefined : storeAwayMessage),
      metrics: () => metricsText(metrics, agent.size),
    },
    leave: (hostStops) => member.leave(hostStops, new Date()),
    refresh: () => member.refresh(),
    confirm: () => agent.confirm(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(parts);
    },
  };
}

function metricsText(metrics: EngineMetrics, units: number): string {
  const lines = [
    ['fleet_engine_reconcile_count_total', 'counter', metrics.rounds],
    ['fleet_engine_units_placed_total', 'counter', metrics.placed],
    ['fleet_engine_units_removed_total', 'counter', metrics.removed],
    ['fleet_engine_failed_writes_total', 'counter', metrics.failedWrites],
    ['fleet_agent_units', 'gauge', units],
  ] as const;
  return lines.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`).join('');
}
