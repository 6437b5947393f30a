import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cluster } from './cluster.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';
const place = '0a1b2c3d.../10.0.0.7';

test('a unit through its life', async () => {
  await using c = await cluster();
  writeFileSync(join(c.folder, 'a.service'), text);
  assert.deepEqual(await c.fleetctl('submit', 'a'), {
    status: 0,
    stdout: 'Unit a.service inactive\n',
    stderr: '',
  });
  assert.deepEqual(await c.fleetctl('load', 'a'), {
    status: 0,
    stdout: `Unit a.service loaded on ${place}\n`,
    stderr: '',
  });
  assert.deepEqual(await c.fleetctl('start', 'a'), {
    status: 0,
    stdout: `Unit a.service launched on ${place}\n`,
    stderr: '',
  });
  assert.deepEqual(await c.fleetctl('start', 'a'), { status: 0, stdout: '', stderr: '' });
  assert.equal((await c.fleetctl('cat', 'a')).stdout, text);
  assert.equal(
    (await c.fleetctl('list-units')).stdout,
    `UNIT\t\tMACHINE\t\t\tACTIVE\tSUB\na.service\t${place}\tactive\trunning\n`,
  );
  const files = await c.fleetctl(
    'list-unit-files',
    '-no-legend',
    '--fields=unit,dstate,state,target,global,desc',
  );
  assert.equal(files.stdout, `a.service\tlaunched\tlaunched\t${place}\tfalse\t-\n`);
  assert.equal(
    (await c.fleetctl('-l', 'list-machines')).stdout,
    'MACHINE\t\t\t\t\tIP\t\tMETADATA\n0a1b2c3d4e5f60718293a4b5c6d7e8f9\t10.0.0.7\tdisk=ssd,zone=b\n',
  );
  const stopped = {
    status: 0,
    stdout: `Unit a.service loaded on ${place}\n`,
    stderr: 'Successfully stopped units [a.service].\n',
  };
  assert.deepEqual(await c.fleetctl('stop', 'a'), stopped);
  assert.deepEqual(await c.fleetctl('unload', 'a'), {
    status: 0,
    stdout: 'Unit a.service inactive\n',
    stderr: 'Successfully unloaded units [a.service].\n',
  });
  assert.deepEqual(await c.fleetctl('stop', 'a'), {
    status: 1,
    stdout: '',
    stderr: 'Unable to stop unit a.service in state inactive\n',
  });
  assert.deepEqual(await c.fleetctl('destroy', 'a'), {
    status: 0,
    stdout: 'Destroyed a.service\n',
    stderr: '',
  });
  assert.deepEqual(await c.fleetctl('destroy', 'a'), {
    status: 0,
    stdout: '',
    stderr: 'Units not found in registry\n',
  });
  assert.equal((await c.fleetctl('cat', 'a')).status, 1);
});

test('restart is one job of systemd, and starts what is stopped', async () => {
  await using c = await cluster();
  writeFileSync(join(c.folder, 'a.service'), text);
  await c.fleetctl('start', 'a');
  c.log.length = 0;
  assert.deepEqual(await c.fleetctl('restart', 'a'), {
    status: 0,
    stdout: `Unit a.service launched on ${place}\n`,
    stderr: '',
  });
  assert.deepEqual(c.log, ['a.service restarted']);
  await c.fleetctl('stop', 'a');
  c.log.length = 0;
  assert.equal((await c.fleetctl('restart', 'a')).stdout, `Unit a.service launched on ${place}\n`);
  assert.deepEqual(c.log, ['a.service launched']);
  await c.fleetctl('unload', 'a');
  assert.deepEqual(await c.fleetctl('restart', 'a'), {
    status: 0,
    stdout: '',
    stderr: 'Unable to restart unit a.service in state inactive\n',
  });
});

test('how a start ended is told, with the machine and the next thing to look at', async () => {
  await using c = await cluster({
    outcome: (name) => (name.startsWith('bad') ? 'failed' : name.startsWith('none') ? 'none' : 'oneshot'),
  });
  for (const name of ['bad', 'none', 'once']) writeFileSync(join(c.folder, `${name}.service`), text);
  assert.deepEqual(await c.fleetctl('start', 'bad', 'once'), {
    status: 1,
    stdout: `Unit bad.service inactive\nUnit once.service inactive\nUnit once.service launched on ${place}\n`,
    stderr: `Unit bad.service failed on ${place}: systemd's job ended with "failed".\nSee "fleetctl status bad.service" and "fleetctl journal bad.service".\n`,
  });
  const none = await c.fleetctl('start', 'none', '--timeout=6');
  assert.equal(none.status, 1);
  assert.equal(
    none.stderr,
    'Unit none.service waits: No machine has metadata disk=ssd.\n' +
      'Error waiting for units: timed out waiting for unit none.service to report state launched: No machine has metadata disk=ssd.\n' +
      'Error waiting for unit states, exit status: timed out waiting for unit none.service to report state launched: No machine has metadata disk=ssd.\n',
  );
});

