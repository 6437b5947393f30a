// The settings of locksmithd beside those of the semaphore: strategy, windows, how it prepares a reboot. All of them
// are read and checked before anything starts. Pure.

import { locksmithErrors } from './errors.ts';
import type { Flag } from './flags.ts';
import { durationMs, sharedFlags } from './settings.ts';
import { type TlsPaths, tlsPaths } from './tls-files.ts';
import { type Schedule, shareOf } from './window/schedule.ts';
import { readExceptions, readWindows } from './window/schedule-text.ts';
import { pointAt, type TextProblem } from './window/text.ts';
import { readWindow } from './window/window.ts';
import { type Zone, zoneNamed } from './window/zone.ts';

export const strategies = ['reboot', 'etcd-lock', 'fleet-lock', 'off', 'best-effort'] as const;
export type Strategy = (typeof strategies)[number];

export const daemonFlags: readonly Flag[] = [
  ...sharedFlags,
  { name: 'check-config', help: 'Say what is wrong with the settings; exit with 1 if anything is.' },
  {
    name: 'after-failed-update',
    value: 'keep|release',
    fallback: 'keep',
    help: 'What becomes of the lock when the machine is back on its old system: kept, no other follows.',
  },
  {
    name: 'drain',
    value: 'yes|no',
    fallback: 'yes',
    help: 'Ask fleet, where it runs, to move its units away first.',
  },
  {
    name: 'drain-timeout',
    value: 'DURATION',
    fallback: '5m',
    help: 'The reboot does not wait longer for that.',
  },
  {
    name: 'fleetlock-cafile',
    value: 'FILE',
    help: "FleetLock's CA file: of the server's certificate, or, serving, of those that clients must have.",
  },
  { name: 'fleetlock-certfile', value: 'FILE', help: 'FleetLock cert file: what this side shows.' },
  { name: 'fleetlock-keyfile', value: 'FILE', help: 'FleetLock key file' },
  { name: 'fleetlock-url', value: 'URL', help: 'With the strategy fleet-lock: base URL of its server.' },
  {
    name: 'hook-timeout',
    value: 'DURATION',
    fallback: '5m',
    help: 'For each program in /etc/keelson/reboot.d.',
  },
  {
    name: 'login-warning',
    value: 'DURATION',
    fallback: '5m',
    help: 'How long before the reboot those who are logged in are told.',
  },
  {
    name: 'reboot-required',
    value: 'yes|no',
    fallback: 'yes',
    help: 'Reboot for /run/reboot-required, too.',
  },
  {
    name: 'serve-fleetlock',
    value: 'ADDRESS',
    help: 'Be a FleetLock server at HOST:PORT, and nothing else.',
  },
  {
    name: 'fleetlock-groups',
    value: 'GROUP=N,…',
    fallback: 'default',
    help: 'The groups of that server, and their places.',
  },
];

