// A lock in memory for several daemons at once, and machines that do nothing but note what was asked of them.

import { locksmithErrors } from '../../src/locksmith/errors.ts';
import type { RebootMachine } from '../../src/locksmith/reboot.ts';
import type { Claim, Held, RebootLock, SemaphoreStatus } from '../../src/locksmith/semaphore/model.ts';
import {
  initialRecord,
  type SemaphoreRecord,
  withHolder,
  withoutHolder,
} from '../../src/locksmith/semaphore/record.ts';

export class FakeLock {
  record: SemaphoreRecord = initialRecord;
  /** What every call throws, when set. */
  away: Error | undefined;
  readonly #waiting = new Set<() => void>();

  /** One machine's way to it. */
  connect(): RebootLock {
    const check = () => {
      if (this.away !== undefined) throw this.away;
    };
    const set = (record: SemaphoreRecord) => {
      this.record = record;
      for (const tell of [...this.#waiting]) tell();
    };
    const held = (id: string): Held => ({
      token: 1,
      freed: [],
      leave: () => {},
      confirm: async () => {
        check();
        if (this.record.holders.some((holder) => holder.id === id)) return;
        throw locksmithErrors.error('lost', `The reboot lock of ${id} was taken away by somebody.`);
      },
    });
    return {
      description: 'a lock in memory',
      status: async (): Promise<SemaphoreStatus | undefined> => undefined,
      acquire: async (claim: Claim) => {
        check();
        if (!this.record.holders.some(({ id }) => id === claim.id)) {
          set(withHolder(this.record, claim, { now: new Date(0), dead: [] }).record);
        }
        return held(claim.id);
      },
      resume: async ({ id }: Claim) => {
        check();
        return this.record.holders.some((holder) => holder.id === id) ? held(id) : undefined;
      },
      release: async (id: string) => {
        check();
        const next = withoutHolder(this.record, id);
        if (next !== undefined) set(next);
        return next !== undefined;
      },
      announce: async () => ({ [Symbol.asyncDispose]: async () => {} }),
      untilFreed: (signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          const end = () => {
            this.#waiting.delete(end);
            resolve();
          };
          this.#waiting.add(end);
          signal.addEventListener('abort', end, { once: true });
        }),
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

export class FakeMachine implements RebootMachine {
  readonly calls: string[] = [];
  blocking: readonly string[] = [];
  hookFailure: Error | undefined;
  logins = 0;
  onReboot: () => void = () => {};

  async inhibitors() {
    return { blocking: this.blocking, delaying: [] };
  }

  async runHooks() {
    this.calls.push('hooks');
    if (this.hookFailure !== undefined) throw this.hookFailure;
  }

  async drain() {
    this.calls.push('drain');
  }

  async undo() {
    this.calls.push('undo');
  }

  async warn(lines: readonly string[]) {
    this.calls.push(`warn ${lines[0]}`);
    return this.logins;
  }

  async reboot({ isUpdate }: { isUpdate: boolean }) {
    this.calls.push(isUpdate ? 'reboot for an update' : 'reboot');
    this.onReboot();
  }
}
