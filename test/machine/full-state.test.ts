// A machine whose folder of fleet's state is full from the start: a file system of its own with no byte left. Units run
// on and start, the journal says it once, doctor sees it, and room again is enough to mend it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Machine, waitUntilReady } from '../../src/sandbox/index.ts';
import { startKeelson } from './booted.ts';
import { sh, template } from './fleet-cluster.ts';

const state = '/var/lib/fleet';
let cluster: Cluster;
let machine: Machine;
before(async () => {
  cluster = await startKeelson({ machines: 1 });
  await waitUntilReady(cluster);
  machine = cluster.machine('m1');
});
after(() => cluster?.down());

async function start(unit: string): Promise<void> {
  await sh(machine, `cat > /root/${unit} <<'END'\n${template(unit)}END`);
  await machine.exec(['fleetctl', 'start', `/root/${unit}`], { deadlineMs: 300_000 });
}

const must = (script: string) => machine.exec(['sh', '-c', script], { deadlineMs: 300_000 });
const mainPid = (unit: string) => sh(machine, 'systemctl show --property=MainPID --value "$1"', unit);

/** Asks until the answer fits, for as long as a slow host may need. */
async function until(what: string, question: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 300_000;
  while (!(await question())) {
    assert.ok(Date.now() < end, `not within five minutes: ${what}`);
    await sleep(500);
  }
}

test('fleetd goes on without room for its state', async () => {
  await start('stays.service');
  const pid = await mainPid('stays.service');
  assert.match(pid, /^[1-9]/);
  await must(`systemctl stop fleet && mount -t tmpfs -o size=64k,mode=755 none ${state}`);
  await must(`head -c 1M /dev/zero > ${state}/filler 2>/dev/null; test -s ${state}/filler`);
  await must(`if echo more 2>/dev/null > ${state}/more; then exit 1; fi; rm ${state}/more`);
  const since = await sh(machine, 'date +%s');

  await must('systemctl start fleet');
  const listed = async () =>
    (await machine.exec(['fleetctl', 'list-machines', '--no-legend', '--full'], { accept: 'any' })).stdout;
  await until('the machine is present', async () => (await listed()).includes(machine.machineId));
  await start('later.service');
  assert.equal(await mainPid('stays.service'), pid, 'what runs was left alone');
  assert.equal(await sh(machine, 'systemctl is-active stays.service later.service'), 'active\nactive');

  // The copy is tried again after 1, 2 and 4 seconds.
  const said = async () =>
    (await sh(machine, `journalctl -u fleet --since=@${since} -o cat --grep='no space left' | cat`))
      .split('\n')
      .filter((line) => line !== '');
  const about = async (file: string) => (await said()).filter((line) => line.includes(`${state}/${file}`));
  const files = ['schedule', 'member', 'store'];
  for (const file of files)
    await until(`the journal names ${file}`, async () => (await about(file)).length > 0);
  await sleep(5_000);
  for (const file of files) assert.equal((await about(file)).length, 1, (await said()).join('\n'));

  const doctor = await machine.exec(['keelson', 'doctor'], { accept: 'any', deadlineMs: 300_000 });
  assert.equal(doctor.status, 1);
  assert.match(doctor.stdout, /little space left: .*\/var\/lib\/fleet 0 MiB/);

  // Room again: what could not be kept is kept, without a restart.
  await must(`rm ${state}/filler`);
  await until('the copy is written', async () =>
    (await sh(machine, `ls ${state}`)).split('\n').includes('schedule'),
  );
  await must(`systemctl stop fleet && umount ${state} && systemctl start fleet`);
  assert.equal(await mainPid('stays.service'), pid);
});
