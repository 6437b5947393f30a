// fleetctl's ways to other machines, over real sshd: host keys, tunnels, terminals, journals, usage.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { terminal } from '../ssh/terminal.ts';
import { bootFleet, checkout, type FleetCluster, sh, template } from './fleet-cluster.ts';

let fleet: FleetCluster;
let home: string;
before(async () => {
  fleet = await bootFleet();
  await fleet.ready();
  home = join(fleet.folder, 'home');
  await mkdir(home);
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const environment = () => ({
  PATH: process.env.PATH ?? '',
  TERM: 'xterm-256color',
  HOME: home,
  XDG_RUNTIME_DIR: home,
  FLEETCTL_SSH_CONFIG: fleet.sshConfig,
});
const program = join(checkout, 'dist/fleetctl.js');
const over = (machine: Machine, ...words: string[]) => [
  program,
  '--endpoint',
  `unix://${machine.socket}`,
  ...words,
];

/** fleetctl with ssh_config's way to the machines, and that on its standard input. */
function ctl(words: readonly string[], input = '') {
  return run(process.execPath, words, {
    accept: 'any',
    deadlineMs: 120_000,
    cwd: fleet.folder,
    env: environment(),
    input,
  });
}

/** Fleet's own file of known hosts decides, not ssh_config's. */
const checking = (file: string) => ['--strict-host-key-checking=true', '--known-hosts-file', file];

test('an unknown host is asked about on stdin, a rebuilt one is refused until it is forgotten', async () => {
  const { m1, m2 } = fleet;
  const file = join(home, 'kh', 'known_hosts');
  const ssh = (input: string) =>
    ctl(over(m1, ...checking(file), 'ssh', m2.machineId.slice(0, 8), 'cat; hostname'), input);
  const asked = await ssh('yes\nrest ');
  assert.equal(asked.status, 0, asked.stderr);
  assert.equal(asked.stdout, 'rest m2\n');
  assert.match(asked.stderr, /Are you sure you want to continue connecting \(yes\/no\)\? /);
  assert.match(asked.stderr, new RegExp(`Warning: Permanently added '${m2.address}' \\(\\w+\\) to the list`));
  assert.ok((await readFile(file, 'utf8')).startsWith(`${m2.address} `));

  await sh(
    m2,
    'cp -a /etc/ssh /etc/ssh.before; rm /etc/ssh/ssh_host_*_key*; ssh-keygen -A >/dev/null; systemctl restart ssh',
  );
  const refused = await ssh('yes\n');
  assert.equal(refused.status, 255);
  assert.match(refused.stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
  const status = await ctl(over(m1, ...checking(file), 'ssh', m2.machineId, 'true'));
  assert.equal(status.status, 255);

  await writeFile(file, '');
  const again = await ssh('yes\n');
  assert.equal(again.status, 0, again.stderr);
  assert.equal(again.stdout, 'm2\n');
  await sh(m2, 'cp -a /etc/ssh.before/. /etc/ssh; systemctl restart ssh');
});

test('units are started through a tunnel whose host is asked about', async () => {
  const { m1 } = fleet;
  await fleet.unit('hello@.service', template('Hello'));
  const file = join(home, 'kh', 'tunnel');
  const tunnel = [program, '--tunnel', m1.address, ...checking(file)];
  const instances = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `hello@${from + index}.service`);
  for (const names of [instances(1, 1), instances(2, 11)]) {
    const { status, stdout, stderr } = await ctl([...tunnel, 'start', ...names], 'yes\n');
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stderr, /Error/);
  }
  const listed = await ctl([...tunnel, 'list-units', '--no-legend', '--fields=unit,active']);
  assert.equal(
    listed.stdout.split('\n').filter((line) => /^hello@\d+\.service\s+active$/.test(line)).length,
    11,
  );
  const destroyed = await ctl([...tunnel, 'destroy', ...instances(1, 11)]);
  assert.equal(destroyed.status, 0, destroyed.stderr);
});

test('a shell at a terminal: its size, its end, and the terminal afterwards', async () => {
  const { m1, m3 } = fleet;
  using person = terminal(process.execPath, over(m1, 'ssh', '--machine', m3.machineId), environment());
  person.type('stty size; hostname | tr a-z A-Z\r');
  await person.until(/24 80\r\n.*M3\r\n/s);
  person.resize(100, 30);
  person.type('while [ "$(stty size)" != "30 100" ]; do sleep 0.1; done; echo re"sized"\r');
  await person.until(/resized/);
  person.type('exit 9\r');
  assert.equal(await person.ended, 9);
});

/** Counts on, in a journal of its own machine. */
const counting = (fleetOptions: string) => `[Service]
ExecStart=/bin/bash -c 'for ((i=1;; i++)); do echo tick $i; sleep 0.3; done'

[X-Fleet]
${fleetOptions}
`;

/** Follows logs; `until` waits for a line that fits, of all that came. */
function following(words: readonly string[]) {
  const child = spawn(process.execPath, words, {
    cwd: fleet.folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: { machine: string; message: string; time: string; cursor: string }[] = [];
  let said = '';
  let look = () => {};
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    look();
  });
  return {
    lines,
    until: (fits: (all: typeof lines) => boolean) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`Waited in vain after ${JSON.stringify(lines.slice(-5))} ${said}`)),
          90_000,
        );
        look = () => {
          if (!fits(lines)) return;
          clearTimeout(timer);
          resolve();
        };
        look();
      }),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      assert.deepEqual(await ended, [130, null], said);
    },
  };
}

const ticks = (lines: readonly { machine: string; message: string }[], machine: string) =>
  lines.flatMap((line) =>
    line.machine === machine ? (/^tick (\d+)$/.exec(line.message)?.slice(1).map(Number) ?? []) : [],
  );

