// The daemon killed in the middle of updates: whatever is left is whole, and the update can be had.

import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipWithoutDaemon as skip } from '../systemd/bus-daemon.ts';
import { type Machine, machineFor } from './daemon-machine.ts';

const state = 'var/lib/update_engine';
/** In milliseconds: as long as an update takes here, and a little more. */
const moments = [0, 10, 25, 45, 80];

test('killed at any moment of an update, it is consistent and the update can be had', {
  skip,
}, async (context) => {
  const machine = await machineFor(context, () => true);
  let daemon = await machine.start();
  for (const moment of moments) {
    await machine.client('-check_for_update');
    await sleep(moment);
    await machine.end(daemon, 'SIGKILL');
    const armed = (await machine.read('slot')) === '2.0.0';
    daemon = await machine.start();
    await isConsistent(machine, armed, `after ${moment} ms`);
    // Armed before the kill: forgotten, so that the next one meets an update again.
    await rm(join(machine.root, 'slot'), { force: true });
    assert.equal((await machine.client('-reset_status')).status, 0);
  }
  assert.equal((await machine.client('-update', '-json')).status, 0, machine.log);
});

async function isConsistent(machine: Machine, armed: boolean, when: string): Promise<void> {
  const { out } = await machine.client('-status', '-json');
  const { current_operation: operation, detail } = JSON.parse(out);
  if (armed) assert.equal(operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT', when);
  assert.deepEqual(detail.failedVersions, [], when);
  for (const folder of [state, `${state}/prefs`]) {
    const names = await readdir(join(machine.root, folder)).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      JSON.parse((await machine.read(join(folder, name))) ?? '');
    }
    assert.ok(!names.some((name) => name.startsWith('.')), `${when}: ${names.join()}`);
  }
}
