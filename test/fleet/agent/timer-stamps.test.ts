import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { catchesUp, TimerStamps } from '../../../src/fleet/agent/timer-stamps.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { applyRequests, removeUnits } from '../../../src/fleet/registry/write.ts';
import { parseUnitContent } from '../../../src/fleet/unit-content.ts';
import { memoryStore } from '../../../src/store/index.ts';

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

  await applyRequests(store, keys, [{ name: 'a.timer', options }]);
  await removeUnits(store, keys, ['a.timer']);
  assert.equal(await store.get(keys.timer('a.timer')), undefined, 'a destroyed timer leaves no past');
});

test('only timers of the cluster that catch up have a past in it', () => {
  const timer = (text: string) => parseUnitContent(`[Timer]\n${text}`, 'a.timer');
  assert.ok(catchesUp('a.timer', options));
  assert.ok(!catchesUp('a.service', options));
  assert.ok(!catchesUp('a.timer', timer('OnCalendar=daily\n')));
  assert.ok(!catchesUp('a.timer', timer('Persistent=yes\nPersistent=no\n')));
  assert.ok(!catchesUp('a.timer', timer('Persistent=yes\n[X-Fleet]\nGlobal=true\n')));
});