test('logs follow a unit that moves: nothing is lost, nothing comes twice', async () => {
  const { m1 } = fleet;
  await fleet.unit('mover.service', counting(''));
  await fleet.ok(m1, 'start', 'mover');
  const from = (await fleet.places('mover.service')).get('mover.service')?.machine ?? '';
  const old = fleet.cluster.machine(from).machineId;
  await using log = following(over(m1, 'logs', '-f', '-n', '2', '--json', 'mover'));
  await log.until((lines) => ticks(lines, old).length > 5);
  await fleet.ok(m1, 'drain', old);
  const to =
    (await fleet.untilRunning(['mover.service'], 'mover.service')).get('mover.service')?.machine ?? '';
  assert.notEqual(to, from);
  const now = fleet.cluster.machine(to).machineId;
  await log.until((lines) => ticks(lines, now).length > 5);
  for (const machine of [old, now]) {
    const seen = ticks(log.lines, machine);
    const first = seen[0] ?? 0;
    assert.deepEqual(
      seen,
      seen.map((_, index) => first + index),
      `${machine}: ${seen}`,
    );
  }
  assert.equal(ticks(log.lines, now)[0], 1);
  assert.equal(new Set(log.lines.map(({ cursor }) => cursor)).size, log.lines.length);
  await fleet.ok(m1, 'undrain', old);
});

test('logs go on where a machine that was rebooted goes on', async () => {
  const { m1, m3 } = fleet;
  await fleet.unit('stays.service', counting(`MachineID=${m3.machineId}`));
  await fleet.ok(m1, 'start', 'stays');
  await using log = following(over(m1, 'logs', '-f', '-n', '1', '--json', 'stays'));
  await log.until((lines) => ticks(lines, m3.machineId).length > 3);
  await m3.kill();
  const before = ticks(log.lines, m3.machineId).length;
  await m3.start();
  await log.until((lines) => ticks(lines, m3.machineId).length > before + 3);
  assert.equal(new Set(log.lines.map(({ cursor }) => cursor)).size, log.lines.length, 'lines came twice');
  const seen = ticks(log.lines, m3.machineId);
  const again = seen.indexOf(1, 1);
  assert.ok(again > 0, `${seen}`);
  assert.deepEqual(
    seen.slice(again),
    seen.slice(again).map((_, index) => index + 1),
    'lines are missing',
  );
  await fleet.ready();
});

test('logs of several units and of a global one, merged by time; machines that are away are named', async () => {
  const { m1, m3 } = fleet;
  await fleet.unit('everywhere.service', counting('Global=true'));
  await fleet.ok(m1, 'start', 'everywhere');
  await fleet.untilRunning([], 'nothing');
  for (const machine of fleet.cluster.machines)
    await sh(machine, 'until journalctl -q -u everywhere -g "tick 3" | grep -q tick; do sleep 0.2; done');
  const both = await ctl(over(m1, 'logs', '--json', '-n', 'all', 'everywhere', 'mover.service'));
  assert.equal(both.status, 0, both.stderr);
  const lines = both.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const times = lines.map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
  assert.equal(
    new Set(lines.filter(({ unit }) => unit === 'everywhere.service').map(({ machine }) => machine)).size,
    3,
  );
  assert.ok(lines.some(({ unit, message }) => unit === 'mover.service' && message === 'tick 1'));
  const short = await ctl(over(m1, 'logs', '-n', '5', `everywhere.service@${m3.machineId.slice(0, 8)}`));
  assert.match(
    short.stdout,
    new RegExp(`^(\\w{3} [ \\d]\\d [\\d:]{8} ${m3.machineId.slice(0, 8)} everywhere\\.service .*\\n){5}$`),
  );
  await sh(m3, 'systemctl stop ssh.socket ssh.service');
  const partly = await ctl(over(m1, '--ssh-persist=0', 'logs', '-n', '4', 'everywhere'));
  assert.equal(partly.status, 1);
  assert.equal(partly.stdout.split('\n').length, 5, partly.stdout);
  assert.match(partly.stderr, new RegExp(`^${m3.machineId.slice(0, 8)}.*: .*`, 'm'));
  await sh(m3, 'systemctl start ssh.service');
});

test('top: what units use, once as JSON, and on a terminal', async () => {
  const { m1 } = fleet;
  await fleet.unit('busy.service', '[Service]\nCPUQuota=20%\nExecStart=/bin/sh -c "while :; do :; done"\n');
  await fleet.ok(m1, 'start', 'busy');
  const once = await ctl(over(m1, 'top', '--once', '--json', '--interval=1'));
  assert.equal(once.status, 0, once.stderr);
  const { units } = JSON.parse(once.stdout);
  const busy = units.find(({ unit }: { unit: string }) => unit === 'busy.service');
  assert.ok(busy.cpuPercent > 0.5 && busy.memoryBytes > 0 && busy.tasks >= 1, once.stdout);
  assert.equal(units.filter(({ unit }: { unit: string }) => unit === 'everywhere.service').length, 3);
  const table = await ctl(over(m1, 'top', '--once', '--sort=unit', 'busy', 'mover'));
  assert.match(table.stdout, /^UNIT .*\nbusy\.service .*\nmover\.service .*\n$/);
  using person = terminal(process.execPath, over(m1, 'top', 'busy'), environment());
  await person.until(/1 unit on 1 machine/);
  await person.until(/busy\.service/);
  person.type('m');
  await person.until(/by memory/);
  person.type('q');
  assert.equal(await person.ended, 0);
  assert.ok(person.shown().endsWith('\x1b[?25h\x1b[?1049l'));
});
