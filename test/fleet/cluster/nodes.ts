// Whole daemons in this process, each with a systemd in memory, on one store.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { machineFiles } from '../../../src/fleet/files.ts';
import type { UnitRequest, UnitStatus } from '../../../src/fleet/model.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { readCluster } from '../../../src/fleet/registry/read.ts';
import { unitStatus } from '../../../src/fleet/registry/status.ts';
import { applyRequests } from '../../../src/fleet/registry/write.ts';
import { type Services, startServices } from '../../../src/fleet/services.ts';
import { systemClock } from '../../../src/host/index.ts';
import { memoryStore, type Store } from '../../../src/store/index.ts';
import { MemoryManager } from '../../../src/systemd/index.ts';

export const ttlMs = 2_000;

/** How long a booted machine waits for the store before it starts what it had. */
export const cutOffStartMs = 300;

export interface Node {
  readonly id: string;
  manager: MemoryManager;
  services: Services;
  /** Kills the daemon: no goodbye, and its lease is kept alive by nobody. */
  kill(): Promise<void>;
  /** Starts it again on the same machine. */
  start(): void;
  /** Pulls the plug of the machine and boots it again: what was in /run and in systemd is gone. */
  reboot(): Promise<void>;
}

export class TestCluster implements AsyncDisposable {
  readonly nodes: Node[] = [];
  readonly log: string[] = [];
  readonly keys = fleetKeys('/keelson');
  readonly store: Store;
  readonly folder: string;
  /** What each daemon sees of the store. */
  readonly wrap: (store: Store, id: string) => Store;

  constructor(store: Store, folder: string, wrap: (store: Store, id: string) => Store) {
    this.store = store;
    this.folder = folder;
    this.wrap = wrap;
  }

  static async start(
    ids: readonly string[],
    wrap: (store: Store, id: string) => Store = (store) => store,
    store?: Store,
  ): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'fleet-nodes-'));
    const cluster = new TestCluster(store ?? (await memoryStore()), folder, wrap);
    for (const id of ids) cluster.add(id);
    await cluster.until(async () => {
      const { view } = await cluster.read();
      return view.machines.size === ids.length && (ids.length === 0 || view.leader !== undefined);
    }, 'all machines are present and one leads');
    return cluster;
  }

  /** A machine; `disk` is the folder of what it keeps. */
  add(id: string, manager = new MemoryManager(), disk = id): Node {
    const at = (name: string) => join(this.folder, disk, name);
    const line = (level: string) => (_fields: object, message: string) => {
      this.log.push(`${id} ${level} ${message}`);
    };
    const launch = (manager: MemoryManager) =>
      startServices({
        store: this.wrap(this.store, id),
        keys: this.keys,
        manager,
        self: () => ({ id, primaryIP: `10.0.0.${this.nodes.length}`, metadata: { name: id }, version: '1' }),
        ttlMs,
        unitsDirectory: at('units'),
        dropInsDirectory: at('drop-ins'),
        quadletsDirectory: at('quadlets'),
        stampsDirectory: at('timers'),
        notesDirectory: at('notes'),
        leaseFile: at('lease'),
        memberFile: at('member'),
        tokenLimit: 100,
        disableEngine: false,
        newInstance: () => crypto.randomUUID(),
        alone: false,
        cutOff: {
          copyFile: at('schedule'),
          startAfterMs: cutOffStartMs,
          limitMs: undefined,
          date: () => new Date(),
        },
        files: machineFiles,
        clock: systemClock,
        log: { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') },
      });
    const node: Node = {
      id,
      manager,
      services: launch(manager),
      async kill() {
        await node.services[Symbol.asyncDispose]();
      },
      start() {
        node.services = launch(node.manager);
      },
      async reboot() {
        await node.kill();
        for (const name of ['units', 'notes', 'lease']) await rm(at(name), { recursive: true, force: true });
        node.manager = new MemoryManager();
        node.start();
      },
    };
    this.nodes.push(node);
    return node;
  }

  node(id: string): Node {
    const found = this.nodes.find((node) => node.id === id);
    assert.ok(found !== undefined, `no node ${id}`);
    return found;
  }

  read() {
    return readCluster(this.store, this.keys);
  }

  async change(...requests: readonly UnitRequest[]): Promise<void> {
    const { results } = await applyRequests(this.store, this.keys, requests);
    for (const result of results) assert.notEqual(result.outcome, 'refused', JSON.stringify(result));
  }

  async status(name: string): Promise<UnitStatus | undefined> {
    return unitStatus((await this.read()).view, name, () => undefined);
  }

  /** Machine of each unit that is active there, as systemd has it. */
  async running(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const { id, manager } of this.nodes) {
      for (const row of await manager.listUnits()) {
        if (row.activeState === 'active') found.set(row.name, [...(found.get(row.name) ?? []), id]);
      }
    }
    return found;
  }

  async until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > end) assert.fail(`Not within ${timeoutMs} ms: ${what}\n${this.log.join('\n')}`);
      await sleep(15);
    }
  }

  /** Waits until nothing has been written for a moment, and returns the revision of the store. */
  async atRest(): Promise<number> {
    let revision = -1;
    await this.until(async () => {
      const before = revision;
      revision = (await this.read()).revision;
      await sleep(300);
      return revision === before;
    }, 'nothing is written');
    return revision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node.services[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const service = (name: string, extra: readonly (readonly [string, string])[] = []): UnitRequest => ({
  name,
  desiredState: 'launched',
  options: [
    { section: 'Service', name: 'ExecStart', value: `/bin/sleep infinity # ${name}` },
    ...extra.map(([option, value]) => ({ section: 'X-Fleet', name: option, value })),
  ],
});
