// A cluster for tests of fleetctl: the real API server on a store in memory, with one machine whose agent
// and engine are a few lines that do at once what they are told, and fleetctl itself as a process.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ApiContext } from '../../../src/fleet/api/context.ts';
import type { UnitState } from '../../../src/fleet/model.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { writeAssignment, writeMachine, writeState } from '../../../src/fleet/registry/records.ts';
import { serve } from '../api/serve.ts';

export const machineID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

export interface ClusterOptions {
  readonly ip?: string;
  readonly machineID?: string;
  /** How starting that unit ends; "none" finds no machine for it. Default: done, active and running. */
  readonly outcome?: (name: string) => 'active' | 'failed' | 'oneshot' | 'none';
  readonly api?: Partial<ApiContext>;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function cluster(options: ClusterOptions = {}) {
  const outcome = options.outcome ?? (() => 'active');
  const machine = options.machineID ?? machineID;
  const api = await serve({
    explain: (_, name) => (outcome(name) === 'none' ? 'No machine has metadata disk=ssd.' : undefined),
    ...options.api,
  });
  const { store, keys } = api.context;
  const log: string[] = [];
  const stop = new AbortController();
  await store.transact(
    [],
    [
      {
        kind: 'put',
        key: keys.machine(machine),
        value: writeMachine({
          primaryIP: options.ip ?? '10.0.0.7',
          metadata: { zone: 'b', disk: 'ssd' },
          version: '1',
          instance: 'i',
        }),
      },
    ],
  );

  const reconcile = async () => {
    const { view } = await readCluster(store, keys);
    for (const [name, unit] of view.units) {
      const assignment = view.assignments.get(name)?.get(machine);
      if (unit.desiredState === 'inactive' || outcome(name) === 'none') continue;
      if (assignment?.hash === unit.hash && assignment.targetState === unit.desiredState) continue;
      const value = writeAssignment({
        unit: name,
        machineID: machine,
        hash: unit.hash,
        targetState: unit.desiredState,
        reason: 'It is the only one.',
      });
      await store.transact([], [{ kind: 'put', key: keys.schedule(machine, name), value }]);
    }
    for (const name of view.assignments.keys()) {
      const unit = view.units.get(name);
      if (unit !== undefined && unit.desiredState !== 'inactive') continue;
      await store.transact([], [{ kind: 'delete', key: keys.schedule(machine, name) }]);
    }
    const decided = (await readCluster(store, keys)).view;
    for (const [name, assigned] of decided.assignments) {
      const assignment = assigned.get(machine);
      const state = decided.states.get(name)?.get(machine);
      if (assignment === undefined || state?.assignmentRevision === assignment.revision) continue;
      log.push(`${name} ${assignment.restart === undefined ? assignment.targetState : 'restarted'}`);
      const end = outcome(name);
      const launched = assignment.targetState === 'launched';
      const value: UnitState = {
        name,
        machineID: machine,
        hash: assignment.hash,
        systemdLoadState: 'loaded',
        systemdActiveState:
          launched && end === 'active' ? 'active' : launched && end === 'failed' ? 'failed' : 'inactive',
        systemdSubState:
          launched && end === 'active' ? 'running' : launched && end === 'failed' ? 'failed' : 'dead',
        reached: assignment.targetState,
        jobResult: launched && end === 'failed' ? 'failed' : 'done',
        assignmentRevision: assignment.revision ?? 0,
      };
      await store.transact([], [{ kind: 'put', key: keys.state(machine, name), value: writeState(value) }]);
    }
    for (const name of decided.states.keys()) {
      if (decided.assignments.has(name)) continue;
      log.push(`${name} gone`);
      await store.transact([], [{ kind: 'delete', key: keys.state(machine, name) }]);
    }
  };
  const following = (async () => {
    for await (const _ of store.watch(keys.ranges.cluster, { signal: stop.signal })) await reconcile();
  })().catch(() => {});

  const folder = mkdtempSync(join(tmpdir(), 'fleetctl-test-'));
  return {
    ...api,
    /** What the machine did, in order. */
    log,
    folder,
    fleetctl: (...words: readonly string[]) =>
      fleetctl(words, { cwd: folder, env: { FLEETCTL_ENDPOINT: `unix://${api.path}` } }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
      await api[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const program = resolve(import.meta.dirname, '../../../src/fleetctl.ts');

export interface FleetctlOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** Runs fleetctl, as its own process and session (so that nothing is asked on a terminal), to its end. */
export function fleetctl(words: readonly string[], options: FleetctlOptions = {}): Promise<Ended> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
      detached: true,
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), options.deadlineMs ?? 60_000);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      done({ status: status ?? -1, stdout, stderr });
    });
  });
}
