// Programs that have a say before a reboot: every executable in /etc/keelson/reboot.d, in the order of their names.
// One that fails stops the reboot.

import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, errnoOf, run } from '../../host/index.ts';
import { locksmithErrors } from '../errors.ts';

export const hooksDirectory = '/etc/keelson/reboot.d';

/** Runs a program to its end; throws when that is no success. */
export type RunHook = (path: string, reason: string, timeoutMs: number, signal: AbortSignal) => Promise<void>;

/** Names that are none of a hook: hidden files, and what editors and packages leave. */
const passedOver = /^\.|~$|\.(bak|dpkg-(old|new|dist|tmp)|rpm(save|new|orig)|swp|disabled)$/;

/** The hooks in their order. */
export async function findHooks(directory = hooksDirectory): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const found: string[] = [];
  for (const name of names.filter((each) => !passedOver.test(each)).sort()) {
    const path = join(directory, name);
    const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
    const runs = isFile && (await access(path, constants.X_OK).then(...yesNo));
    if (runs) found.push(path);
  }
  return found;
}

const yesNo = [() => true, () => false] as const;

/** Runs them one after the other. Throws `locksmith.hindered`, naming the one that failed. */
export async function runHooks(
  paths: readonly string[],
  options: {
    readonly reason: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly run: RunHook;
  },
): Promise<void> {
  for (const path of paths) {
    options.signal.throwIfAborted();
    try {
      await options.run(path, options.reason, options.timeoutMs, options.signal);
    } catch (cause) {
      if (options.signal.aborted || !(cause instanceof CodedError)) throw cause;
      throw locksmithErrors.error('hindered', `${path} does not let the machine reboot: ${cause.message}`, {
        cause,
      });
    }
  }
}

/** As a child of ours, within our own sandbox. */
export const runDirectly: RunHook = async (path, reason, timeoutMs, signal) => {
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LOCKSMITH_REASON: reason,
  };
  await run(path, [], { deadlineMs: timeoutMs, env, signal, passOutput: true });
};

/** As a service of its own, which our sandbox does not touch; its output is in the journal, under its name. */
export const runAsService: RunHook = async (path, reason, timeoutMs, signal) => {
  const seconds = Math.ceil(timeoutMs / 1000);
  const args = [
    ...['--quiet', '--wait', '--collect', '--service-type=exec', `--property=RuntimeMaxSec=${seconds}`],
    ...[`--description=Before the reboot: ${path}`, `--setenv=LOCKSMITH_REASON=${reason}`, '--', path],
  ];
  await run('systemd-run', args, { deadlineMs: timeoutMs + 30_000, signal });
};
