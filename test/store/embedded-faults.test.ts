// The embedded store when its process, its disk or its file fails.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../src/host/index.ts';
import { openStore, prefixRange, type Store, storeErrors } from '../../src/store/index.ts';
import { put } from './conformance.ts';
import { mountMemory } from './mounts.ts';
import { Watching } from './watching.ts';

const everything = prefixRange('/');

/** Each round of the writer puts its number under these keys in one transaction. */
const keys = ['/a', '/b', '/c'];

/** Runs the writer on the file until it was killed; what it said was done. */
async function writeUntilKilled(path: string, ms: number): Promise<{ first: number; acknowledged: number }> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'embedded-writer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const numbers: number[] = [];
  const lines = createInterface({ input: writer.stdout });
  lines.on('line', (line) => numbers.push(Number(line)));
  const closed = Promise.all([once(lines, 'close'), once(writer, 'exit')]);
  try {
    await once(lines, 'line');
    await sleep(ms);
  } finally {
    writer.kill('SIGKILL');
    await closed;
  }
  return { first: numbers[0] ?? -1, acknowledged: numbers.at(-1) ?? -1 };
}

/** The round that the store holds; fails when it holds half of one, or lies about its revision. */
async function roundIn(store: Store): Promise<number> {
  const { keyValues, revision } = await store.range(everything);
  const values = new Set(keyValues.map(({ value }) => value.split(' ')[0]));
  assert.equal(values.size <= 1, true, `half a transaction: ${[...values]}`);
  if (keyValues.length === 0) return -1;
  assert.equal(keyValues.length, keys.length);
  assert.deepEqual(new Set(keyValues.map(({ modRevision }) => modRevision)), new Set([revision]));
  return Number([...values][0]);
}

function appendUntilFull(path: string): void {
  for (const size of [65_536, 4096, 512]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      assert.equal(errnoOf(error), 'ENOSPC');
    }
  }
}

const open = (path: string) => openStore({ kind: 'embedded', path });

