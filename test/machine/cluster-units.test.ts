// Units on three booted machines, from the host: the ways in, where units go, and what bad input is told.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { keelsonSoftware, startCluster, waitUntilReady } from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';
import { assertCalm, bootFleet, checkout, type FleetCluster, sh, template } from './fleet-cluster.ts';

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet({ machines: [{ metadata: { role: 'web' } }, {}, {}] });
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const numbered = (kind: string) => [1, 2, 3].map((number) => `${kind}@${number}.service`);
const tunnel = (...words: string[]) => [
  ...['--endpoint', 'unix:///run/fleet.sock', '--ssh-config', fleet.sshConfig, '--tunnel', 'm1'],
  ...words,
];

test('start through a machine’s socket puts conflicting instances on a machine each, and says where', async () => {
  const { m2 } = fleet;
  await fleet.unit('hello@.service', template('Hello %i', 'Conflicts=hello@*.service'));
  const out = await fleet.ok(m2, 'start', ...numbered('hello'));
  const places = await fleet.places('hello@*.service');
  assert.deepEqual([...places.values()].map(({ machine }) => machine).sort(), ['m1', 'm2', 'm3']);
  const list = await fleet.ok(m2, 'list-units', '--no-legend');
  for (const [name, { machine }] of places) {
    const { address, machineId } = fleet.cluster.machine(machine);
    const place = `${machineId.slice(0, 8)}.../${address}`;
    assert.ok(out.includes(`Unit ${name} launched on ${place}\n`), out);
    assert.match(list, new RegExp(`^${name}\\s+${place}\\s+active\\s+running$`, 'm'));
  }
  assert.match(await sh(m2, 'systemctl list-units --plain --no-legend "hello@*"'), /Hello [123]$/);
});

