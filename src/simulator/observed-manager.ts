// A systemd in memory that is looked at from outside, and one connection to it: what a daemon has of it ends
// with the daemon, and its units do not.

import {
  type Follower,
  type Job,
  type JobResult,
  type Manager,
  MemoryManager,
  systemdErrors,
  type UnitChange,
  type UnitRow,
} from '../systemd/index.ts';

export type UnitObserver = (unit: string, active: boolean) => void;

/** Tells of each unit that begins or ceases to run. */
export class ObservedManager extends MemoryManager {
  readonly #running = new Set<string>();
  readonly #observe: UnitObserver;

  constructor(observe: UnitObserver, jobMs: () => Promise<void>) {
    super({
      outcome: async (): Promise<JobResult> => {
        await jobMs();
        return 'done';
      },
    });
    this.#observe = observe;
  }

  /** Units that run, also those that are on their way up or down. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  override setUnit(name: string, state: Partial<Omit<UnitRow, 'name' | 'path'>>): void {
    super.setUnit(name, state);
    if (state.activeState === undefined) return;
    this.#note(name, state.activeState !== 'inactive' && state.activeState !== 'failed');
  }

  override removeUnit(name: string): void {
    super.removeUnit(name);
    this.#note(name, false);
  }

  /** The machine lost its power. */
  lose(): void {
    for (const name of [...this.#running]) this.#note(name, false);
  }

  #note(name: string, active: boolean): void {
    if (this.#running.has(name) === active) return;
    if (active) this.#running.add(name);
    else this.#running.delete(name);
    this.#observe(name, active);
  }
}

/** A connection to a manager, until `signal` aborts: as a bus that is gone, it then answers nothing. */
export function connection(manager: MemoryManager, signal: AbortSignal): Manager {
  const open = () => {
    if (signal.aborted) throw systemdErrors.error('disconnected', 'The daemon is gone.');
    return manager;
  };
  return {
    job: async (verb, unit, mode): Promise<Job> => open().job(verb, unit, mode),
    listUnits: async (patterns) => open().listUnits(patterns),
    listUnitsByNames: async (names) => open().listUnitsByNames(names),
    unitProperties: async (name) => open().unitProperties(name),
    unitProperty: async (name, property) => open().unitProperty(name, property),
    managerProperty: async (property) => open().managerProperty(property),
    reload: async () => open().reload(),
    resetFailed: async (unit) => open().resetFailed(unit),
    killUnit: async (unit, who, which) => open().killUnit(unit, who, which),
    linkUnitFiles: async (paths, runtime) => open().linkUnitFiles(paths, runtime),
    enableUnitFiles: async (files, runtime) => open().enableUnitFiles(files, runtime),
    disableUnitFiles: async (files) => open().disableUnitFiles(files),
    maskUnitFiles: async (files, runtime) => open().maskUnitFiles(files, runtime),
    unmaskUnitFiles: async (files) => open().unmaskUnitFiles(files),
    unitFileState: async (file) => open().unitFileState(file),
    follow: (onChange: (change: UnitChange) => void, options): Follower =>
      manager.follow(onChange, { signal: AbortSignal.any([signal, options.signal]) }),
    [Symbol.asyncDispose]: async () => {},
  };
}
