// What a daemon knows of units that it took over from the one before it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from '../../../src/fleet/agent/agent.ts';
import { machineFiles } from '../../../src/fleet/files.ts';
import type { Assignment } from '../../../src/fleet/model.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { writeAssignment, writeContent } from '../../../src/fleet/registry/records.ts';
import { parseUnitContent, unitHash } from '../../../src/fleet/unit-content.ts';
import { systemClock } from '../../../src/host/index.ts';
import { memoryStore, type Operation } from '../../../src/store/index.ts';
import { MemoryManager } from '../../../src/systemd/index.ts';

const keys = fleetKeys('/keelson');
const machineID = 'm1';

/** A machine with a store to itself, on which one agent comes after the other. */
async function host() {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-adoption-'));
  const at = (name: string) => join(folder, name);
  const store = await memoryStore();
  const manager = new MemoryManager();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return {
    store,
    manager,
    /** Runs an agent for as long as `during` takes. */
    async with(during: (agent: Agent) => Promise<void>): Promise<void> {
      const stop = new AbortController();
      const agent = new Agent({
        ...{ store, keys, machineID, manager, log },
        unitsDirectory: at('units'),
        dropInsDirectory: at('drop-ins'),
        quadletsDirectory: at('quadlets'),
        stampsDirectory: at('stamps'),
        notesDirectory: at('notes'),
        safeUntilMs: () => Number.POSITIVE_INFINITY,
        ttlMs: 60_000,
        files: machineFiles,
        clock: systemClock,
        signal: stop.signal,
      });
      const lease = await store.grantLease({ ttlMs: 60_000 });
      const runs = Promise.all([agent.run(), agent.publish(lease.id, stop.signal)]);
      try {
        await during(agent);
      } finally {
        stop.abort();
        await runs;
        await lease.revoke();
      }
    },
    /** Gives these units to the machine, all at once. */
    async assign(units: Readonly<Record<string, string>>, targetState: Assignment['targetState']) {
      const operations = Object.entries(units).flatMap(([unit, text]): Operation[] => {
        const options = parseUnitContent(text, unit);
        const hash = unitHash(options);
        const assignment = { unit, machineID, hash, targetState, reason: '' };
        return [
          { kind: 'put', key: keys.content(hash), value: writeContent({ options, dropIns: [] }) },
          { kind: 'put', key: keys.schedule(machineID, unit), value: writeAssignment(assignment) },
        ];
      });
      await store.transact([], operations);
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `Not within 30 s: ${what}`);
    await sleep(10);
  }
}

const reached = (agent: Agent, state: string) =>
  agent.local().filter((unit) => unit.reached === state && unit.jobResult === 'done').length;

test('units that were taken over are started in the order that their files name', async () => {
  await using machine = await host();
  const units = {
    'a.service': '[Unit]\nAfter=b.service\n[Service]\nExecStart=/bin/a\n',
    'b.service': '[Unit]\nWants=d.service\nAfter=c.service\n[Service]\nExecStart=/bin/b\n',
    'c.service': '[Service]\nExecStart=/bin/c\n',
    'd.service': '[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/d\n',
  };
  await machine.assign(units, 'loaded');
  await machine.with((agent) => until(() => reached(agent, 'loaded') === 4, 'all are loaded'));
  await machine.with(async (agent) => {
    await until(() => agent.counts().held === 4 && agent.counts().wanted === 4, 'all are taken over');
    await machine.assign(units, 'launched');
    await until(() => reached(agent, 'launched') === 4, 'all are launched');
  });
  assert.deepEqual(
    machine.manager.calls.filter((call) => call.startsWith('start ')),
    ['c', 'b', 'a', 'd'].map((name) => `start ${name}.service`),
  );
});
