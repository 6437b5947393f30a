// The settings of locksmithd: what is read, what is passed over, what it does not start with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonFlags, daemonSettings } from '../../src/locksmith/daemon-settings.ts';
import { flagValues, parseFlags } from '../../src/locksmith/flags.ts';
import { runDaemon } from '../../src/locksmith/run-daemon.ts';
import { lockSettings, sharedFlags } from '../../src/locksmith/settings.ts';
import { firstOpenings } from '../../src/locksmith/window/schedule.ts';
import { showInstant, utc } from '../../src/locksmith/window/zone.ts';

type Environment = Readonly<Record<string, string>>;

function read(env: Environment, words: readonly string[] = []) {
  const warnings: string[] = [];
  const value = flagValues(daemonFlags, parseFlags(words, daemonFlags).given, 'LOCKSMITHD', env);
  const settings = daemonSettings(env, value, {
    machineId: 'm',
    zone: utc,
    warn: (text) => warnings.push(text),
  });
  return { settings, warnings };
}

test('without settings: reboot, at any time, users told five minutes before', () => {
  const { settings, warnings } = read({});
  assert.deepEqual(warnings, []);
  assert.equal(settings.strategy, 'reboot');
  assert.deepEqual(settings.schedule, { windows: [], exceptions: [], delayMs: 0 });
  assert.equal(settings.loginWarningMs, 300_000);
  assert.equal(settings.keepAfterFailure, true);
  assert.equal(settings.drainMs, 300_000);
});

test('the window of either prefix; the longer one wins, variable by variable', () => {
  const { settings } = read({
    REBOOT_WINDOW_START: 'Thu 04:00',
    REBOOT_WINDOW_LENGTH: '1h',
    LOCKSMITHD_REBOOT_WINDOW_START: 'Fri 05:00',
    LOCKSMITHD_REBOOT_WINDOWS: '12:00 30m Europe/Berlin',
    LOCKSMITHD_REBOOT_EXCEPT: '12-20..01-05',
  });
  assert.deepEqual(
    firstOpenings(settings.schedule, Date.UTC(2026, 10, 26, 12), 2).map(({ startMs }) =>
      showInstant(utc, startMs),
    ),
    ['2026-11-27T05:00:00Z', '2026-11-27T11:00:00Z'],
  );
});

test('the delay of a machine is its own share', () => {
  const { settings } = read({ LOCKSMITHD_REBOOT_WINDOWS: '12:00 1h', LOCKSMITHD_REBOOT_FUZZ: '30m' });
  assert.ok(settings.schedule.delayMs >= 0 && settings.schedule.delayMs < 30 * 60_000);
  assert.equal(read({ LOCKSMITHD_REBOOT_FUZZ: '30m' }).settings.schedule.delayMs, settings.schedule.delayMs);
});

test('it does not start with what cannot be followed, and says where that is', () => {
  const rows: readonly (readonly [Environment, RegExp])[] = [
    [{ REBOOT_STRATEGY: 'sometimes' }, /^unknown strategy: sometimes$/],
    [
      { REBOOT_WINDOW_START: '14:00' },
      /^Either both or neither \$REBOOT_WINDOW_START and \$REBOOT_WINDOW_LENGTH must be set$/,
    ],
    [{ REBOOT_WINDOW_LENGTH: '1h' }, /Either both or neither/],
    [
      { REBOOT_WINDOW_START: 'Thurs 14:00', REBOOT_WINDOW_LENGTH: '1h' },
      /^Error parsing reboot window: REBOOT_WINDOW_START, line 1, column 1: invalid day of week "Thurs"/,
    ],
    [
      { LOCKSMITHD_REBOOT_WINDOW_START: '14:00', REBOOT_WINDOW_LENGTH: '24h' },
      /REBOOT_WINDOW_LENGTH, line 1, column 1: duration cannot exceed period; expected less than 24h/,
    ],
    [{ LOCKSMITHD_REBOOT_WINDOWS: '14:00 1h; x' }, /LOCKSMITHD_REBOOT_WINDOWS, line 1, column 11/],
    [
      { LOCKSMITHD_REBOOT_EXCEPT: '2026-13-01' },
      /LOCKSMITHD_REBOOT_EXCEPT, line 1, column 1: there is no such day/,
    ],
    [
      { LOCKSMITHD_REBOOT_ZONE: 'Middle/Earth' },
      /LOCKSMITHD_REBOOT_ZONE: there is no time zone "Middle\/Earth"/,
    ],
    [{ LOCKSMITHD_REBOOT_FUZZ: 'some' }, /LOCKSMITHD_REBOOT_FUZZ is "some"; expected a duration/],
    [{ REBOOT_STRATEGY: 'fleet-lock' }, /fleetlock-url is ""; the strategy fleet-lock needs/],
    [{ LOCKSMITHD_AFTER_FAILED_UPDATE: 'maybe' }, /after-failed-update is "maybe"; expected keep or release/],
    [{ LOCKSMITHD_DRAIN: 'perhaps' }, /drain is "perhaps"; expected yes or no/],
    [{ LOCKSMITHD_HOOK_TIMEOUT: '0' }, /hook-timeout is "0"; expected a duration of at least 1s/],
  ];
  for (const [env, message] of rows) assert.throws(() => read(env), { message }, JSON.stringify(env));
});

