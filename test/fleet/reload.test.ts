import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseStore } from '../../src/fleet/choose-store.ts';
import { type FleetConfig, inspectConfig } from '../../src/fleet/config.ts';
import { readConfig } from '../../src/fleet/config-source.ts';
import { acceptReload, changedKeys, Reloader } from '../../src/fleet/reload.ts';
import { memoryStore, type Store, storeErrors } from '../../src/store/index.ts';

const inspect = (text: string) => inspectConfig(text, 'fleet.conf', {});

test('what differs is named; what only a start can change is told apart', () => {
  const before = acceptReload(inspect('metadata=a=1\nverbosity=0'));
  const after = acceptReload(
    inspect('metadata=a=2\nverbosity=1\nagent_ttl=20s\nunits_directory=/x\netcd_key_prefix=/y\nmax_units=3'),
  );
  assert.deepEqual(changedKeys(before, before), { changed: [], later: [] });
  const { changed, later } = changedKeys(before, after);
  assert.deepEqual([...changed].sort(), ['agent_ttl', 'limits of the machine', 'metadata', 'verbosity']);
  assert.deepEqual([...later].sort(), ['etcd_key_prefix', 'units_directory']);
});

test('a value that a start would pass over is refused in the place of a good one; an unknown key is not', () => {
  assert.throws(() => acceptReload(inspect('token_limit=x\nagent_ttl=y')), /token_limit.*\n.*agent_ttl/);
  assert.throws(() => acceptReload(inspect('token_limit=x')), /fleet\.conf:1: token_limit/);
  assert.equal(acceptReload(inspect('metdata=a=1\nenable_grpc=1\nmetadata=a=1,b')).metadata.a, '1');
});

test('reloads come one after the other; a bad one is refused as a whole, with the reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-reload-'));
  try {
    const configPath = join(folder, 'fleet.conf');
    const source = { configPath, env: {} };
    const servers = 'etcd_servers=http://a:1\n';
    await writeFile(configPath, `${servers}metadata=a=1\n`);
    const { config } = await readConfig(source);
    await using memory = await memoryStore();
    const ways: string[] = [];
    const store: Store = {
      ...{ description: 'it', maxOperations: 1 },
      ...{ get: memory.get, range: memory.range, transact: memory.transact, watch: memory.watch },
      ...{
        grantLease: memory.grantLease,
        leaseTime: memory.leaseTime,
        ...{ head: memory.head, remembers: memory.remembers },
        [Symbol.asyncDispose]: async () => {},
      },
      async reconfigure(to) {
        if (to.endpoints.includes('http://dead:1')) throw storeErrors.error('unavailable', 'It is dead.');
        ways.push(to.endpoints.join());
      },
    };
    const said: string[] = [];
    const line = (_fields: object, message: string) => void said.push(message);
    const note = (what: string) => async () => void said.push(what);
    const applied: FleetConfig[] = [];
    const reloader = new Reloader({
      ...{ source, config, store, probeKey: '/k' },
      storeConfig: chooseStore(config, [], undefined),
      storeFor: async (wanted) => chooseStore(wanted, [], undefined),
      check: async () => {},
      apply: async (wanted) => void applied.push(wanted),
      notify: {
        ...{ wanted: true, ready: note('READY'), reloading: note('RELOADING') },
        ...{ stopping: note(''), status: note(''), alive: note('') },
      },
      log: { debug: line, info: line, warn: line, error: line },
    });
    const reload = async (text: string) => {
      said.length = 0;
      await writeFile(configPath, text);
      await Promise.all([reloader.request(), reloader.request()]);
      const count = said.filter((message) => message.startsWith('Reloading configuration from ')).length;
      assert.equal(count, 2);
      assert.deepEqual([said[1], said.at(-1)], ['RELOADING', 'READY']);
      return said.join('\n');
    };
    assert.match(await reload(`${servers}metadata=a=2\n`), /Restarting server components: metadata\.\n/);
    assert.equal(applied.at(-1)?.metadata.a, '2');
    assert.deepEqual(ways, []);
    const count = applied.length;
    assert.match(
      await reload(`${servers}metadata=a=3\nagent_ttl=x\n`),
      /not taken, and nothing has changed: .*:3: agent/,
    );
    assert.match(
      await reload('etcd_servers=http://dead:1\nmetadata=a=3\n'),
      /nothing has changed: It is dead/,
    );
    assert.equal(applied.length, count);
    assert.match(await reload('etcd_servers=http://b:2\nmetadata=a=3\n'), /: metadata, the way to etcd\./);
    assert.deepEqual(ways, ['http://b:2']);
    assert.match(await reload('etcd_servers=embedded\n'), /etcd_servers: taken over by a new start only/);
    assert.deepEqual(ways, ['http://b:2']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
