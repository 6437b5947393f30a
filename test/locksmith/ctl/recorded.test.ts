// locksmithctl against a real etcd: standard output, standard error and exit status as the original has
// them, with the lock in either layout.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { version } from '../../../src/host/index.ts';
import { writeState } from '../../../src/locksmith/run-files.ts';
import { type EtcdCluster, startEtcd } from '../../store/etcd-process.ts';
import { locksmithctl, locksmithctlProcess } from './process.ts';

let etcd: EtcdCluster;
before(async () => {
  etcd = await startEtcd({ args: ['--enable-v2'] });
});
after(async () => await etcd?.[Symbol.asyncDispose]());

const a = 'a'.repeat(32);
const b = 'b'.repeat(32);
const nowhere = { LOCKSMITHCTL_ENDPOINT: 'http://127.0.0.1:1' };
const unreachable = 'Error initializing etcd client: client: etcd cluster is unavailable or misconfigured\n';

type Step = readonly [words: string, stdout: string, stderr: string, status: number];

/** In their order, on a semaphore that nobody has touched. */
const story: readonly Step[] = [
  ['status', 'Available: 1\nMax: 1\n', '', 0],
  [`unlock ${a}`, '', 'Error unlocking: holder does not exist\n', 1],
  [`lock ${a}`, '', '', 0],
  ['status', `Available: 0\nMax: 1\n\nMACHINE ID\n${a}\n`, '', 0],
  [`lock ${a}`, '', 'Error locking: semaphore is at 0\n', 1],
  [`lock ${b}`, '', 'Error locking: semaphore is at 0\n', 1],
  ['set-max 3', 'Old-Max: 1\nMax: 3\n', '', 0],
  [`lock ${a}`, '', 'Error locking: holder exists\n', 1],
  [`lock ${b} more -words`, '', '', 0],
  ['status', `Available: 1\nMax: 3\n\nMACHINE ID\n${a}\n${b}\n`, '', 0],
  ['set-max', '', 'New maximum value must be set.\n', 1],
  ['set-max 1 2', '', 'New maximum value must be set.\n', 1],
  ['set-max many', '', 'Invalid maximum value: many\n', 1],
  ['set-max 1.5', '', 'Invalid maximum value: 1.5\n', 1],
  ['set-max +1', 'Old-Max: 3\nMax: 1\n', '', 0],
  ['status', `Available: -1\nMax: 1\n\nMACHINE ID\n${a}\n${b}\n`, '', 0],
  [`lock ${'c'.repeat(32)}`, '', 'Error locking: semaphore is at -1\n', 1],
  [`unlock ${b}`, '', '', 0],
  ['set-max 0', 'Old-Max: 1\nMax: 0\n', '', 0],
  [`unlock ${a}`, '', '', 0],
  ['status', 'Available: 0\nMax: 0\n', '', 0],
  [`lock ${a}`, '', 'Error locking: semaphore is at 0\n', 1],
];

for (const api of ['v2', 'v3'] as const) {
  test(`${api}: every command in its turn`, async () => {
    const env = { LOCKSMITHCTL_ENDPOINT: etcd.endpoints.join(','), LOCKSMITHCTL_ETCD_API: api };
    for (const [words, stdout, stderr, status] of story) {
      assert.deepEqual(
        await locksmithctl(words.split(' '), { ...env, LOCKSMITHCTL_GROUP: `story-${api}` }),
        { stdout, stderr, status },
        words,
      );
    }
  });
}

test('what needs no etcd', async () => {
  const unknown = (word: string) =>
    `locksmithctl: unknown subcommand: ${JSON.stringify(word)}\nRun 'locksmithctl help' for usage.\n`;
  const cases: readonly Step[] = [
    ['-version', `locksmithctl version ${version()}\n`, '', 0],
    ['--version', `locksmithctl version ${version()}\n`, '', 0],
    ['-version=true status', `locksmithctl version ${version()}\n`, '', 0],
    ['bogus', unknown('bogus'), '', 2],
    ['-debug bogus', unknown('bogus'), '', 2],
    ['help bogus', 'Unrecognized command: bogus\n', '', 1],
    ['set-max', '', 'New maximum value must be set.\n', 1],
  ];
  for (const [words, stdout, stderr, status] of cases) {
    assert.deepEqual(await locksmithctl(words.split(' '), nowhere), { stdout, stderr, status }, words);
  }
});

