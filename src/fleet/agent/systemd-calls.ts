// The agent's way to systemd: calls for many units at once where systemd takes them so.

import { CodedError } from '../../host/index.ts';
import { type JobResult, type Manager, systemdErrors, type UnitRow } from '../../systemd/index.ts';
import { Coalescer } from './coalescer.ts';

export class SystemdCalls {
  readonly manager: Manager;
  readonly #rows: Coalescer<string, UnitRow>;
  readonly #link: Coalescer<string, true>;
  readonly #enable: Coalescer<string, true>;
  readonly #disable: Coalescer<string, true>;
  readonly #reload: Coalescer<true, true>;

  constructor(manager: Manager) {
    this.manager = manager;
    this.#rows = new Coalescer(async (names) => {
      const rows = new Map((await manager.listUnitsByNames(names)).map((row) => [row.name, row]));
      return names.map((name) => rows.get(name) ?? missingRow(name));
    });
    const each = (call: (items: readonly string[]) => Promise<unknown>) =>
      new Coalescer<string, true>(async (items) => {
        await call(items);
        return items.map(() => true as const);
      });
    this.#link = each((paths) => manager.linkUnitFiles(paths, true, true));
    this.#enable = each((paths) => manager.enableUnitFiles(paths, true, true));
    this.#disable = each((names) => manager.disableUnitFiles(names, true));
    this.#reload = new Coalescer(async (items) => {
      await manager.reload();
      return items;
    });
  }

  row(name: string): Promise<UnitRow> {
    return this.#rows.request(name);
  }

  async link(path: string): Promise<void> {
    await this.#link.request(path);
  }

  async enable(path: string): Promise<void> {
    await this.#enable.request(path);
  }

  async disable(name: string): Promise<void> {
    await ignoreAbsent(this.#disable.request(name));
  }

  async reload(): Promise<void> {
    await this.#reload.request(true);
  }

  /** Stops a unit and waits until it has stopped. A unit that systemd does not know has. */
  async stop(name: string): Promise<string> {
    try {
      const job = await this.manager.job('stop', name);
      return await job.result;
    } catch (error) {
      if (isAbsent(error)) return 'done';
      throw error;
    }
  }

  /**
   * How a unit ended that has started since that moment of `monotonicUs`; undefined for one that is up, on
   * its way, or has not begun to start since.
   */
  async endedSince(name: string, sinceUs: bigint): Promise<JobResult | undefined> {
    const { activeState } = await this.row(name);
    if (activeState !== 'inactive' && activeState !== 'failed') return undefined;
    if (!(await this.begunSince(name, sinceUs))) return undefined;
    return activeState === 'failed' ? 'failed' : 'done';
  }

  /** Whether a unit has begun to start since that moment of `monotonicUs`. */
  async begunSince(name: string, sinceUs: bigint): Promise<boolean> {
    const began = await this.manager.unitProperty(name, 'InactiveExitTimestampMonotonic');
    return typeof began === 'bigint' && began >= sinceUs;
  }

  async resetFailed(name: string): Promise<void> {
    await ignoreAbsent(this.manager.resetFailed(name));
  }
}

/** The clock of systemd's `…TimestampMonotonic`, in microseconds. */
export function monotonicUs(): bigint {
  return process.hrtime.bigint() / 1000n;
}

/** Whether the way to systemd broke, so that the same may work later; anything else is systemd's answer. */
export function isTransient(error: unknown): boolean {
  return (
    systemdErrors.is(error, 'disconnected') ||
    systemdErrors.is(error, 'unavailable') ||
    systemdErrors.is(error, 'deadline')
  );
}

/** Whether the same may work later: also once polkit, which can be away or without its rule, lets us do it. */
export function mayPass(error: unknown): boolean {
  return isTransient(error) || systemdErrors.is(error, 'access-denied');
}

/** An error as the end of a sentence. */
export function wordsOf(error: unknown): string {
  if (systemdErrors.is(error, 'access-denied')) {
    return `${error.message} The user of fleetd needs polkit and its rule 50-keelson-fleet.rules`;
  }
  if (error instanceof CodedError || error instanceof Error) return error.message;
  return String(error);
}

function isAbsent(error: unknown): boolean {
  return (
    systemdErrors.is(error, 'no-such-unit') ||
    (error instanceof CodedError && /not loaded/.test(error.message))
  );
}

async function ignoreAbsent(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function missingRow(name: string): UnitRow {
  return {
    name,
    description: name,
    loadState: 'not-found',
    activeState: 'inactive',
    subState: 'dead',
    path: '',
  };
}