/** Variables that say when the machine may reboot; `locksmithctl windows` wants to know them, too. */
export const windowVariables = [
  'LOCKSMITHD_REBOOT_WINDOW_START',
  'LOCKSMITHD_REBOOT_WINDOW_LENGTH',
  'REBOOT_WINDOW_START',
  'REBOOT_WINDOW_LENGTH',
  'LOCKSMITHD_REBOOT_WINDOWS',
  'LOCKSMITHD_REBOOT_EXCEPT',
  'LOCKSMITHD_REBOOT_ZONE',
  'LOCKSMITHD_REBOOT_FUZZ',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

export interface DaemonSettings {
  readonly strategy: Strategy;
  readonly schedule: Schedule;
  readonly keepAfterFailure: boolean;
  readonly drainMs: number | undefined;
  readonly fleetlockUrl: string;
  readonly fleetlockTls: TlsPaths;
  readonly hookMs: number;
  readonly loginWarningMs: number;
  readonly rebootRequired: boolean;
}

/** Reads them. What is passed over is told to `warn`. Throws `locksmith.config` and `.window`. */
export function daemonSettings(
  env: Environment,
  value: (name: string) => string,
  options: { readonly machineId: string; readonly zone: Zone; readonly warn: (text: string) => void },
): DaemonSettings {
  const strategy = readStrategy(env.REBOOT_STRATEGY ?? '', options.warn);
  const url = value('fleetlock-url');
  if (strategy === 'fleet-lock' && !/^https?:\/\/[^\s?#]+$/.test(url)) {
    throw locksmithErrors.error(
      'config',
      `fleetlock-url is ${JSON.stringify(url)}; the strategy fleet-lock needs the base URL of its server.`,
    );
  }
  const after = value('after-failed-update');
  if (after !== 'keep' && after !== 'release') {
    throw locksmithErrors.error(
      'config',
      `after-failed-update is ${JSON.stringify(after)}; expected keep or release.`,
    );
  }
  const drainMs = durationMs('drain-timeout', value('drain-timeout'), 1000);
  return {
    strategy,
    schedule: readSchedule(env, options),
    keepAfterFailure: after === 'keep',
    drainMs: yes('drain', value('drain')) ? drainMs : undefined,
    fleetlockTls: tlsPaths(value, 'fleetlock'),
    fleetlockUrl: url.replace(/\/+$/, ''),
    hookMs: durationMs('hook-timeout', value('hook-timeout'), 1000),
    loginWarningMs: durationMs('login-warning', value('login-warning')),
    rebootRequired: yes('reboot-required', value('reboot-required')),
  };
}

function readStrategy(text: string, warn: (text: string) => void): Strategy {
  const found = strategies.find((each) => each === (text === '' ? 'reboot' : text));
  if (found === undefined) {
    throw locksmithErrors.error('config', `unknown strategy: ${text}`, {
      hint: `REBOOT_STRATEGY is one of ${strategies.slice(0, 4).join(', ')}.`,
    });
  }
  if (found === 'best-effort') {
    warn(
      'REBOOT_STRATEGY=best-effort takes the lock only where etcd runs on this machine; say etcd-lock or reboot.',
    );
  }
  return found;
}

/** When this machine may reboot, as its environment says. Throws `locksmith.window` with the place that is wrong. */
export function readSchedule(
  env: Environment,
  options: { readonly machineId: string; readonly zone: Zone; readonly warn: (text: string) => void },
): Schedule {
  const zoneName = env.LOCKSMITHD_REBOOT_ZONE ?? '';
  const zone = zoneName === '' ? options.zone : zoneNamed(zoneName);
  if (zone === undefined) {
    throw locksmithErrors.error(
      'window',
      `LOCKSMITHD_REBOOT_ZONE: there is no time zone ${JSON.stringify(zoneName)}.`,
    );
  }
  const first = (...names: readonly string[]) => {
    const name = names.find((each) => (env[each] ?? '') !== '');
    return { name: name ?? names.at(-1) ?? '', text: name === undefined ? '' : (env[name] ?? '') };
  };
  const start = first('LOCKSMITHD_REBOOT_WINDOW_START', 'REBOOT_WINDOW_START');
  const length = first('LOCKSMITHD_REBOOT_WINDOW_LENGTH', 'REBOOT_WINDOW_LENGTH');
  if ((start.text === '') !== (length.text === '')) {
    throw locksmithErrors.error(
      'window',
      'Either both or neither $REBOOT_WINDOW_START and $REBOOT_WINDOW_LENGTH must be set',
    );
  }
  const several = readWindows(env.LOCKSMITHD_REBOOT_WINDOWS ?? '', zone);
  if (several.problem !== undefined) {
    throw windowError('LOCKSMITHD_REBOOT_WINDOWS', env.LOCKSMITHD_REBOOT_WINDOWS ?? '', several.problem);
  }
  const exceptions = readExceptions(env.LOCKSMITHD_REBOOT_EXCEPT ?? '', zone);
  if (exceptions.problem !== undefined) {
    throw windowError('LOCKSMITHD_REBOOT_EXCEPT', env.LOCKSMITHD_REBOOT_EXCEPT ?? '', exceptions.problem);
  }
  const windows = [...several.value];
  if (start.text !== '') {
    const { window, problem } = readWindow(start.text, length.text, zone);
    if (problem !== undefined) {
      const name = problem.part === 'start' ? start.name : length.name;
      throw windowError(name, problem.text, problem);
    }
    const { trailing } = window.start;
    if (trailing !== undefined) options.warn(`${start.name}=${start.text}: ${trailing.message}.`);
    windows.unshift(window);
  }
  const fuzz = env.LOCKSMITHD_REBOOT_FUZZ ?? '';
  const fuzzMs = fuzz === '' ? 0 : durationMs('LOCKSMITHD_REBOOT_FUZZ', fuzz);
  return { windows, exceptions: exceptions.value, delayMs: Math.floor(fuzzMs * shareOf(options.machineId)) };
}

/** A text of a window that cannot be read, with the place below it. */
export function windowError(name: string, text: string, { column, message, expected }: TextProblem): Error {
  return locksmithErrors.error(
    'window',
    `Error parsing reboot window: ${name}, line 1, column ${column}: ${message}; expected ${expected}.\n${pointAt(text, column)}`,
  );
}

function yes(name: string, text: string): boolean {
  if (/^(yes|true|on|1)$/i.test(text)) return true;
  if (/^(no|false|off|0)$/i.test(text)) return false;
  throw locksmithErrors.error('config', `${name} is ${JSON.stringify(text)}; expected yes or no.`);
}