test('help is printed for help and for no command', async () => {
  const help = await locksmithctl(['help'], nowhere);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^NAME:\n\tlocksmithctl - Manage the cluster wide reboot lock\.\n/);
  for (const name of [
    'lock',
    'reboot',
    'send-need-reboot',
    'set-max',
    'status',
    'unlock',
    'why',
    'windows',
  ]) {
    assert.match(help.stdout, new RegExp(`^\t${name} `, 'm'));
  }
  assert.deepEqual(await locksmithctl([], nowhere), help);
  const one = await locksmithctl(['help', 'set-max'], nowhere);
  assert.match(one.stdout, /^NAME:\n\tset-max - Set the maximum number of lock holders\n/);
  assert.equal(one.status, 0);
});

test("wrong flags end with 2, in Go's words", async () => {
  for (const [words, complaint] of [
    ['-bogus status', 'flag provided but not defined: -bogus'],
    ['--bogus', 'flag provided but not defined: -bogus'],
    ['-endpoint', 'flag needs an argument: -endpoint'],
    ['-debug=maybe status', 'invalid boolean value "maybe" for -debug: parse error'],
    ['---x', 'bad flag syntax: ---x'],
  ] as const) {
    const { stdout, stderr, status } = await locksmithctl(words.split(' '), nowhere);
    assert.equal(stderr.split('\n')[0], complaint, words);
    assert.deepEqual([stdout, status], ['', 2], words);
  }
});

test('wrong flags of a sub-command are said on both streams', async () => {
  for (const words of [
    'lock -bogus',
    'unlock --bogus x',
    'set-max -bogus 1',
    'reboot -bogus',
    'help -bogus',
  ]) {
    const complaint = 'flag provided but not defined: -bogus\n';
    const outcome = { stdout: complaint, stderr: `${complaint}Usage:\n`, status: 2 };
    assert.deepEqual(await locksmithctl(words.split(' '), nowhere), outcome, words);
  }
  const status = await locksmithctl(['status', '-bogus'], nowhere);
  assert.equal(status.stdout, 'flag provided but not defined: -bogus\n');
  assert.match(status.stderr, /^flag provided but not defined: -bogus\nUsage:\n {2}-json\n/);
  assert.deepEqual(await locksmithctl(['set-max', '-1'], nowhere), {
    stdout: 'flag provided but not defined: -1\n',
    stderr: 'flag provided but not defined: -1\nUsage:\n',
    status: 2,
  });
});

test('etcd is asked before the value of an argument is looked at', async () => {
  const outcome = { stdout: '', stderr: unreachable, status: 1 };
  for (const words of ['status', `lock ${a}`, `unlock ${a}`, 'set-max many', 'set-max 3', 'lock']) {
    assert.deepEqual(await locksmithctl(words.split(' '), nowhere), outcome, words);
  }
  const env = { ...nowhere, LOCKSMITHCTL_ETCD_API: 'v3' };
  assert.deepEqual(await locksmithctl(['set-max', 'many'], env), outcome);
});

test('flags win over the environment; endpoints are repeated or listed; groups are apart', async () => {
  const [endpoint = ''] = etcd.endpoints;
  const env = { LOCKSMITHCTL_ENDPOINT: 'http://127.0.0.1:1', LOCKSMITHCTL_GROUP: 'other' };
  const status = (free: number, max = 1) => ({
    stdout: `Available: ${free}\nMax: ${max}\n`,
    stderr: '',
    status: 0,
  });
  const ask = (...words: readonly string[]) => locksmithctl([...words, 'status'], env);
  assert.deepEqual(await ask('-endpoint', endpoint, '-group=flags'), status(1));
  assert.deepEqual(await ask('--endpoint', 'http://127.0.0.1:1', '--endpoint', endpoint), status(1));
  assert.deepEqual(await ask(`-endpoint=http://127.0.0.1:1, ${endpoint}`), status(1));
  await locksmithctl(['-endpoint', endpoint, '-group', 'flags', 'set-max', '5']);
  assert.deepEqual(await ask('-endpoint', endpoint, '-group', 'flags'), status(5, 5));
  assert.deepEqual(await ask('-endpoint', endpoint), status(1));
  assert.deepEqual(await ask('-endpoint', endpoint, '-group', 'a b'), status(1));
});

