// What the server keeps of machines: bounded, and whole again after it was cut off.

import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Entry } from '../../src/coreupdate/answer.ts';
import { Journal } from '../../src/coreupdate/journal.ts';
import { Machines } from '../../src/coreupdate/machines.ts';
import { remember } from '../../src/coreupdate/remember.ts';

async function scratch() {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-journal-'));
  const errors: unknown[] = [];
  return {
    ...{ errors, path: join(folder, 'updates.jsonl') },
    onError: (error: unknown) => errors.push(error),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const entry = (machine: string, more: Partial<Entry> = {}): Entry => ({
  ...{ at: '2026-01-02T03:04:05.678Z', kind: 'grant', machine, app: 'a', version: '1', track: 'stable' },
  ...{ to: '2', bootId: 'b', text: '1 → 2', ...more },
});

test('what was written is recalled, oldest first', async () => {
  await using place = await scratch();
  {
    await using journal = new Journal(place.path, place);
    for (let i = 0; i < 500; i++) journal.add([entry(`m${i}`)]);
  }
  const entries = await new Journal(place.path, place).recall();
  assert.deepEqual(
    entries.map(({ machine }) => machine),
    Array.from({ length: 500 }, (_, i) => `m${i}`),
  );
  assert.deepEqual(entries[0], entry('m0'));
  assert.deepEqual(place.errors, []);
});

test('a line that was cut off, and what is no line of ours', async () => {
  await using place = await scratch();
  const whole = `${JSON.stringify(entry('m1'))}\n`;
  await appendFile(place.path, `${whole}null\n{"at":1}\njunk\n${whole.slice(0, 20)}`);
  await using journal = new Journal(place.path, place);
  assert.deepEqual(
    (await journal.recall()).map(({ machine }) => machine),
    ['m1'],
  );
  journal.add([entry('m2')]);
  await journal[Symbol.asyncDispose]();
  assert.deepEqual(
    (await journal.recall()).map(({ machine }) => machine),
    ['m1', 'm2'],
  );
});

test('it does not grow for ever', async () => {
  await using place = await scratch();
  await using journal = new Journal(place.path, { ...place, maxBytes: 10_000 });
  for (let i = 0; i < 100; i++) {
    journal.add(Array.from({ length: 10 }, (_, j) => entry(`m${i * 10 + j}`)));
    await journal[Symbol.asyncDispose]();
  }
  for (const path of [place.path, `${place.path}.1`]) assert.ok((await stat(path)).size <= 10_000);
  assert.equal((await journal.recall()).at(-1)?.machine, 'm999');
  assert.ok((await readFile(place.path, 'utf8')).endsWith('\n'));
});

test('a place that cannot be written costs no answer', async () => {
  await using place = await scratch();
  await using journal = new Journal(join(place.path, 'below', 'a file'), place);
  assert.deepEqual(await journal.recall(), []);
  journal.add([entry('m1')]);
  await journal[Symbol.asyncDispose]();
  assert.equal(place.errors.length, 1);
});

test('machines are as they were after their entries are told again', () => {
  const machines = new Machines();
  remember(machines, [
    entry('m1'),
    entry('m1', { kind: 'event', type: 13, result: 1 }),
    entry('m2'),
    entry('m2', { kind: 'event', type: 3, result: 0, errorCode: 10 }),
    entry('m3', { kind: 'hold' }),
    entry('', { kind: 'grant' }),
    entry('m4', { kind: 'refused', text: 'error-unknownApplication' }),
    entry('m5', { at: 'junk' }),
  ]);
  assert.deepEqual(
    machines.list().map(({ machineId, status, errorCode }) => [machineId, status, errorCode]),
    [
      ['m1', 'downloading', undefined],
      ['m2', 'failed', 10],
      ['m3', 'on-hold', undefined],
    ],
  );
  const now = Date.parse('2026-01-02T03:30:00Z');
  const me = { appId: 'a', machineId: 'me', events: [] };
  assert.equal(
    machines.inProgress(me, () => true, now),
    1,
  );
  assert.equal(
    machines.inProgress(me, () => false, now),
    0,
  );
  // An hour after its grant it has been given up.
  assert.equal(
    machines.inProgress(me, () => true, now + 3_600_000),
    0,
  );
});

test('who was not seen for longest is forgotten first', () => {
  const machines = new Machines();
  for (let i = 0; i < 50_010; i++) machines.see({ machineId: `m${i}`, appId: 'a', events: [] }, i);
  assert.equal(machines.size, 50_000);
  assert.equal(machines.list()[0]?.machineId, 'm10');
});

test('what a stranger says of himself is not kept at any length', () => {
  const machines = new Machines();
  machines.see({ machineId: 'x'.repeat(100_000), appId: 'a', oem: 'y'.repeat(100_000), events: [] }, 0);
  assert.ok(JSON.stringify(machines.list()).length < 1000);
});
