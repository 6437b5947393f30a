import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { catchesUp, TimerStamps } from '../../../src/fleet/agent/timer-stamps.ts';
import { Again } from '../../../src/fleet/agent/turns.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { parseUnitContent } from '../../../src/fleet/unit-content.ts';
import { memoryStore, type Store } from '../../../src/store/index.ts';

const options = parseUnitContent('[Timer]\nOnCalendar=daily\nPersistent=true\n', 'a.timer');

test('the machine that takes a timer over knows when it elapsed last', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stamps-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using store = await memoryStore();
  const keys = fleetKeys('/test');
  let lastUs = 0n;
  const on = (machine: string) => {
    const manager = { unitProperty: async () => lastUs };
    return new TimerStamps({ store, keys, manager, directory: join(folder, machine) });
  };
  await applyRequests(store, keys, [{ name: 'a.timer', options }]);
  const one = on('m1');
  await one.prepare('a.timer', options);
  await one.changed('a.timer');
  assert.equal(await store.get(keys.timer('a.timer')), undefined, 'a timer that has not elapsed has no past');
  lastUs = 1_700_000_000_000_000n;
  await one.changed('a.timer');
  const two = on('m2');
  await two.prepare('a.timer', options);
  assert.equal(statSync(join(folder, 'm2', 'stamp-a.timer')).mtimeMs, 1_700_000_000_000);
  lastUs += 86_400_000_000n;
  await two.changed('a.timer');
  // Back on the first machine: its own stamp, were there one, would be a day old.
  await one.prepare('a.timer', options);
  assert.equal(statSync(join(folder, 'm1', 'stamp-a.timer')).mtimeMs, 1_700_086_400_000);
  assert.deepEqual(readdirSync(folder).sort(), ['m1', 'm2']);

  await removeUnits(store, keys, ['a.timer']);
  lastUs += 86_400_000_000n;
  await one.changed('a.timer');
  await one.settle('a.timer');
  assert.equal(await store.get(keys.timer('a.timer')), undefined, 'a destroyed timer leaves no past');
});

test('what a machine that was cut off knows of a timer is not told over what is newer', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stamps-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using store = await memoryStore();
  const keys = fleetKeys('/test');
  await applyRequests(store, keys, [{ name: 'a.timer', options }]);
  const manager = { unitProperty: async () => 0n };
  let away = true;
  const reachable: Pick<Store, 'get' | 'transact'> = {
    get: async (key) => (away ? Promise.reject(new Error('The store is away.')) : store.get(key)),
    transact: (guards, operations) => store.transact(guards, operations),
  };
  const stamps = new TimerStamps({ store: reachable, keys, manager, directory: folder });
  stamps.adopt('a.timer', options);
  await stamps.settle('a.timer');
  writeFileSync(join(folder, 'stamp-a.timer'), '');
  const elapse = (seconds: number) => utimesSync(join(folder, 'stamp-a.timer'), seconds, seconds);
  elapse(1_700_000_000);
  // It is not gone before that is told: its turn is tried again.
  await assert.rejects(stamps.settle('a.timer'), Again);
  away = false;
  await stamps.settle('a.timer');
  const told = async () => (await store.get(keys.timer('a.timer')))?.value;
  assert.equal(await told(), '{"lastUs":"1700000000000000"}');
  const newer = '{"lastUs":"1700009000000000"}';
  await store.transact([], [{ kind: 'put', key: keys.timer('a.timer'), value: newer }]);
  elapse(1_700_005_000);
  await stamps.settle('a.timer');
  assert.equal(await told(), newer);
});

test('only timers of the cluster that catch up have a past in it', () => {
  const timer = (text: string) => parseUnitContent(`[Timer]\n${text}`, 'a.timer');
  assert.ok(catchesUp('a.timer', options));
  assert.ok(!catchesUp('a.service', options));
  assert.ok(!catchesUp('a.timer', timer('OnCalendar=daily\n')));
  assert.ok(!catchesUp('a.timer', timer('Persistent=yes\nPersistent=no\n')));
  assert.ok(!catchesUp('a.timer', timer('Persistent=yes\n[X-Fleet]\nGlobal=true\n')));
});
