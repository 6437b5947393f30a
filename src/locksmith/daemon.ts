// locksmithd's loop: gathers what there is to know, has it decided, does that one thing, and begins anew. Whatever
// happens wakes it.

import { backoffMs, type Clock, CodedError, pause } from '../host/index.ts';
import type { CoordinatorState } from './coordinator.ts';
import { type Decision, decide, type Facts } from './decide.ts';
import { locksmithErrors } from './errors.ts';
import type { Health } from './health.ts';
import { attempt, type RebootMachine } from './reboot.ts';
import type { DaemonState, Hold } from './run-files.ts';
import type { Held, RebootLock } from './semaphore/model.ts';
import type { Reason } from './triggers.ts';
import { nextOpening, type Schedule } from './window/schedule.ts';

export interface DaemonParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  readonly schedule: Schedule;
  readonly loginWarningMs: number;
  /** Opens the lock; without one the strategy has none. */
  readonly openLock: (() => Promise<RebootLock>) | undefined;
  /** Whether the lock is only to be given back, if it is held from before. */
  readonly releaseOnly: boolean;
  /** Why a lock that is held from before stays held. */
  readonly keepLock: string | undefined;
  readonly reason: () => Reason | undefined;
  readonly hold: () => Hold | undefined;
  readonly health: () => Promise<Health>;
  readonly machine: RebootMachine;
  readonly coordinate: (state: CoordinatorState) => Promise<void>;
  readonly tell: (state: Omit<DaemonState, 'windows'>) => void;
  readonly log: (level: 'info' | 'warning' | 'error', text: string) => void;
}

interface Trouble {
  readonly text: string;
  readonly untilMs: number;
}

const lockBackoff = { firstMs: 10_000, maxMs: 300_000 };
/** Clocks may be set while we wait for a time of day. */
const longestWaitMs = 60_000;
const healthEveryMs = 5_000;
const fruitlessRebootMs = 900_000;