test('the strategy off wins over everything that is wrong besides', async () => {
  const broken: readonly Environment[] = [
    { REBOOT_WINDOW_START: '14:00' },
    { REBOOT_WINDOW_START: '25:00', REBOOT_WINDOW_LENGTH: 'x' },
    { LOCKSMITHD_REBOOT_ZONE: 'Nowhere/At_All' },
    { LOCKSMITHD_ENDPOINT: 'junk', LOCKSMITHD_DRAIN: 'perhaps' },
  ];
  for (const env of broken) {
    const said: string[] = [];
    await runDaemon({
      env: { ...env, REBOOT_STRATEGY: 'off' },
      value: flagValues(daemonFlags, new Map(), 'LOCKSMITHD', env),
      log: (_, text) => void said.push(text),
      signal: AbortSignal.timeout(60_000),
    });
    assert.equal(said[0], 'Reboot strategy is "off" - locksmithd is exiting.', JSON.stringify(env));
  }
});

test('what is passed over is told', () => {
  const { warnings } = read({ REBOOT_WINDOW_START: '14:00pm', REBOOT_WINDOW_LENGTH: '1h' });
  assert.deepEqual(warnings, ['REBOOT_WINDOW_START=14:00pm: "pm" is passed over.']);
  assert.match(
    read({ REBOOT_STRATEGY: 'best-effort' }).warnings[0] ?? '',
    /best-effort takes the lock only where etcd runs/,
  );
});

test('where the semaphore is: flags, then the environment, then what is standard', () => {
  const settings = (env: Environment, ...words: readonly string[]) =>
    lockSettings(flagValues(sharedFlags, parseFlags(words, sharedFlags).given, 'LOCKSMITHD', env));
  assert.deepEqual(settings({}), {
    access: { endpoints: ['http://127.0.0.1:2379', 'http://127.0.0.1:4001'] },
    ...{ api: 'auto', prefix: '/keelson', group: '', leaseMs: 1_800_000 },
  });
  const env = {
    LOCKSMITHD_ENDPOINT: 'http://a:1, http://b:2',
    LOCKSMITHD_ETCD_CAFILE: '/ca',
    LOCKSMITHD_GROUP: 'g',
  };
  assert.deepEqual(settings(env, '-group', 'h').access, {
    endpoints: ['http://a:1', 'http://b:2'],
    ca: '/ca',
  });
  assert.equal(settings(env, '-group', 'h').group, 'h');
  assert.equal(settings({ LOCKSMITHD_LOCK_TTL: 'never' }).leaseMs, undefined);
  for (const wrong of [
    ['-endpoint', 'a:1'],
    ['-etcd-api', 'v4'],
    ['-etcd-certfile', '/c'],
    ['-etcd-prefix', 'keelson'],
    ['-lock-ttl', '1s'],
  ]) {
    assert.throws(() => settings({}, ...wrong), { code: 'locksmith.config' }, wrong.join(' '));
  }
});
