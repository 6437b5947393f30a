import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contents } from '../../../src/fleet/agent/contents.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { systemClock } from '../../../src/host/index.ts';
import type { Store } from '../../../src/store/index.ts';

const keys = fleetKeys('/test/');

/** A store that answers reads of one key as told, and counts them. */
function counting(answers: (string | Error | undefined)[]): { store: Pick<Store, 'get'>; asked: string[] } {
  const asked: string[] = [];
  const get = async (key: string) => {
    asked.push(key);
    const value = answers.shift();
    if (value instanceof Error) throw value;
    return value === undefined ? undefined : { key, value, createRevision: 1, modRevision: 1 };
  };
  return { store: { get }, asked };
}

const content = JSON.stringify({ options: [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }] });

test('units that come together and share a content cost one reading', async () => {
  const { store, asked } = counting([content]);
  const contents = new Contents(store, keys, systemClock);
  const all = await Promise.all(Array.from({ length: 100 }, () => contents.get('abc')));
  assert.deepEqual(asked, [keys.content('abc')]);
  assert.ok(all.every((one) => one?.text.includes('ExecStart=/bin/true') === true));
});

test('what was not there, or could not be read, is asked for again', async () => {
  const { store, asked } = counting([undefined, new Error('away'), content]);
  const contents = new Contents(store, keys, systemClock);
  assert.equal(await contents.get('abc'), undefined);
  await assert.rejects(contents.get('abc'), /away/);
  assert.equal((await contents.get('abc'))?.install, false);
  assert.equal(asked.length, 3);
});
