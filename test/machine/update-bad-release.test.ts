// A release that does not pass its health gates, on three machines: the first one goes back by itself, the others do
// not follow, and each of them says why.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { badGate } from './update-releases.ts';
import { bootUpdated, inside, patienceMs, slotsOf, type UpdatedCluster } from './updated-cluster.ts';

/** Whether the first test came to its end: without it the others have nothing to look at. */
let wentBack = false;
let updated: UpdatedCluster;
let [first, second]: readonly (Machine | undefined)[] = [];
before(async () => {
  updated = await bootUpdated({ machines: 3, first: '2.0.0', settings: { REBOOT_STRATEGY: 'etcd-lock' } });
  [, first, second] = updated.cluster.machines;
});
after(async () => {
  await updated?.[Symbol.asyncDispose]();
});

const machine = (which: Machine | undefined): Machine => {
  assert.ok(which);
  return which;
};
const said = async (which: Machine | undefined, ...argv: readonly string[]) => {
  const { stdout, stderr } = await inside(machine(which), ...argv);
  return `${stdout}${stderr}`;
};
const bootId = (which: Machine | undefined) => said(which, 'cat', '/proc/sys/kernel/random/boot_id');
const until = (which: Machine | undefined, holds: () => Promise<boolean>, what: string) =>
  machine(which).waitFor(() => holds().catch(() => false), {
    timeoutMs: 2 * patienceMs,
    intervalMs: 1000,
    what,
  });

test('it goes back by itself after its tries, and knows the version for a bad one', {
  timeout: 900_000,
}, async () => {
  const ids = { first: await bootId(first), second: await bootId(second) };
  await updated.publish('3.0.0');
  // Not -update, which waits: the machine may be down before it has said its last word.
  const { status, stderr } = await inside(machine(first), 'update_engine_client', '-check_for_update');
  assert.equal(status, 0, stderr);
  const isBack = async () => {
    const { slots, runs } = await slotsOf(machine(first));
    return (
      runs === '2.0.0' &&
      slots.some((slot) => slot.endsWith('3.0.0 failed')) &&
      (await bootId(first)) !== ids.first
    );
  };
  await until(first, isBack, '2.0.0 again');
  const tells = async () =>
    /failed here|came back/.test(await said(first, 'update_engine_client', '-status'));
  await until(first, tells, 'a status');
  const text = await said(first, 'update_engine_client', '-status');
  assert.match(text, /CURRENT_OP=UPDATE_STATUS_IDLE/);
  assert.match(text, /came back in 2\.0\.0 after 3 tries: 3\.0\.0 did not pass its health gates/);
  const journal = await machine(first).journal({ unit: badGate });
  assert.equal(journal.split('The radio of 3.0.0 does not answer.').length - 1, 3, 'three tries');

  // The others are offered it as well, install it, and wait.
  const other = await inside(machine(second), 'update_engine_client', '-update');
  assert.equal(other.status, 0, other.stderr);
  const waits = async () => /It waits for the reboot lock/.test(await said(second, 'locksmithctl', 'why'));
  await until(second, waits, 'the reboot lock');
  const kept = await said(first, 'locksmithctl', 'why');
  assert.match(kept, /The reboot lock is kept so that no other machine follows/);
  assert.match(kept, /the machine is back on its old system/);
  const why = await said(second, 'locksmithctl', 'why');
  assert.match(why, new RegExp(`Held by ${machine(first).name} `));
  assert.match(why, /an update to 3\.0\.0 is installed/);
  assert.match(await said(second, 'update_engine_client', '-status'), /NEW_VERSION=3\.0\.0/);
  assert.match(await said(second, 'locksmithctl', 'status'), /Available: 0\nMax: 1/);
  assert.equal(await bootId(second), ids.second, 'it did not follow');
  wentBack = true;
});

test('it is not installed again until somebody lets it', { timeout: 600_000 }, async () => {
  assert.ok(wentBack);
  const { status, stderr } = await inside(machine(first), 'update_engine_client', '-update');
  assert.match(stderr, /3\.0\.0.*failed here/s);
  assert.equal(status, 1);
  const id = machine(first).machineId;
  // It has heard of it, and does not want it now.
  assert.equal((await updated.machines()).get(id)?.status, 'on-hold');
  const rollback = (await updated.events()).filter(
    ({ machine: of, errorCode = 0 }) => of === id && (errorCode & 0xffff) === 44,
  );
  assert.equal(rollback.length, 1, 'the server was told once');

  assert.match(await said(first, 'locksmithctl', 'cancel', '--for', '1h'), /\S/);
  assert.equal((await inside(machine(first), 'update_engine_client', '-forget', '3.0.0')).status, 0);
  // The slots remember it as well, and are told.
  const again = await inside(machine(first), 'update_engine_client', '-update');
  assert.equal(again.status, 0, again.stderr);
  assert.ok((await slotsOf(machine(first))).slots.some((slot) => slot.endsWith('3.0.0 trial')));
});

test('with “release” the lock is given back, and the others may go on', { timeout: 600_000 }, async () => {
  assert.ok(wentBack);
  // Nobody is to reboot here: that they could is seen.
  for (const which of [first, second]) await said(which, 'locksmithctl', 'cancel', '--for', '1h');
  const script =
    'echo LOCKSMITHD_AFTER_FAILED_UPDATE=release >>/etc/coreos/update.conf; systemctl restart locksmithd';
  await said(first, 'sh', '-c', script);
  const isFree = async () => /Available: 1\nMax: 1/.test(await said(second, 'locksmithctl', 'status'));
  await until(first, isFree, 'a free lock');
});