test("the machine's own id is meant when none is given", async () => {
  const id = readFileSync('/etc/machine-id', 'utf8').trim();
  const env = { LOCKSMITHCTL_ENDPOINT: etcd.endpoints.join(','), LOCKSMITHCTL_GROUP: 'own' };
  assert.equal((await locksmithctl(['lock'], env)).status, 0);
  const shown = (await locksmithctl(['status'], env)).stdout;
  assert.equal(shown, `Available: 0\nMax: 1\n\nMACHINE ID\n${id}\n`);
  assert.equal((await locksmithctl(['unlock'], env)).status, 0);
});

test('status tells more on demand, and why names who is in the way', async () => {
  const env = {
    LOCKSMITHCTL_ENDPOINT: etcd.endpoints.join(','),
    LOCKSMITHCTL_ETCD_API: 'v3',
    LOCKSMITHCTL_GROUP: 'long',
    LOCKSMITH_RUN_DIRECTORY: '/nonexistent',
  };
  await locksmithctl(['lock', a], env);
  const { holders } = JSON.parse((await locksmithctl(['status', '--json'], env)).stdout);
  assert.equal(holders[0].id, a);
  assert.equal(holders[0].state, 'kept');
  const long = await locksmithctl(['status', '--long'], env);
  assert.match(long.stdout, new RegExp(`${a} holds the reboot lock: since .*locked by hand`));
  assert.match(long.stdout, new RegExp(`"locksmithctl -group long unlock ${a}" frees its place`));
  const why = await locksmithctl(['why'], env);
  assert.match(why.stdout, /^locksmithd does not run on this machine/);
  assert.match(why.stdout, /The reboot lock has one place; 0 free\./);
});

test('version 2 knows who holds it and nothing more; what would free it is told all the same', async () => {
  const run = await mkdtemp(join(tmpdir(), 'keelson-locksmith-'));
  const env = {
    LOCKSMITHCTL_ENDPOINT: etcd.endpoints.join(','),
    LOCKSMITHCTL_ETCD_API: 'v2',
    LOCKSMITHCTL_GROUP: 'told',
    LOCKSMITH_RUN_DIRECTORY: run,
  };
  try {
    await locksmithctl(['lock', a], env);
    const holder = `${a} holds the reboot lock.\nNo lease is behind that: when it does not come back, "locksmithctl -group told unlock ${a}" frees its place.\n`;
    const long = await locksmithctl(['status', '--long'], env);
    assert.equal(long.stdout, `Available: 0\nMax: 1\n\n${holder}`);
    // A bystander without a daemon, then a machine that waits.
    const bystander = await locksmithctl(['why'], env);
    assert.ok(
      bystander.stdout.endsWith(`The reboot lock has one place; 0 free.\n${holder}`),
      bystander.stdout,
    );
    writeState(
      {
        ...{ phase: 'waiting-lock', strategy: 'etcd-lock', reason: 'an update is installed', windows: {} },
        ...{ since: '2026-11-22T14:00:00.000Z', waitsFor: `It waits for the reboot lock: Held by ${a}.` },
      },
      run,
    );
    const waiter = await locksmithctl(['why'], env);
    assert.equal(
      waiter.stdout,
      `This machine has to reboot: an update is installed (strategy etcd-lock, waiting-lock since 2026-11-22T14:00:00.000Z).\nIt waits for the reboot lock: Held by ${a}.\nThe reboot lock has one place; 0 free.\n${holder}`,
    );
    const { daemon, lock } = JSON.parse((await locksmithctl(['why', '--json'], env)).stdout);
    assert.deepEqual([daemon.phase, lock.holders], ['waiting-lock', [{ id: a, state: 'kept' }]]);
  } finally {
    await rm(run, { recursive: true });
  }
});

test('as a process: streams and exit status are the same', async () => {
  const env = { LOCKSMITHCTL_ENDPOINT: etcd.endpoints.join(','), LOCKSMITHCTL_GROUP: 'process' };
  const outcomes = [
    await locksmithctlProcess(['lock', a], env),
    await locksmithctlProcess(['lock', a], env),
    await locksmithctlProcess(['status'], env),
    await locksmithctlProcess(['bogus'], env),
  ];
  assert.deepEqual(outcomes, [
    { stdout: '', stderr: '', status: 0 },
    { stdout: '', stderr: 'Error locking: semaphore is at 0\n', status: 1 },
    { stdout: `Available: 0\nMax: 1\n\nMACHINE ID\n${a}\n`, stderr: '', status: 0 },
    await locksmithctl(['bogus'], env),
  ]);
});