export class Daemon {
  readonly #parts: DaemonParts;
  #lock: RebootLock | undefined;
  #held: Held | undefined;
  #lockState: Facts['lock'];
  #lockTrouble: Trouble | undefined;
  #failures = 0;
  #hindered: Trouble | undefined;
  #announced: AsyncDisposable | undefined;
  #watching: AbortController | undefined;
  #healthy = false;
  #wake = () => {};
  #woken = false;
  #told = '';
  #phase = { name: '', since: '' };

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#lockState = parts.openLock === undefined ? 'none' : 'unknown';
  }

  /** Looks at everything again. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake(), { once: true });
    try {
      while (!signal.aborted) {
        this.#woken = false;
        await this.#step(decide(await this.#facts()), signal);
      }
    } finally {
      try {
        await this.#quiet();
        await this.#lock?.[Symbol.asyncDispose]();
      } catch (error) {
        this.#parts.log('warning', wordsOf(error));
      }
    }
  }

  async #step(decision: Decision, signal: AbortSignal): Promise<void> {
    switch (decision.kind) {
      case 'wait': {
        await this.#tell(decision);
        const isDoubtful = this.#lockState === 'held-from-before' && !this.#healthy;
        const healthMs = isDoubtful ? healthEveryMs : Infinity;
        const untilMs = decision.untilMs === undefined ? Infinity : decision.untilMs - this.#parts.now();
        await this.#sleep(Math.min(untilMs, healthMs), signal);
        return;
      }
      case 'look':
        return await this.#look();
      case 'acquire':
        return await this.#acquire();
      case 'release':
        return await this.#release(decision.why);
      case 'reboot':
        return await this.#reboot(decision.reason, signal);
    }
  }

  async #facts(): Promise<Facts> {
    const { now, reason, hold, schedule, keepLock, health } = this.#parts;
    const held = hold();
    let healthy: Health = { yes: true, text: '' };
    if (this.#lockState === 'held-from-before') {
      healthy = await health().catch((error: unknown) => ({
        yes: false,
        text: `systemd cannot be asked: ${wordsOf(error)}`,
      }));
    }
    this.#healthy = healthy.yes;
    return {
      nowMs: now(),
      reason: reason()?.text,
      hold: held === undefined ? undefined : describeHold(held),
      hindered: this.#hindered,
      opening: nextOpening(schedule, now()),
      lock: this.#lockState,
      lockTrouble: this.#lockTrouble,
      healthy,
      keepLock,
    };
  }

  async #look(): Promise<void> {
    await this.#withLock('look for', async (lock) => {
      this.#held = await lock.resume(this.#claim());
      this.#lockState = this.#held === undefined ? this.#freeState() : 'held-from-before';
    });
  }

  async #acquire(): Promise<void> {
    const { log } = this.#parts;
    await this.#withLock('take', async (lock) => {
      this.#held = await lock.acquire(this.#claim());
      this.#lockState = 'held';
      await this.#quiet();
      const token = this.#held.token === undefined ? '' : ` (token ${this.#held.token})`;
      log('info', `This machine has the reboot lock of ${lock.description}${token}.`);
      for (const { id, name, since } of this.#held.freed) {
        log(
          'warning',
          `The place that ${name ?? id} (${id}) had had since ${since} was free: that machine has died.`,
        );
      }
    });
  }

  async #release(why: string): Promise<void> {
    const { log, id } = this.#parts;
    await this.#withLock('give back', async (lock) => {
      const had = await lock.release(id);
      this.#held?.leave();
      this.#held = undefined;
      this.#lockState = this.#freeState();
      if (had) log('info', `The reboot lock is given back: ${why}.`);
    });
  }

  /** Trouble with the lock is told and waited for; a lock that is full is followed. */
  async #withLock(what: string, work: (lock: RebootLock) => Promise<void>): Promise<void> {
    const { openLock, now, clock, log } = this.#parts;
    try {
      this.#lock ??= await openLock?.();
      if (this.#lock === undefined) throw locksmithErrors.error('config', 'This strategy has no lock.');
      await work(this.#lock);
      this.#failures = 0;
      this.#lockTrouble = undefined;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const waitMs = backoffMs(this.#failures++, lockBackoff, clock.random);
      const hint = error.hint === undefined ? '' : ` ${error.hint}`;
      const text = `${error.message.replace(/\.?$/, '.')}${hint}`;
      this.#lockTrouble = { text, untilMs: now() + waitMs };
      const isFull = locksmithErrors.is(error, 'full');
      if (isFull) await this.#follow();
      if (!isFull || this.#failures === 1) {
        log(
          isFull ? 'info' : 'warning',
          `Cannot ${what} the reboot lock: ${text} Next try in ${Math.round(waitMs / 1000)} s.`,
        );
      }
    }
  }

  /** Lets others see that we wait, and looks again as soon as anything changes. */
  async #follow(): Promise<void> {
    const lock = this.#lock;
    if (lock === undefined) return;
    try {
      this.#announced ??= await lock.announce(this.#claim());
    } catch (error) {
      this.#parts.log('warning', `That this machine waits cannot be told: ${wordsOf(error)}`);
    }
    if (this.#watching !== undefined || lock.untilFreed === undefined) return;
    const watching = new AbortController();
    this.#watching = watching;
    void lock.untilFreed(watching.signal).then(() => {
      if (watching.signal.aborted) return;
      this.#watching = undefined;
      this.#lockTrouble = undefined;
      this.wake();
    });
  }

  async #quiet(): Promise<void> {
    this.#watching?.abort();
    this.#watching = undefined;
    const announced = this.#announced;
    this.#announced = undefined;
    await announced?.[Symbol.asyncDispose]();
  }

  async #reboot(reason: string, signal: AbortSignal): Promise<void> {
    const { now, log, clock, machine, coordinate, loginWarningMs } = this.#parts;
    this.#say({ phase: 'preparing', reason });
    await coordinate('reboot-planned');
    const outcome = await attempt({
      reason,
      isUpdate: this.#parts.reason()?.isUpdate ?? false,
      locked: this.#held !== undefined,
      machine,
      loginWarningMs,
      clock,
      signal,
      log,
      wait: (ms) => this.#sleep(ms, signal),
      // The lock is asked for last: it is what others rely upon.
      stillRight: async () => {
        const again = decide(await this.#facts());
        if (again.kind !== 'reboot')
          return again.kind === 'wait' ? again.text : 'the reboot is no longer due';
        await this.#held?.confirm();
        return undefined;
      },
      onReboot: async () => {
        this.#say({ phase: 'rebooting', reason });
        await coordinate('rebooting');
      },
    });
    if (outcome.kind === 'rebooting') {
      await pause(clock, fruitlessRebootMs, signal);
      if (!signal.aborted) log('error', 'The machine was asked to reboot and did not; it is asked again.');
    } else if (outcome.kind === 'lost') {
      log('warning', outcome.text);
      this.#held?.leave();
      this.#held = undefined;
      this.#lockState = this.#freeState();
    } else if (outcome.kind === 'hindered') {
      log('warning', outcome.text);
      this.#hindered = { text: outcome.text, untilMs: now() + outcome.waitMs };
    } else log('info', `The reboot is called off: ${outcome.text}`);
  }

  async #tell(decision: Extract<Decision, { kind: 'wait' }>): Promise<void> {
    const { reason, coordinate, log } = this.#parts;
    const { phase, text, untilMs, lockText } = decision;
    const due = reason()?.text;
    if (due === undefined || phase !== 'waiting-lock') await this.#quiet();
    const changed = this.#say({
      phase,
      ...(due === undefined ? {} : { reason: due }),
      ...(text === '' ? {} : { waitsFor: text }),
      ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
      ...(lockText === undefined ? {} : { lock: lockText }),
    });
    if (!changed) return;
    if (text !== '' || lockText !== undefined) {
      log(
        'info',
        [due === undefined ? '' : `A reboot is due: ${due}.`, text, lockText ?? ''].filter(Boolean).join(' '),
      );
    }
    await coordinate(due === undefined ? 'running' : 'reboot-planned');
  }

  /** Whether that is news. */
  #say(state: Pick<DaemonState, 'phase' | 'reason' | 'waitsFor' | 'until' | 'lock'>): boolean {
    const { until: _, ...lasting } = state;
    const key = JSON.stringify(lasting);
    if (key === this.#told) return false;
    this.#told = key;
    if (state.phase !== this.#phase.name) {
      this.#phase = { name: state.phase, since: new Date(this.#parts.now()).toISOString() };
    }
    this.#parts.tell({ ...state, since: this.#phase.since, strategy: this.#parts.strategy });
    return true;
  }

  #claim() {
    return { id: this.#parts.id, name: this.#parts.name, reason: this.#parts.reason()?.text ?? '' };
  }

  #freeState(): Facts['lock'] {
    return this.#parts.releaseOnly ? 'none' : 'free';
  }

  /** Until then, until something happens, or the end. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#woken || signal.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel =
        ms === Infinity ? () => {} : this.#parts.clock.after(Math.min(ms, longestWaitMs), () => this.#wake());
      this.#wake = () => {
        cancel();
        this.#wake = () => {};
        resolve();
      };
    });
  }
}

function describeHold({ by, since, until, reason }: Hold): { text: string; untilMs: number | undefined } {
  const about = reason === undefined ? '' : `: ${reason}`;
  const text = `${by} holds reboots back since ${since}${until === undefined ? '' : ` until ${until}`}${about}.`;
  return { text, untilMs: until === undefined ? undefined : Date.parse(until) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