test('instances of a template, three hundred in one request', async () => {
  await using c = await cluster();
  writeFileSync(join(c.folder, 'w@.service'), text);
  assert.equal((await c.fleetctl('submit', './w@.service')).status, 0);
  const refused = await c.fleetctl('start', 'w@.service');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /googleapi: Error 400: cannot activate template "w@\.service"/);
  const names = Array.from({ length: 300 }, (_, i) => `w@${i}`);
  const started = await c.fleetctl('--debug', 'start', ...names);
  assert.equal(started.status, 0, started.stderr);
  assert.equal(started.stdout.match(/launched on/g)?.length, 300);
  assert.equal(started.stderr.match(/POST/g)?.length, 1);
  const destroyed = await c.fleetctl('destroy', ...names);
  assert.equal(destroyed.status, 0, destroyed.stderr);
  assert.equal(destroyed.stdout.match(/Destroyed/g)?.length, 300);
  assert.equal((await c.fleetctl('list-unit-files', '--no-legend', '--fields=unit')).stdout, 'w@.service\n');
});

test('what differs from the cluster is told, and replaced when asked', async () => {
  await using c = await cluster();
  const file = join(c.folder, 'a.service');
  writeFileSync(file, text);
  await c.fleetctl('start', 'a');
  assert.deepEqual(await c.fleetctl('start', '--replace', 'a'), {
    status: 0,
    stdout: 'Found same Unit(a.service) in Registry, nothing to do\n',
    stderr: '',
  });
  writeFileSync(file, text.replace('1000', '2000'));
  assert.deepEqual(await c.fleetctl('start', 'a'), {
    status: 0,
    stdout: '',
    stderr:
      'WARNING: Unit a.service in registry differs from local unit file a.service. Add --replace to override.\n',
  });
  assert.deepEqual(await c.fleetctl('submit', '--replace', 'a'), {
    status: 0,
    stdout: '',
    stderr: "Warning: can not replace Unit(a.service) in state 'launched', use the appropriate command\n",
  });
  assert.deepEqual(await c.fleetctl('start', '--replace', 'a'), {
    status: 0,
    stdout: `Unit a.service launched on ${place}\n`,
    stderr: '',
  });
  assert.equal((await c.fleetctl('cat', 'a')).stdout, readFileSync(file, 'utf8'));
});

test('one bad file, and nothing is sent', async () => {
  await using c = await cluster();
  writeFileSync(join(c.folder, 'good.service'), text);
  writeFileSync(join(c.folder, 'bad.service'), '[Service]\nExecStart\n');
  writeFileSync(join(c.folder, 'huge.service'), 'x'.repeat(3 << 20));
  const bad = await c.fleetctl('start', 'good', 'bad');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /bad\.service:2:10: this line assigns nothing; expected "="/);
  assert.match((await c.fleetctl('start', 'good', 'huge')).stderr, /huge\.service has 3\.0 MB/);
  assert.match(
    (await c.fleetctl('start', 'good', 'lost')).stderr,
    /unable to find Unit\(lost\.service\) in Registry or on filesystem/,
  );
  assert.equal((await c.fleetctl('list-unit-files', '--no-legend')).stdout, '');
});

test('exit statuses', async () => {
  await using c = await cluster();
  const expected: readonly (readonly [number, ...string[]])[] = [
    [2, 'strat'],
    [2, 'start', '--no-blok', 'a'],
    [2, 'st', 'a'],
    [1, 'cat'],
    [2, 'verify', 'a'],
    [1, 'list-units', '--fields=nothing'],
    [1, '--driver=etcd', 'list-units'],
    [0, 'help'],
    [0, '-h'],
    [0],
    [0, 'start'],
    [1, 'status', 'nothing'],
    [1, 'ssh', 'nothing'],
    [1, '--endpoint=unix:///nowhere.sock', 'list-units'],
  ];
  for (const [status, ...words] of expected) {
    const ended = await c.fleetctl(...words);
    assert.equal(ended.status, status, `${words.join(' ')}: ${ended.stderr}`);
    assert.doesNotMatch(ended.stderr, /internal error|\n {4}at /);
  }
});

test('a fleetd without its store is an error that scripts know', async () => {
  await using c = await cluster({
    api: { unavailable: () => 'fleet server unable to communicate with etcd' },
  });
  const ended = await c.fleetctl('list-machines');
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /fleet server unable to communicate with etcd/);
  assert.match(ended.stderr, /Possible issues:/);
});
