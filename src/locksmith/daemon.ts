// locksmithd's loop: gathers what there is to know, has it decided, does that one thing, and begins anew. Whatever
// happens wakes it.

import { type Clock, pause } from '../host/index.ts';
import type { CoordinatorState } from './coordinator.ts';
import { type Decision, decide, type Facts } from './decide.ts';
import type { Health } from './health.ts';
import { LockKeeper } from './lock-keeper.ts';
import type { Log } from './log.ts';
import { attempt, type RebootMachine } from './reboot.ts';
import type { DaemonState, Hold } from './run-files.ts';
import type { RebootLock } from './semaphore/model.ts';
import { Teller } from './teller.ts';
import type { Reason } from './triggers.ts';
import { nextOpening, type Opening, type Schedule } from './window/schedule.ts';

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
  readonly log: Log;
}

/** Clocks may be set while we wait for a time of day. */
const longestWaitMs = 60_000;
/** A window that was waited for is open for so long at least: timers come late, and it may be one instant. */
const leastOpenMs = 60_000;
const healthEveryMs = 5_000;
const fruitlessRebootMs = 900_000;

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #keeper: LockKeeper;
  readonly #teller: Teller;
  #hindered: Facts['hindered'];
  #healthy = false;
  #awaited: Opening | undefined;
  #wake = () => {};
  #woken = false;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#teller = new Teller(parts);
    const { id, name, reason } = parts;
    this.#keeper = new LockKeeper({
      ...parts,
      claim: () => ({ id, name, reason: reason()?.text ?? '' }),
      onChange: () => this.wake(),
    });
  }

  /** Looks at everything again. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake(), { once: true });
    await using _ = this.#keeper;
    while (!signal.aborted) {
      this.#woken = false;
      await this.#step(decide(await this.#facts()), signal);
    }
  }

  async #step(decision: Decision, signal: AbortSignal): Promise<void> {
    switch (decision.kind) {
      case 'wait':
        return await this.#wait(decision, signal);
      case 'look':
        return await this.#keeper.look();
      case 'acquire':
        return await this.#keeper.acquire();
      case 'release':
        return await this.#keeper.release(decision.why);
      case 'reboot':
        return await this.#reboot(decision.reason, signal);
    }
  }

  async #facts(): Promise<Facts> {
    const { now, reason, hold, keepLock, health } = this.#parts;
    const { state: lock, trouble: lockTrouble } = this.#keeper;
    const held = hold();
    let healthy: Health = { yes: true, text: '' };
    if (lock === 'held-from-before') {
      healthy = await health().catch((error: unknown) => ({
        yes: false,
        text: `systemd cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
      }));
    }
    this.#healthy = healthy.yes;
    return {
      nowMs: now(),
      reason: reason()?.text,
      hold: held === undefined ? undefined : describeHold(held),
      hindered: this.#hindered,
      opening: this.#opening(),
      ...{ lock, lockTrouble, healthy, keepLock },
    };
  }

  #opening(): Facts['opening'] {
    const nowMs = this.#parts.now();
    const opening = nextOpening(this.#parts.schedule, nowMs);
    const awaited = this.#awaited;
    const lateMs = awaited === undefined ? -1 : nowMs - awaited.startMs;
    if (opening?.open !== true && awaited !== undefined && lateMs >= 0 && lateMs < leastOpenMs) {
      return { open: true, next: awaited };
    }
    this.#awaited = opening?.open === false ? opening.next : undefined;
    return opening;
  }

  async #wait(decision: Extract<Decision, { kind: 'wait' }>, signal: AbortSignal): Promise<void> {
    const due = this.#parts.reason()?.text;
    if (due === undefined || decision.phase !== 'waiting-lock') await this.#keeper.quiet();
    await this.#teller.waits(decision, due);
    const isDoubtful = this.#keeper.state === 'held-from-before' && !this.#healthy;
    const untilMs = decision.untilMs === undefined ? Infinity : decision.untilMs - this.#parts.now();
    await this.#sleep(Math.min(untilMs, isDoubtful ? healthEveryMs : Infinity), signal);
  }

  async #reboot(reason: string, signal: AbortSignal): Promise<void> {
    const { now, log, clock, machine, loginWarningMs } = this.#parts;
    await this.#teller.prepares(reason);
    const outcome = await attempt({
      ...{ reason, machine, loginWarningMs, clock, signal, log },
      isUpdate: this.#parts.reason()?.isUpdate ?? false,
      locked: this.#keeper.isHeld,
      wait: (ms) => this.#sleep(ms, signal),
      // The lock is asked for last: it is what others rely upon.
      stillRight: async () => {
        const again = decide(await this.#facts());
        if (again.kind !== 'reboot')
          return again.kind === 'wait' ? again.text : 'the reboot is no longer due';
        await this.#keeper.confirm();
        return undefined;
      },
      onReboot: () => this.#teller.reboots(reason),
    });
    if (outcome.kind === 'rebooting') {
      await pause(clock, fruitlessRebootMs, signal);
      if (!signal.aborted) log('error', 'The machine was asked to reboot and did not; it is asked again.');
    } else if (outcome.kind === 'lost') {
      log('warning', outcome.text);
      this.#keeper.lose();
    } else if (outcome.kind === 'hindered') {
      log('warning', outcome.text);
      this.#hindered = { text: outcome.text, untilMs: now() + outcome.waitMs };
    } else log('info', `The reboot is called off: ${outcome.text}`);
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
