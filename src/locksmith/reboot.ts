// One attempt to reboot: programs of the machine are asked, its units moved, its users warned; then, if all is still
// as it has to be, systemd reboots. What was begun is taken back when it is not.

import type { Clock } from '../host/index.ts';
import { CodedError } from '../host/index.ts';
import type { InhibitorNews } from './prepare/inhibitors.ts';
import { rebootIn } from './prepare/warn.ts';

/** What is done to this machine. */
export interface RebootMachine {
  inhibitors(): Promise<InhibitorNews>;
  /** Throws `locksmith.hindered` when one of them is against it. */
  runHooks(reason: string, signal: AbortSignal): Promise<void>;
  drain(reason: string, signal: AbortSignal): Promise<void>;
  /** Takes back what `drain` did, in this boot or before it. */
  undo(): Promise<void>;
  /** Tells those who are logged in; how many there were. */
  warn(lines: readonly string[]): Promise<number>;
  /** Writes down what for, then reboots; fulfils when systemd has agreed. */
  reboot(what: { reason: string; isUpdate: boolean; locked: boolean }): Promise<void>;
}

export interface AttemptOptions {
  readonly reason: string;
  readonly isUpdate: boolean;
  readonly locked: boolean;
  readonly machine: RebootMachine;
  readonly loginWarningMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (level: 'info' | 'warning' | 'error', text: string) => void;
  /** Waits so long, or less when something has happened. */
  readonly wait: (ms: number) => Promise<void>;
  /** Undefined when nothing has come up, else what. Throws `locksmith.lost`. */
  readonly stillRight: () => Promise<string | undefined>;
  readonly onReboot: () => Promise<void>;
}

export type Outcome =
  | { readonly kind: 'rebooting' }
  /** Something of this machine was in the way. */
  | { readonly kind: 'hindered'; readonly text: string; readonly waitMs: number }
  /** The lock is somebody else's. */
  | { readonly kind: 'lost'; readonly text: string }
  /** The window has closed, somebody holds it back, … */
  | { readonly kind: 'called-off'; readonly text: string };

const inhibitedMs = 30_000;
const hookMs = 300_000;
const lookEveryMs = 10_000;

/** Tries it once. */
export async function attempt(options: AttemptOptions): Promise<Outcome> {
  const { machine, reason, signal, log } = options;
  const blocked = await inhibited(options);
  if (blocked !== undefined) return blocked;
  let outcome: Outcome;
  let warned = false;
  try {
    await machine.runHooks(reason, signal);
    await machine.drain(reason, signal);
    const calledOff = (await options.stillRight()) ?? (await warnAndWait(options, () => (warned = true)));
    outcome = calledOff === undefined ? await go(options) : { kind: 'called-off', text: calledOff };
  } catch (error) {
    if (signal.aborted) return { kind: 'called-off', text: 'locksmithd was stopped.' };
    if (!(error instanceof CodedError)) throw error;
    const { message: text, code } = error;
    outcome = code === 'locksmith.lost' ? { kind: 'lost', text } : { kind: 'hindered', text, waitMs: hookMs };
  }
  if (outcome.kind === 'rebooting') return outcome;
  if (warned) await machine.warn(['The reboot is called off.']);
  await machine
    .undo()
    .catch((error: unknown) => log('warning', `Not all could be taken back: ${String(error)}`));
  return outcome;
}

async function inhibited({ machine, log }: AttemptOptions): Promise<Outcome | undefined> {
  const { blocking, delaying } = await machine.inhibitors();
  for (const each of delaying) log('info', `The reboot is delayed for a moment by ${each}.`);
  if (blocking.length === 0) return undefined;
  return {
    kind: 'hindered',
    text: `It waits for ${blocking.join('; ')}, which inhibits shutdown.`,
    waitMs: inhibitedMs,
  };
}

/** Gives those who are logged in their time; looks after the lock and everything else meanwhile. */
async function warnAndWait(options: AttemptOptions, onWarned: () => void): Promise<string | undefined> {
  const { machine, loginWarningMs, clock, log, signal } = options;
  if (loginWarningMs === 0) return undefined;
  const lines = [rebootIn(loginWarningMs), 'Root can hold it back with "locksmithctl cancel".'];
  const count = await machine.warn(lines);
  if (count === 0) return undefined;
  onWarned();
  log('info', `Logins detected, delaying reboot for ${Math.round(loginWarningMs / 1000)} s.`);
  const end = clock.now() + loginWarningMs;
  for (let left = loginWarningMs; left > 0; left = end - clock.now()) {
    await options.wait(Math.min(left, lookEveryMs));
    signal.throwIfAborted();
    const calledOff = await options.stillRight();
    if (calledOff !== undefined) return calledOff;
  }
  return undefined;
}

async function go(options: AttemptOptions): Promise<Outcome> {
  const { machine, reason, isUpdate, locked, log, onReboot } = options;
  const blocked = await inhibited(options);
  if (blocked !== undefined) return blocked;
  const calledOff = await options.stillRight();
  if (calledOff !== undefined) return { kind: 'called-off', text: calledOff };
  await onReboot();
  log('info', `Rebooting: ${reason}.`);
  await machine.reboot({ reason, isUpdate, locked });
  return { kind: 'rebooting' };
}
