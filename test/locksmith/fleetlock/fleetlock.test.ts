// FleetLock from both sides against a real etcd: the protocol's answers, and machines of both kinds on one lock.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { airlockKey, readAirlock } from '../../../src/locksmith/fleetlock/airlock.ts';
import { FleetLockClient } from '../../../src/locksmith/fleetlock/client.ts';
import { readRefusal, readRequest, writeRequest } from '../../../src/locksmith/fleetlock/protocol.ts';
import { openLock } from '../../../src/locksmith/semaphore/open.ts';
import { serveFleetLock } from '../../../src/locksmith/serve-fleetlock.ts';
import { openStore } from '../../../src/store/index.ts';
import { authority, type Identity } from '../../http/authority.ts';
import { type EtcdCluster, startEtcd } from '../../store/etcd-process.ts';

let etcd: EtcdCluster;
before(async () => {
  etcd = await startEtcd();
});
after(async () => await etcd?.[Symbol.asyncDispose]());

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly said: string[];
}

async function serve(groups: string, more: Readonly<Record<string, string>> = {}): Promise<Served> {
  const stop = new AbortController();
  const values: Readonly<Record<string, string>> = {
    endpoint: etcd.endpoints.join(','),
    'etcd-api': 'v3',
    'etcd-prefix': '/keelson',
    'lock-ttl': '30m',
    'serve-fleetlock': '127.0.0.1:0',
    'fleetlock-groups': groups,
    ...more,
  };
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = serveFleetLock({
    value: (name) => values[name] ?? '',
    log: (_, text) => said.push(text),
    signal: stop.signal,
    onReady: resolve,
  });
  const address = await Promise.race([promise, running.then(() => '')]);
  return {
    ...{ url: `${more['fleetlock-certfile'] === undefined ? 'http' : 'https'}://${address}`, said },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

async function ask(url: string, path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    body,
    headers: { 'fleet-lock-protocol': 'true', connection: 'close', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, ...(text.startsWith('{') ? JSON.parse(text) : {}) };
}

test('a place is given, again to who has it, and taken back, again and again', async () => {
  await using served = await serve('one=1');
  const [a, b] = ['a', 'b'].map((id) => writeRequest({ id, group: 'one' }));
  assert.ok(a !== undefined && b !== undefined);
  for (const path of ['/v1/pre-reboot', '/v1/pre-reboot']) {
    assert.deepEqual(await ask(served.url, path, a), { status: 200 });
  }
  assert.deepEqual(await ask(served.url, '/v1/pre-reboot', b), {
    status: 500,
    kind: 'failed_lock',
    value: 'all 1 semaphore slots currently locked',
  });
  for (const path of ['/v1/steady-state', '/v1/steady-state']) {
    assert.deepEqual(await ask(served.url, path, a), { status: 200 });
  }
  assert.deepEqual(await ask(served.url, '/v1/pre-reboot', b), { status: 200 });
});

test('what is no request of the protocol is refused by kind', async () => {
  await using served = await serve('default');
  const good = writeRequest({ id: 'a', group: 'default' });
  const cases: readonly (readonly [string, Record<string, string>, number, string])[] = [
    [good, { 'fleet-lock-protocol': 'yes' }, 400, 'invalid_client_identity'],
    ['', {}, 400, 'invalid_client_identity'],
    ['[]', {}, 400, 'invalid_client_identity'],
    ['{"client_params":{"id":"","group":"default"}}', {}, 400, 'invalid_client_identity'],
    ['{"client_params":{"id":"a","group":""}}', {}, 400, 'invalid_client_identity'],
    ['{"client_params":{"id":"a","group":"a b"}}', {}, 400, 'invalid_client_identity'],
    ['{"client_params":{"id":"a\\u0000","group":"default"}}', {}, 400, 'invalid_client_identity'],
    [writeRequest({ id: 'a', group: 'other' }), {}, 400, 'unknown_group'],
  ];
  for (const [body, headers, status, kind] of cases) {
    const answer = await ask(served.url, '/v1/pre-reboot', body, headers);
    assert.deepEqual([answer.status, answer.kind], [status, kind], body);
  }
  assert.equal((await ask(served.url, '/v1/other', good)).status, 404);
});

test('our client and a machine of locksmith wait for each other', async () => {
  await using served = await serve('mixed=1');
  const client = new FleetLockClient(served.url, 'mixed');
  const claim = (id: string) => ({ id, name: id, reason: 'a test' });
  const held = await client.acquire(claim('a'));
  await held.confirm();
  await using lock = await openLock({
    access: { endpoints: etcd.endpoints },
    ...{ api: 'v3', prefix: '/keelson', group: 'mixed', leaseMs: 60_000 },
  });
  await assert.rejects(lock.acquire(claim('b')), { code: 'locksmith.full' });
  assert.equal(await client.release('a'), true);
  await lock.acquire(claim('b'));
  await assert.rejects(client.acquire(claim('a')), (error: Error) => {
    assert.match(
      error.message,
      /does not give the lock: all 1 semaphore slots currently locked \(failed_lock\)/,
    );
    return true;
  });
  await assert.rejects(held.confirm(), { code: 'locksmith.lost' });
  await assert.rejects(new FleetLockClient('http://127.0.0.1:1', '').acquire(claim('a')), {
    code: 'locksmith.unavailable',
  });
});

test('a group that airlock kept goes on with its places and holders', async () => {
  const store = await openStore({ kind: 'etcd', endpoints: [...etcd.endpoints] });
  const value = '{"total_slots":2,"holders":["a"]}';
  await store.transact([], [{ kind: 'put', key: airlockKey('old'), value }]);
  await store[Symbol.asyncDispose]();
  await using served = await serve('old');
  const request = (id: string) => writeRequest({ id, group: 'old' });
  assert.equal((await ask(served.url, '/v1/pre-reboot', request('b'))).status, 200);
  const full = await ask(served.url, '/v1/pre-reboot', request('c'));
  assert.equal(full.value, 'all 2 semaphore slots currently locked');
  assert.equal((await ask(served.url, '/v1/steady-state', request('a'))).status, 200);
  assert.equal((await ask(served.url, '/v1/pre-reboot', request('c'))).status, 200);
});

test('texts of the protocol', () => {
  assert.deepEqual(readRequest(writeRequest({ id: 'x', group: 'a.b-1' })), { id: 'x', group: 'a.b-1' });
  assert.equal(readRefusal({ kind: 'k', value: 'v' }), 'v (k)');
  assert.equal(readRefusal('plain words\n'), 'plain words');
  assert.equal(readRefusal({}), undefined);
  assert.equal(airlockKey('g'), 'com.coreos.airlock/groups/g/v1/semaphore');
  for (const text of ['', '{}', '{"total_slots":-1}', 'null'])
    assert.equal(readAirlock(text, new Date(0)), undefined);
});

test('over TLS both sides see who the other is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-fleetlock-'));
  try {
    const [own, strange] = [authority('own'), authority('strange')];
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const ca = await file('ca.pem', own.cert);
    const pair = async (name: string, { cert, key }: Identity) => ({
      cert: await file(`${name}.pem`, cert),
      key: await file(`${name}-key.pem`, key),
    });
    const server = await pair('server', own.issue('server'));
    const machine = await pair('m1', own.issue('m1'));
    const stranger = await pair('x', strange.issue('x'));
    const files = { 'fleetlock-certfile': server.cert, 'fleetlock-keyfile': server.key };
    await using open = await serve('tls', files);
    const claim = { id: 'm1', name: '', reason: '' };
    await new FleetLockClient(open.url, 'tls', { ca }).acquire(claim);
    await assert.rejects(new FleetLockClient(open.url, 'tls').acquire(claim), {
      code: 'locksmith.unavailable',
      message: /certificate/,
    });
    await using strict = await serve('tls', { ...files, 'fleetlock-cafile': ca });
    await new FleetLockClient(strict.url, 'tls', { ca, ...machine }).release('m1');
    for (const none of [{ ca }, { ca, ...stranger }]) {
      await assert.rejects(new FleetLockClient(strict.url, 'tls', none).acquire(claim), {
        code: 'locksmith.unavailable',
      });
    }
    await assert.rejects(serve('tls', { 'fleetlock-cafile': ca }), { code: 'locksmith.config' });
    await assert.rejects(serve('tls', { 'fleetlock-certfile': ca }), { code: 'locksmith.config' });
    await assert.rejects(serve('tls', { ...files, 'fleetlock-keyfile': '/nowhere' }), /\/nowhere/);
    await assert.rejects(serve('tls', { ...files, 'fleetlock-keyfile': machine.key }), { code: 'http.tls' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