describe('the embedded store under faults', { timeout: 280_000 }, () => {
  let directory: string;
  let count = 0;
  const fresh = () => {
    const path = join(directory, String(++count));
    mkdirSync(path);
    return join(path, 'store.db');
  };
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'keelson-store-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('killed while it writes: all that was acknowledged is there, nothing is half', async () => {
    const path = fresh();
    let last = -1;
    for (let round = 0; round < 8; round++) {
      const { first, acknowledged } = await writeUntilKilled(path, 20 + Math.random() * 150);
      assert.ok(first > last, 'the writer found an older state than was acknowledged');
      await using store = await open(path);
      last = await roundIn(store);
      assert.ok(last >= acknowledged, `acknowledged ${acknowledged}, found ${last}`);
    }
  });

  test('power lost: a copy taken at any moment opens, and holds what was acknowledged before it', async () => {
    const path = fresh();
    const copies: { path: string; atLeast: number }[] = [];
    const store = await open(path);
    try {
      for (let round = 0; round < 400; round++) {
        const writing = store.transact(
          [],
          keys.map((key) => put(key, `${round} ${'x'.repeat(5000)}`)),
        );
        if (round % 40 === 39) {
          const copy = fresh();
          // Database first: the log only grows meanwhile, as it does on a disk.
          copyFileSync(path, copy);
          copyFileSync(`${path}-wal`, `${copy}-wal`);
          copies.push({ path: copy, atLeast: round - 1 });
        }
        await writing;
      }
    } finally {
      await store[Symbol.asyncDispose]();
    }
    for (const { path: copy, atLeast } of copies) {
      await using reopened = await open(copy);
      assert.ok((await roundIn(reopened)) >= atLeast);
    }
  });

  test('a log that was cut or garbled at its end: an acknowledged earlier state, whole, and it goes on', async () => {
    const path = fresh();
    const store = await open(path);
    const log = `${path}-wal`;
    const sizes: number[] = [];
    const copy = fresh();
    try {
      for (let round = 0; round < 30; round++) {
        await store.transact(
          [],
          keys.map((key) => put(key, `${round} ${'x'.repeat(2000)}`)),
        );
        sizes.push(readFileSync(log).length);
      }
      copyFileSync(path, copy);
      copyFileSync(log, `${copy}-wal`);
    } finally {
      await store[Symbol.asyncDispose]();
    }
    const whole = readFileSync(`${copy}-wal`);
    for (let cut = 0; cut < 40; cut++) {
      const damagedFrom = Math.floor(whole.length * (0.3 + 0.7 * (cut / 40)));
      const bytes = Buffer.from(whole);
      if (cut % 2 === 0) bytes.fill(cut, damagedFrom);
      const victim = fresh();
      copyFileSync(copy, victim);
      writeFileSync(`${victim}-wal`, cut % 2 === 0 ? bytes : bytes.subarray(0, damagedFrom));
      // Rounds whose bytes all lie before the damage must be there.
      const expected = sizes.findLastIndex((size) => size <= damagedFrom);
      {
        await using reopened = await open(victim);
        const found = await roundIn(reopened);
        assert.ok(found >= expected, `cut at ${damagedFrom}: found ${found}, expected ${expected}`);
        await reopened.transact(
          [],
          keys.map((key) => put(key, '1000')),
        );
      }
      await using again = await open(victim);
      assert.equal(await roundIn(again), 1000);
    }
  });

  test('a damaged file is refused, and left as it is', async () => {
    const path = fresh();
    {
      await using store = await open(path);
      for (let index = 0; index < 200; index++) await store.transact([], [put(`/${index}`, 'x'.repeat(500))]);
    }
    const bytes = readFileSync(path);
    bytes.fill(0x55, 4096 * 2, 4096 * 12);
    writeFileSync(path, bytes);
    writeFileSync(`${path}-wal`, 'what was in the log');
    await assert.rejects(open(path), (error) => {
      assert.ok(storeErrors.is(error, 'unusable'));
      assert.match(error.message, /is damaged/);
      assert.ok(error.message.includes(path) && error.hint?.includes(path));
      return true;
    });
    assert.deepEqual(readFileSync(path), bytes);
    assert.equal(readFileSync(`${path}-wal`, 'utf8'), 'what was in the log');
  });

  test('a log without its database is refused, not deleted', async () => {
    const path = fresh();
    for (const empty of [false, true]) {
      if (empty) writeFileSync(path, '');
      writeFileSync(`${path}-wal`, 'acknowledged once');
      await assert.rejects(open(path), (error) => storeErrors.is(error, 'unusable'));
      assert.equal(readFileSync(`${path}-wal`, 'utf8'), 'acknowledged once');
    }
  });

  test('what is no store of ours is refused', async () => {
    const text = fresh();
    writeFileSync(text, 'root:x:0:0:root:/root:/bin/bash\n'.repeat(40));
    await assert.rejects(open(text), /damaged: file is not a database/);
    assert.match(readFileSync(text, 'utf8'), /^root/);
    await assert.rejects(open(join(directory, 'missing', 'store.db')), (error) =>
      storeErrors.is(error, 'unusable'),
    );
    await assert.rejects(open(directory), (error) => storeErrors.is(error, 'unusable'));
  });

  test('a second process is refused and told the path; a first that was killed locks nobody out', async () => {
    const path = fresh();
    const store = await open(path);
    const second = spawn(process.execPath, [join(import.meta.dirname, 'embedded-writer.ts'), path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    second.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(second, 'close');
    assert.ok(said.includes(`The store ${path} is in use`), said);
    await store[Symbol.asyncDispose]();
    await writeUntilKilled(path, 20);
    await using again = await open(path);
    assert.ok((await roundIn(again)) >= 0);
  });

  test('leases outlive the process, with their whole time', async () => {
    const path = fresh();
    let id: string;
    {
      await using store = await open(path);
      const [kept, left] = [await store.grantLease({ ttlMs: 1500 }), await store.grantLease({ ttlMs: 1500 })];
      id = kept.id;
      await store.transact([], [put('/kept', '', kept.id), put('/left', '', left.id)]);
    }
    await sleep(1600);
    const opened = performance.now();
    await using store = await open(path);
    await using watching = new Watching(store, everything);
    const lease = await store.grantLease({ ttlMs: 1500, adopt: id });
    assert.equal(lease.id, id);
    await watching.untilValue('/left', '');
    await watching.untilValue('/left', undefined);
    assert.ok(performance.now() - opened >= 1450);
    assert.equal(watching.state.has('/kept'), true);
  });

  test('watches go on after a revision across a restart; what is forgotten becomes a snapshot', async () => {
    const path = fresh();
    let early: number;
    {
      await using store = await open(path);
      early = (await store.transact([], [put('/a', '1')])).revision;
      await store.transact([], [put('/a', '2')]);
    }
    await using store = await open(path);
    await using resumed = new Watching(store, everything, early);
    await resumed.untilValue('/a', '2');
    assert.deepEqual(
      resumed.events.map(({ kind }) => kind),
      ['changes'],
    );
    for (let batch = 0; batch < 11; batch++)
      await Promise.all(Array.from({ length: 1000 }, () => store.transact([], [put('/b', String(batch))])));
    await using late = new Watching(store, everything, early);
    await late.untilSnapshot();
    assert.equal(late.state.get('/b')?.value, '10');
  });

  test('a full disk: store.full, nothing lost, and on with it when there is room', async () => {
    using small = mountMemory(3);
    const mount = small.directory;
    {
      const path = join(mount, 'store.db');
      const filler = join(mount, 'filler');
      let acknowledged = -1;
      {
        await using store = await open(path);
        writeFileSync(filler, Buffer.alloc(1024 * 1024));
        const refusal = await (async () => {
          for (let round = 0; round < 1000; round++) {
            try {
              await store.transact(
                [],
                keys.map((key) => put(key, `${round} ${'x'.repeat(20_000)}`)),
              );
            } catch (error) {
              return error;
            }
            acknowledged = round;
          }
          return undefined;
        })();
        assert.ok(storeErrors.is(refusal, 'full'), String(refusal));
        assert.ok(refusal.message.includes(path));
        assert.ok(acknowledged >= 0);
        assert.equal(await roundIn(store), acknowledged);
      }
      // Not a byte is left: it must open none the less, and show what it holds.
      appendUntilFull(join(mount, 'last bytes'));
      {
        await using store = await open(path);
        assert.equal(await roundIn(store), acknowledged);
        rmSync(join(mount, 'last bytes'));
        // One that asks too much does not spoil the others of its batch.
        rmSync(filler);
        const [small, big] = await Promise.allSettled([
          store.transact(
            [],
            keys.map((key) => put(key, '5000')),
          ),
          store.transact([], [put('/big', 'x'.repeat(1_400_000)), put('/more', '')]),
        ]);
        assert.equal(small.status, 'fulfilled');
        if (big.status === 'fulfilled')
          await store.transact(
            [],
            [
              { kind: 'delete-range', range: prefixRange('/big') },
              { kind: 'delete', key: '/more' },
            ],
          );
        await store.transact(
          [],
          keys.map((key) => put(key, '6000')),
        );
      }
      assert.ok(existsSync(path));
      await using again = await open(path);
      assert.equal(await roundIn(again), 6000);
    }
  });
});
