// Every command against a fleet 1.0, whose API has its first version only.

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fleetctl } from './cluster.ts';
import { fleetctlGoing, fleetctlHere } from './in-process.ts';
import { OldFleet, type OldFleetOptions } from './old-fleet.ts';

const [first, second] = ['0a1b2c3d4e5f60718293a4b5c6d7e8f9', '77c0ffee4e5f60718293a4b5c6d7e8f9'];
const [place, other] = ['0a1b2c3d.../10.0.0.7', '77c0ffee...'];
const text = '[Unit]\nDescription=Old\n\n[Service]\nExecStart=/bin/sleep 1000\n';

async function old(options: Partial<OldFleetOptions> = {}) {
  const machines = [{ id: first, primaryIP: '10.0.0.7' }, { id: second }];
  const fleet = await OldFleet.start({ machines, ...options });
  const environment = { FLEETCTL_ENDPOINT: `unix://${fleet.path}` };
  return {
    fleet,
    environment,
    write: (name: string, content = text) => writeFileSync(join(fleet.folder, name), content),
    ctl: (line: string) => fleetctlHere(line.replaceAll('DIR', fleet.folder).split(' '), environment),
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

test('units through their states', async () => {
  await using c = await old();
  c.write('a.service');
  const done = async (line: string, stdout: string, stderr = '', status = 0) =>
    assert.deepEqual(await c.ctl(line), { status, stdout, stderr }, line);
  await done('submit DIR/a', 'Unit a.service inactive\n');
  await done('submit DIR/a', '');
  await done('cat a', text);
  await done('stop a', '', 'Unable to stop unit a.service in state inactive\n', 1);
  await done('load a', `Unit a.service loaded on ${place}\n`);
  await done('start a', `Unit a.service launched on ${place}\n`);
  await done('start a', '');
  await done('stop a', `Unit a.service loaded on ${place}\n`, 'Successfully stopped units [a.service].\n');
  await done('start --no-block a', 'Triggered unit a.service start\n');
  // It may be up by now, or on its way; either is waited for.
  assert.equal((await c.ctl('start a')).status, 0);
  c.fleet.jobs.length = 0;
  await done('restart a', `Unit a.service launched on ${place}\n`);
  assert.deepEqual(c.fleet.jobs, [`stop a.service ${first}`, `start a.service ${first}`]);
  await done('unload a', 'Unit a.service inactive\n', 'Successfully unloaded units [a.service].\n');
  await done('destroy a lost', 'Destroyed a.service\n');
  await done('destroy a', '', 'Units not found in registry\n');
  await done('stop a', '', 'Units not found in registry\n');
  await done('cat a', '', 'Unit a.service not found\n', 1);
  await done('status a', '', 'Unit a.service does not exist.\n', 1);
});

test('how starts end', async () => {
  await using c = await old({
    endsAs: (name) => (name.startsWith('bad') ? 'failed' : name.startsWith('once') ? 'inactive' : 'active'),
    fits: (name) => !name.startsWith('none'),
  });
  for (const name of ['bad', 'once', 'none']) c.write(`${name}.service`);
  assert.equal((await c.ctl('start DIR/once')).status, 0);
  const bad = await c.ctl('start DIR/bad');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /^Unit bad\.service failed on /);
  const none = await c.ctl('start --block-attempts=1 DIR/none');
  assert.equal(none.status, 1);
  assert.match(none.stderr, /timed out waiting for unit none\.service to report state launched/);
});

test('a changed file is told of, and replaces the unit when asked', async () => {
  await using c = await old();
  c.write('a.service');
  await c.ctl('start DIR/a');
  c.write('a.service', text.replace('1000', '2000'));
  assert.match(
    (await c.ctl('start DIR/a')).stderr,
    /differs from local unit file .* Add --replace to override/,
  );
  assert.match(
    (await c.ctl('load --replace DIR/a')).stderr,
    /can not replace Unit\(a\.service\) in state 'launched'/,
  );
  await c.ctl('start a');
  assert.equal((await c.ctl('start --replace DIR/a')).stdout, `Unit a.service launched on ${place}\n`);
  assert.equal((await c.ctl('cat a')).stdout, readFileSync(join(c.fleet.folder, 'a.service'), 'utf8'));
  assert.deepEqual(c.fleet.jobs.slice(-2), [`stop a.service ${first}`, `start a.service ${first}`]);
});

test('templates are instantiated here, since that server does not', async () => {
  await using c = await old();
  c.write('t@.service');
  assert.equal((await c.ctl('submit DIR/t@')).stdout, 'Unit t@.service inactive\n');
  const ended = await c.ctl('start t@1 t@2');
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(
    [...c.fleet.units.values()].map(({ name, machineID }) => [name, machineID]),
    [
      ['t@.service', undefined],
      ['t@1.service', first],
      ['t@2.service', second],
    ],
  );
  assert.match((await c.ctl('start t@')).stderr, /Error 400: cannot activate template/);
});

test('global units', async () => {
  await using c = await old();
  c.write('g.service', `${text}\n[X-Fleet]\nGlobal=true\n`);
  assert.equal(
    (await c.ctl('start DIR/g')).stdout,
    'Unit g.service \nTriggered global unit g.service start\n',
  );
  // Each look moves that fleet on.
  while (!(await c.ctl('list-units --no-legend --fields=active')).stdout.startsWith('active\nactive\n'));
  assert.equal(
    (await c.ctl('list-units --no-legend')).stdout,
    `g.service\t${place}\tactive\trunning\ng.service\t${other}\t\tactive\trunning\n`,
  );
  assert.equal(
    (await c.ctl('list-unit-files --no-legend --fields=unit,dstate,state,target,global,reached')).stdout,
    'g.service\tlaunched\t-\tglobal\ttrue\tlaunched(2/2)\n',
  );
  c.fleet.jobs.length = 0;
  assert.equal((await c.ctl('restart g')).stdout, 'Triggered global unit g.service start\n');
  await c.ctl('list-units');
  assert.deepEqual(
    c.fleet.jobs,
    ['stop', 'start'].flatMap((job) => [first, second].map((id) => `${job} g.service ${id}`)),
  );
  assert.match((await c.ctl('restart g.service@77c0')).stderr, /it is older than this fleetctl/);
  assert.equal((await c.ctl('destroy g')).status, 0);
});

test('lists come in pages, also when the last one is full', async () => {
  await using c = await old();
  c.write('w@.service');
  for (const count of [100, 101]) {
    const names = Array.from({ length: count }, (_, index) => `DIR/w@${String(index).padStart(3, '0')}`);
    assert.equal((await c.ctl(`submit ${names.join(' ')}`)).status, 0);
    const listed = (await c.ctl('list-unit-files --no-legend --fields=unit')).stdout.trimEnd().split('\n');
    assert.equal(listed.length, count);
    assert.deepEqual(listed, listed.toSorted());
  }
  assert.equal((await c.ctl('list-units --no-legend')).stdout, '');
  assert.equal(
    (await c.ctl('list-machines --full')).stdout,
    `MACHINE\t\t\t\t\tIP\t\tMETADATA\n${first}\t10.0.0.7\t-\n${second}\t-\t\t-\n`,
  );
  assert.equal((await c.ctl('list-unit-files --no-legend --fields=desc')).stdout, 'Old\n'.repeat(101));
});

test('a unit on this very machine is looked at without SSH', async () => {
  const local = readFileSync('/etc/machine-id', 'utf8').trim();
  await using c = await old({ machines: [{ id: local, primaryIP: '192.0.2.1' }] });
  c.write('a.service');
  c.write('systemctl', '#!/bin/sh\necho "systemctl $*"; exit 3\n');
  c.write('journalctl', '#!/bin/sh\necho "journalctl $*"\n');
  await c.ctl('start DIR/a');
  const run = (...words: readonly string[]) =>
    fleetctl(words, {
      env: { ...c.environment, PATH: `${c.fleet.folder}:${process.env.PATH}` },
    });
  for (const name of ['systemctl', 'journalctl']) chmodSync(join(c.fleet.folder, name), 0o755);
  const status = await run('status', 'a');
  assert.equal(status.status, 3, status.stderr);
  assert.match(status.stdout, /^systemctl status -l .*a\.service\n$/);
  const journal = await run('journal', '--lines=3', '-f', 'a');
  assert.match(journal.stdout, /^journalctl --unit a\.service --no-pager -n 3 --output short -f\n$/);
});

test('what that fleet cannot do is said to be so', async () => {
  await using c = await old();
  for (const line of ['why a', 'drain 0a1b', 'undrain 0a1b', 'rebalance']) {
    const ended = await c.ctl(line);
    assert.equal(ended.status, 1, line);
    assert.equal(ended.stderr, 'fleetd there does not know this; it is older than this fleetctl.\n', line);
  }
  assert.equal((await c.ctl('metadata 0a1b rack=r7')).status, 0);
  assert.ok(c.fleet.asked.includes('PATCH /fleet/v1/machines'));
});

test('a list that is followed asks again every two seconds', async () => {
  await using c = await old();
  c.write('a.service');
  const watching = fleetctlGoing(['list-unit-files', '--watch', '--fields=unit,dstate'], c.environment);
  await watching.until((out) => out.startsWith('UNIT'), 'the list');
  await c.ctl('submit DIR/a');
  await watching.until((out) => out.endsWith('a.service\tinactive\n'), 'the unit');
  await c.ctl('destroy a');
  await watching.until((out) => out.endsWith('a.service\t-\n'), 'its end');
  watching.interrupt();
  assert.equal((await watching.ended).status, 130);
});

test('a fleet without its etcd', async () => {
  await using c = await old();
  c.fleet.unavailable = true;
  for (const line of ['list-machines', 'list-units', 'start a', 'destroy a']) {
    const ended = await c.ctl(line);
    assert.equal(ended.status, 1, line);
    assert.match(ended.stderr, /googleapi: Error 503: fleet server unable to communicate with etcd/, line);
  }
});