test('the same works through an SSH tunnel, and what needs SSH behind it as well', async () => {
  await fleet.unit('tunnelled@.service', template('Tunnelled %i', 'Conflicts=tunnelled@*.service'));
  const through = async (...words: string[]) => {
    const { status, stdout, stderr } = await fleet.bare(tunnel(...words));
    assert.equal(status, 0, `fleetctl ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  await through('start', ...numbered('tunnelled'));
  const places = await fleet.places('tunnelled@*.service');
  assert.equal(places.size, 3);
  const name = 'tunnelled@2.service';
  const { machine, pid } = places.get(name) ?? assert.fail(name);
  const { machineId } = fleet.cluster.machine(machine);
  assert.match(
    await through('status', name),
    new RegExp(`Active: active \\(running\\).*Main PID: ${pid} `, 's'),
  );
  assert.match(await through('journal', name), new RegExp(` ${machine} systemd.*Started ${name}`));
  assert.equal(await through('ssh', name, 'hostname'), `${machine}\n`);
  assert.equal(await through('ssh', machineId.slice(0, 6), 'hostname'), `${machine}\n`);
  assert.equal(
    await through('cat', 'tunnelled@1'),
    template('Tunnelled %i', 'Conflicts=tunnelled@*.service'),
  );
  await through('destroy', ...numbered('tunnelled'));
  assert.equal((await fleet.running('tunnelled@*')).size, 0);
});

test('a sidekick follows its unit, metadata and an ID choose the machine, a template serves from the cluster', async () => {
  const { m1, m3 } = fleet;
  await fleet.unit('side@.service', template('Side %i', 'MachineOf=hello@%i.service'));
  await fleet.unit('web.service', template('Web', 'MachineMetadata=role=web'));
  await fleet.unit('pinned.service', template('Pinned', `MachineID=${m3.machineId}`));
  await fleet.unit('stored@.service', template('Stored %i'));
  await fleet.ok(m1, 'start', ...numbered('side'), 'web', 'pinned');
  const hello = await fleet.places('hello@*');
  const side = await fleet.places('side@*');
  for (const number of [1, 2, 3]) {
    const beside = hello.get(`hello@${number}.service`)?.machine;
    assert.equal(side.get(`side@${number}.service`)?.machine, beside);
  }
  assert.equal((await fleet.places('web.service')).get('web.service')?.machine, 'm1');
  assert.equal((await fleet.places('pinned.service')).get('pinned.service')?.machine, 'm3');
  await fleet.ok(m1, 'submit', 'stored@.service');
  await rm(join(fleet.folder, 'stored@.service'));
  await fleet.ok(m1, 'start', 'stored@a', 'stored@b.service');
  assert.deepEqual([...(await fleet.places('stored@*')).keys()].sort(), [
    'stored@a.service',
    'stored@b.service',
  ]);
});

test('a global unit runs on every machine, and a timer starts its service where it is', async () => {
  const { m1 } = fleet;
  await fleet.unit('all.service', template('All', 'Global=true'));
  await fleet.ok(m1, 'start', 'all');
  await m1.waitFor(async () => (await fleet.running('all.service')).get('all.service')?.length === 3);
  const tick =
    '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo ticked"\n\n[X-Fleet]\nMachineOf=tick.timer\n';
  await fleet.unit('tick.service', tick);
  await fleet.unit('tick.timer', '[Timer]\nOnActiveSec=1\nOnUnitActiveSec=1\nAccuracySec=100ms\n');
  await fleet.ok(m1, 'load', 'tick.timer', 'tick.service');
  await fleet.ok(m1, 'start', 'tick.timer');
  const place = (await fleet.places('tick.timer')).get('tick.timer')?.machine ?? '';
  const there = fleet.cluster.machine(place);
  await there.waitFor(['sh', '-c', 'journalctl -u tick.service | grep -q ticked']);
  await fleet.ok(m1, 'destroy', 'tick.timer', 'tick.service');
});

test('a machine without room for a unit file says so, and starts the unit once there is room', async () => {
  const { m1, m2, m3 } = fleet;
  await fleet.unit('roomy.service', template('Roomy', `MachineID=${m3.machineId}`));
  await sh(m3, 'mkdir -p /run/fleet/units && mount -t tmpfs -o size=4k,mode=755 none /run/fleet/units');
  try {
    await sh(m3, 'head -c 4096 /dev/zero > /run/fleet/units/.full');
    const full = /roomy\.service cannot be loaded.*\/run\/fleet\/units \(ENOSPC: no space left/;
    await fleet.untilRefused(m1, ['start', '--block-attempts=2', 'roomy.service'], full);
    assert.match(await fleet.ok(m2, 'list-unit-files', '--no-legend'), /^roomy\.service\s.*\sinactive\s/m);
    await sh(m3, 'rm /run/fleet/units/.full');
    await fleet.untilRunning(['roomy.service'], 'roomy.service');
    // Full again, its unit is still taken away, and an unwritten one leaves nothing behind.
    await fleet.ok(m1, 'destroy', 'roomy.service');
    await sh(m3, 'head -c 4096 /dev/zero > /run/fleet/units/.full');
    await fleet.ctl(m1, 'start', '--no-block', 'roomy.service');
    await m1.waitFor(async () => (await fleet.ctl(m1, 'list-units', '--no-legend')).stdout.includes('roomy'));
    await fleet.ok(m1, 'destroy', 'roomy.service');
    await m1.waitFor(
      async () => !(await fleet.ctl(m1, 'list-units', '--no-legend')).stdout.includes('roomy'),
      { timeoutMs: 30_000 },
    );
  } finally {
    await sh(m3, 'umount /run/fleet/units');
  }
});

test('drain moves each unit only after it has stopped, why says so, and undrain and rebalance bring units back', async () => {
  const { m1, m2, cluster } = fleet;
  const slow = (name: string) =>
    `[Unit]\nDescription=${name}\n[Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 1\n`;
  await fleet.unit('mover@.service', slow('mover %i'));
  await fleet.unit('bound.service', `${slow('bound')}\n[X-Fleet]\nMachineID=${m1.machineId}\n`);
  const names = [1, 2, 3, 4, 5, 6].map((number) => `mover@${number}.service`);
  await fleet.ok(m2, 'start', ...names, 'bound');
  const before = await fleet.places('mover@*');
  const leaving = names.filter((name) => before.get(name)?.machine === 'm1');
  assert.ok(leaving.length > 0);
  const id = m1.machineId;
  const dry = await fleet.ctl(m2, 'drain', id.slice(0, 10), '--dry-run');
  for (const name of leaving) assert.ok(dry.stdout.includes(`${name} would go to `), dry.stdout);
  assert.deepEqual([...(await fleet.places('mover@*'))], [...before]);

  const { status, stdout, stderr } = await fleet.ctl(m2, 'drain', id.slice(0, 10), '--reason=new disk');
  assert.equal(status, 1, stderr);
  assert.match(stderr, /Unit bound\.service stays: It is bound to this machine by MachineID\./);
  for (const name of leaving) assert.ok(stdout.includes(`Unit ${name} left\n`), stdout);
  const after = await fleet.untilRunning(names, 'mover@*');
  for (const name of leaving) {
    // All machines have the host's monotonic clock.
    const stopped = await sh(m1, 'journalctl --sync; journalctl -o json -u "$1" | tail -n 1', name);
    const stoppedAt = Number(JSON.parse(stopped).__MONOTONIC_TIMESTAMP);
    assert.match(stopped, /Stopped|Deactivated|Succeeded/);
    assert.ok(Number(after.get(name)?.since) >= stoppedAt, `${name} ran twice`);
  }
  const why = await fleet.ok(m2, 'why', leaving[0] ?? '');
  assert.match(why, /^mover@\d\.service: on 1 of 3 machines\.$/m);
  assert.match(why, new RegExp(`^  ${id.slice(0, 8)}.*is being drained \\(new disk\\)\\.$`, 'm'));
  assert.match(await fleet.ok(m2, 'list-machines', '--fields=ip,drain'), /\tnew disk$/m);
  // A unit that moved once does not wait, at the next boot of its machine, for the one that it left.
  const moved = after.get(leaving[0] ?? '')?.machine ?? '';
  const there = cluster.machine(moved);
  await sh(m1, 'systemctl stop fleet.socket fleet.service');
  await sh(
    there,
    'systemctl stop fleet.socket fleet.service; systemctl stop "mover@*"; rm -rf /run/fleet/units/* /run/fleet/*/',
  );
  await sh(there, 'systemctl daemon-reload; systemctl start fleet.socket fleet.service');
  await there.waitFor(['systemctl', 'is-active', leaving[0] ?? '']);
  await sh(m1, 'systemctl start fleet.socket fleet.service');
  // All is as it was after a change of the leader.
  for (const machine of cluster.machines) await sh(machine, 'systemctl restart fleet.service');
  await fleet.untilRunning(names, 'mover@*');

  await fleet.ok(m2, 'undrain', id.slice(0, 10));
  const moves = await fleet.ok(m2, 'rebalance');
  assert.match(moves, /^mover@\d\.service moves: .* → .*$/m);
  await m2.waitFor(async () =>
    [...(await fleet.running('mover@*')).values()].some((rows) =>
      rows.some(({ machine }) => machine === 'm1'),
    ),
  );
  await fleet.untilRunning(names, 'mover@*');
  await fleet.ok(m2, 'metadata', id, 'role=web', 'disk=ssd');
  await fleet.unit('fast.service', `${slow('fast')}\n[X-Fleet]\nMachineMetadata=disk in (ssd, nvme)\n`);
  await fleet.ok(m2, 'start', 'fast');
  assert.equal((await fleet.places('fast.service')).get('fast.service')?.machine, 'm1');
  await fleet.ok(m2, 'metadata', id, 'disk-');
  await fleet.ok(m2, 'destroy', ...names, 'bound', 'fast');
});

interface Bad {
  readonly what: string;
  readonly words: () => readonly string[] | Promise<readonly string[]>;
  readonly status?: number;
  readonly says: RegExp;
}

/** fleetctl over the first machine's socket. */
const over = (...words: string[]) => ['--endpoint', `unix://${fleet.m1.socket}`, ...words];

const bad: readonly Bad[] = [
  {
    what: 'a unit file that does not parse',
    words: async () => {
      await fleet.unit('broken.service', '[Unit]\nDescription=x\n[Service\nExecStart=/bin/true\n');
      return over('start', 'good', 'broken');
    },
    says: /broken\.service:3:9: .*"\]"/,
  },
  {
    what: 'a line without an equals sign',
    words: async () => {
      await fleet.unit('loose.service', '[Service]\nExecStart=/bin/true\n  nonsense\n');
      return over('submit', 'loose.service');
    },
    says: /loose\.service:3:\d+: .*=/,
  },
  {
    what: 'a name that is none',
    words: () => over('start', 'no such/na me@@.service'),
    says: /na me/,
  },
  {
    what: 'a file that is not there',
    words: () => over('start', 'absent.service'),
    says: /absent\.service/,
  },
  {
    what: 'contents of 2 MB',
    words: async () => {
      await fleet.unit(
        'huge.service',
        `[Service]\nExecStart=/bin/true\n${'# filler filler\n'.repeat(131_072)}X=${'y'.repeat(2_000_000)}\n`,
      );
      return over('start', 'huge');
    },
    says: /huge\.service.*(too (large|big)|at most|bytes|MB|MiB|KiB)/,
  },
  {
    what: 'options that exclude each other',
    words: async () => {
      await fleet.unit(
        'torn.service',
        template('Torn', `Global=true\nMachineID=${fleet.m1.machineId}\nMachineOf=hello@1.service`),
      );
      return over('start', 'torn');
    },
    says: /torn\.service.*(Global|MachineID|MachineOf)/,
  },
  {
    what: 'a socket that is not there',
    words: () => ['--endpoint', 'unix:///run/no-fleet.sock', 'list-units'],
    says: /\/run\/no-fleet\.sock/,
  },
  {
    what: 'an unknown flag',
    words: () => over('start', '--replcae', 'good'),
    status: 2,
    says: /--replcae.*--replace/s,
  },
];

test('bad input is answered with a sentence that says what and where, and changes nothing', async (t) => {
  await fleet.unit('good.service', template('Good'));
  const files = () => fleet.ok(fleet.m1, 'list-unit-files', '--no-legend', '--full');
  const before_ = await files();
  for (const { what, words, status = 1, says } of bad) {
    await t.test(what, async () => {
      const result = await fleet.bare(await words());
      const said = result.stdout + result.stderr;
      assert.equal(result.status, status, said);
      assert.match(said, says);
      assert.doesNotMatch(said, /\n\s+at |internal error/i);
      assert.ok(said.length < 1000, said);
      assert.equal(await files(), before_);
    });
  }
  await t.test('a wrong key over --tunnel', async () => {
    const folder = await temporaryFolder();
    try {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
      const { stdout } = await run('cat', [fleet.sshConfig]);
      const config = join(folder, 'config');
      await run('tee', [config], { input: stdout.replace(/IdentityFile .*/, `IdentityFile ${folder}/key`) });
      const words = [
        '--endpoint',
        'unix:///run/fleet.sock',
        '--ssh-config',
        config,
        '--tunnel',
        'm1',
        'list-units',
      ];
      const { status, stderr } = await fleet.bare(words);
      assert.notEqual(status, 0);
      assert.match(stderr, /m1 refused the login/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test('a unit that no machine fits waits, says why, and goes ahead when one does', async () => {
  const { m1, m2 } = fleet;
  await fleet.unit('picky.service', template('Picky', 'MachineMetadata=disk=ssd'));
  await fleet.untilRefused(m1, ['start', '--timeout', '3', 'picky'], /picky\.service.*disk=ssd/);
  await m2.writeFile('/etc/fleet/fleet.conf', 'metadata = disk=ssd\n');
  await sh(m2, 'systemctl show -P Environment fleet');
  // The cloud-config's settings are in the environment, where metadata is not set for this machine.
  await sh(m2, 'systemctl kill --kill-who=main -s HUP fleet');
  await fleet.untilRunning(['picky.service'], 'picky.service');
  assert.equal((await fleet.places('picky.service')).get('picky.service')?.machine, 'm2');
  await fleet.ok(m1, 'destroy', 'picky');
});

test('a machine with the ID of another is refused, naming both, and the other goes on', async () => {
  const { m1, m2, m3 } = fleet;
  const before_ = await fleet.places('hello@*');
  const onFirst = [...before_].filter(([, { machine }]) => machine === 'm1');
  const own = (await m3.readFile('/etc/machine-id')).trim();
  // Over a bind mount, as the file of the running machine stays what it is.
  await m3.writeFile('/run/wrong-id', `${m1.machineId}\n`);
  await sh(m3, 'mount --bind /run/wrong-id /etc/machine-id && systemctl restart --no-block fleet');
  await m3.waitFor(async () => {
    const { stderr } = await fleet.ctl(m3, 'list-machines');
    return stderr.includes(m1.address) && stderr.includes(m3.address);
  });
  const { status, stderr } = await fleet.ctl(m3, 'list-units');
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`${m1.machineId}.*${m3.address}.*${m1.address}`));
  const now = await fleet.running('hello@*');
  for (const [name, place] of onFirst) assert.deepEqual(now.get(name), [place]);
  assert.ok((await fleet.listed(m2)).includes(m1.address));
  await sh(m3, 'umount /etc/machine-id && systemctl restart fleet');
  assert.equal((await m3.readFile('/etc/machine-id')).trim(), own);
  await m3.waitFor(async () => (await fleet.listed(m2)).length === 3);
  assert.deepEqual(await fleet.places('hello@*'), before_);
});

test('a machine that joins later gets the global unit too', async () => {
  const { cluster, m1 } = fleet;
  const larger = await startCluster({
    name: cluster.name,
    machines: 4,
    software: keelsonSoftware(checkout),
  });
  await waitUntilReady(larger);
  const m4 = larger.machine('m4');
  await m4.waitFor(['systemctl', 'is-active', 'all.service']);
  assert.equal((await fleet.listed(m1)).length, 4);
  await fleet.ok(m1, 'destroy', 'all.service');
  await m4.waitFor(['sh', '-c', '! systemctl is-active all.service']);
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
