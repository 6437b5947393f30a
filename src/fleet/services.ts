// The parts of one machine's daemon, wired: presence, membership, agent, engine and API over one store and
// one systemd.

import type { Clock } from '../host/index.ts';
import type { Store } from '../store/index.ts';
import type { Manager } from '../systemd/index.ts';
import { Agent } from './agent/agent.ts';
import type { CutOffOptions } from './agent/cut-off-start.ts';
import type { AgentMemory } from './agent/states.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { type ApiContext, storeAwayMessage } from './api/context.ts';
import { Candidate } from './candidate.ts';
import { Presence } from './engine/presence.ts';
import type { Files } from './files.ts';
import type { Log } from './log.ts';
import { Member, type Session } from './member.ts';
import { DaemonMetrics } from './metrics/daemon.ts';
import { measuredStore } from './metrics/store.ts';
import type { Machine } from './model.ts';
import { ClusterReader } from './registry/cluster-reader.ts';
import type { Keys } from './registry/keys.ts';
import { viewExplainer } from './scheduler/explain-in-view.ts';

export interface ServicesOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly manager: Manager;
  readonly self: () => Machine;
  readonly ttlMs: number;
  readonly unitsDirectory: string;
  readonly dropInsDirectory: string;
  readonly quadletsDirectory: string;
  readonly stampsDirectory?: string;
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
  /** Stops the units that must not run twice, and kills what is up after that time. */
  stopSingletons(limitMs: number): Promise<void>;
  /** Goes on with these settings; what runs, and what is under way, does not notice. */
  reconfigure(settings: Pick<ServicesOptions, 'ttlMs' | 'tokenLimit' | 'disableEngine'>): void;
  /** What the agent has in mind, for SIGUSR1. */
  inspect(): AgentMemory;
  /** Notes in the copy of the schedule that it holds now. */
  confirm(): Promise<void>;
}

export function startServices(options: ServicesOptions): Services {
  const { keys, log, self, clock } = options;
  const metrics = new DaemonMetrics();
  const store = measuredStore(options.store, metrics.store);
  let { ttlMs, tokenLimit } = options;
  const now = () => clock.now();
  const stop = new AbortController();
  const { signal } = stop;
  const presence = new Presence(store, keys, now, log);
  const { cutOff, ...rest } = options;
  const common = { ...rest, store };
  const isCutOff = () => presence.problem !== undefined && member.duplicate === undefined;
  const agent: Agent = new Agent({
    ...common,
    machineID: self().id,
    safeUntilMs: () => member.safeUntilMs(),
    ...(cutOff === undefined ? {} : { cutOff: { ...cutOff, isCutOff } }),
    signal,
  });
  const member: Member = new Member({
    ...common,
    ttlMs: () => ttlMs,
    units: () => agent.names(),
    onDuplicate: () => agent.leave(),
    signal,
  });

  const candidate = new Candidate({ store, keys, presence, self, ttlMs: () => ttlMs, clock, log, metrics });
  candidate.allow(!options.disableEngine);

  presence.listen({
    machine: (id) => {
      if (id === self().id) member.observe(presence.view.machines.get(id));
    },
    rebalance: () => {},
    connection: () => {},
  });

  metrics.observe({
    units: () => agent.counts(),
    leaseMs: () => member.leaseLeftMs(),
    isRegistered: () => member.problem === undefined && member.duplicate === undefined,
  });

  const onSession = async (session: Session) => {
    await Promise.all([agent.publish(session.lease.id, session.signal), candidate.run(session)]);
  };
  const parts = [presence.run(signal), agent.run(), member.run(onSession)];
  for (const part of parts) {
    part.catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, `A part of fleetd ended: ${wordsOf(error)}`);
    });
  }

  const cluster = new ClusterReader(store, keys);
  return {
    api: {
      store,
      keys,
      get tokenLimit() {
        return tokenLimit;
      },
      cluster,
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
        (member.duplicate && `${storeAwayMessage}: ${member.duplicate}`) ??
        (presence.problem === undefined && member.problem === undefined ? undefined : storeAwayMessage),
      metrics: () => metrics.text(),
      requests: metrics.apiRequests,
    },
    leave: (hostStops) => member.leave(hostStops, new Date()),
    refresh: () => member.refresh(),
    stopSingletons: (limitMs) => agent.stopSingletons(limitMs),
    confirm: () => agent.confirm(),
    inspect: () => agent.inspect(),
    reconfigure(settings) {
      tokenLimit = settings.tokenLimit;
      candidate.allow(!settings.disableEngine);
      if (settings.ttlMs === ttlMs) return;
      ttlMs = settings.ttlMs;
      member.renew();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      cluster[Symbol.dispose]();
      await Promise.allSettled(parts);
    },
  };
}
