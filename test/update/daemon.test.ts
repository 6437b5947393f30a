// The daemon as a process, on a bus and with a server of its own: started, asked, reloaded and stopped.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { skipWithoutDaemon as skip } from '../systemd/bus-daemon.ts';
import { machineFor, until } from './daemon-machine.ts';

const marker = 'run/update_engine_autoupdate_completed';
const state = 'var/lib/update_engine';

test('an update, a stop, and a start that remembers it', { skip }, async (context) => {
  const machine = await machineFor(context, () => true);
  const daemon = await machine.start();
  const { status, out } = await machine.client('-update', '-json');
  assert.equal(status, 0, machine.log);
  assert.equal(JSON.parse(out).new_version, '2.0.0');
  assert.equal(await machine.read(marker), '2.0.0\n');
  assert.equal(await machine.read(`${state}/prefs/previous-version`), '1.0.0');
  assert.match((await machine.read('run/reboot-required')) ?? '', /restart required/);
  // Told beside what it does, and in its own time.
  await until('the last event', () => machine.said.includes('event 3/1'));
  assert.equal(await machine.end(daemon, 'SIGTERM'), 0);
  const events = machine.said.filter((line) => line.startsWith('event'));
  assert.deepEqual(events, ['event 13/1', 'event 14/1', 'event 3/1']);
  await machine.start();
  const { out: lines } = await machine.client('-status');
  assert.match(lines, /CURRENT_OP=UPDATE_STATUS_UPDATED_NEED_REBOOT\nNEW_VERSION=2\.0\.0\n/);
  assert.equal((await machine.client('-reset_status')).status, 0);
  assert.equal(await machine.read(marker), undefined);
});

test('no update is no failure, and SIGHUP reads the configuration again', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  const daemon = await machine.start();
  const { status, out } = await machine.client('-update', '-json');
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).current_operation, 'UPDATE_STATUS_IDLE');
  await writeFile(join(machine.root, 'etc/coreos/update.conf'), 'SERVER=disabled\nGRUOP=x\n');
  daemon.kill('SIGHUP');
  await until('its word of that', async () =>
    (await machine.client('-status')).err.includes('Updates are off'),
  );
  await until('the log of it', () => /update\.conf:2: Nobody reads the key GRUOP/.test(machine.log));
  const refused = await machine.client('-update', '-json');
  assert.equal(refused.status, 1);
  assert.match(refused.err, /Updates are off: SERVER=disabled/);
});

test('SIGTERM in the middle of a download is no failure; the next start goes on', {
  skip,
}, async (context) => {
  const machine = await machineFor(context, () => true);
  const daemon = await machine.start({ STEP_MS: '2000' });
  await machine.client('-check_for_update');
  await until('the download', async () => (await machine.client('-status')).out.includes('DOWNLOADING'));
  assert.equal(await machine.end(daemon, 'SIGTERM'), 0);
  assert.ok(!machine.said.some((line) => line.startsWith('event 3/')), machine.said.join());
  await machine.start();
  assert.match((await machine.client('-status')).out, /UPDATE_STATUS_IDLE/);
  assert.equal((await machine.client('-update', '-json')).status, 0);
});

test('a bus that was restarted has the engine again', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  const daemon = await machine.start();
  await machine.bus.kill();
  await machine.bus.start();
  assert.equal((await machine.client('-status')).status, 0, machine.log);
  assert.equal(daemon.exitCode, null);
});

test('a second engine is refused, and says why', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  await machine.start();
  await assert.rejects(machine.start(), /com\.coreos\.update1 is taken/);
});
