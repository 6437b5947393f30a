// A manager without systemd: units, jobs and changes in memory, for tests of what is decided and in what
// order. It keeps systemd's order of events: job accepted, state on the way, state reached, job ended.

import { matchesGlob } from 'node:path';
import { systemdErrors } from './errors.ts';
import type {
  Follower,
  Job,
  JobMode,
  JobResult,
  JobVerb,
  Manager,
  UnitChange,
  UnitFileChange,
  UnitRow,
} from './model.ts';
import { unitObjectPath } from './object-path.ts';

/** How a job is to end; a promise keeps it running until it fulfils. */
export type JobOutcome = (verb: JobVerb, unit: string) => JobResult | Promise<JobResult>;

export interface MemoryManagerOptions {
  /** Without it every job ends "done". */
  readonly outcome?: JobOutcome;
  /** Units that exist from the start, inactive. */
  readonly units?: readonly string[];
}

interface RunningJob {
  readonly id: number;
  readonly end: (result: JobResult) => void;
}

const absent = { loadState: 'not-found', activeState: 'inactive', subState: 'dead' };

export class MemoryManager implements Manager {
  /** Every call that changes something, as `start a.service`, `reload`, `link /run/x/a.service`, … */
  readonly calls: string[] = [];
  /** How jobs that are queued from now on end. */
  outcome: JobOutcome;
  readonly #units = new Map<string, UnitRow>();
  readonly #fragments = new Map<string, string>();
  readonly #fileStates = new Map<string, string>();
  readonly #jobs = new Map<string, RunningJob>();
  /** When each unit last left the states inactive and failed, in microseconds. */
  readonly #beganUs = new Map<string, bigint>();
  readonly #followers = new Set<(change: UnitChange) => void>();
  readonly #properties = new Map<string, Readonly<Record<string, unknown>>>();
  #nextJob = 1;
  #closed = false;

  constructor(options: MemoryManagerOptions = {}) {
    this.outcome = options.outcome ?? (() => 'done');
    for (const unit of options.units ?? []) this.setUnit(unit, {});
  }

  /** Puts a unit into that state, as if it had got there by itself; followers are told. */
  setUnit(name: string, state: Partial<Omit<UnitRow, 'name' | 'path'>>): void {
    const before = this.#units.get(name);
    const fresh = {
      description: name,
      loadState: 'loaded',
      activeState: 'inactive',
      subState: 'dead',
      path: unitObjectPath(name),
    };
    const row: UnitRow = { ...fresh, ...before, ...state, name };
    const isDown = (state: string | undefined) => state === 'inactive' || state === 'failed';
    if (isDown(before?.activeState) && !isDown(row.activeState))
      this.#beganUs.set(name, process.hrtime.bigint() / 1000n);
    this.#units.set(name, row);
    this.#tell(row, before);
  }

  /** Properties of a unit that it has besides, or in the place of, those that follow from its state. */
  setProperties(name: string, properties: Readonly<Record<string, unknown>>): void {
    this.#properties.set(name, { ...this.#properties.get(name), ...properties });
  }

  /** Makes a unit disappear, as when its file is gone and it is collected. */
  removeUnit(name: string): void {
    const before = this.#units.get(name);
    if (this.#units.delete(name)) this.#tell(absentRow(name), before);
  }

  async job(verb: JobVerb, unit: string, mode: JobMode = 'replace'): Promise<Job> {
    this.#record(`${verb} ${unit}`);
    const row = this.#units.get(unit);
    if (row === undefined) {
      throw systemdErrors.error('no-such-unit', `Unit ${unit} not found.`);
    }
    const earlier = this.#jobs.get(unit);
    if (earlier !== undefined && mode === 'fail') {
      throw systemdErrors.error('refused', `${unit} already has a job, and the mode "fail" replaces none.`);
    }
    earlier?.end('canceled');
    const id = this.#nextJob++;
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    this.#jobs.set(unit, { id, end: resolve });
    void this.#work(id, verb, row).then(resolve);
    return { id, unit, result: promise };
  }

  async #work(id: number, verb: JobVerb, row: UnitRow): Promise<JobResult> {
    const up = row.activeState === 'active';
    const starts = verb === 'start' ? !up : verb === 'restart' || verb === 'reload-or-restart' ? true : up;
    const stops = verb === 'stop';
    const reloads = verb === 'reload' || (up && verb.startsWith('reload-or'));
    const current = () => this.#jobs.get(row.name)?.id === id;
    const outcome = this.outcome(verb, row.name);
    await Promise.resolve();
    if (!current()) return 'canceled';
    if (stops && up) this.setUnit(row.name, { activeState: 'deactivating', subState: 'stop-sigterm' });
    else if (reloads && up) this.setUnit(row.name, { activeState: 'reloading', subState: 'reload' });
    else if (starts && !stops) this.setUnit(row.name, { activeState: 'activating', subState: 'start' });
    const result = await outcome;
    if (!current() || !this.#units.has(row.name)) return 'canceled';
    this.#jobs.delete(row.name);
    if (stops) this.setUnit(row.name, { activeState: 'inactive', subState: 'dead' });
    else if (result === 'done' && (starts || up)) {
      this.setUnit(row.name, { activeState: 'active', subState: 'running' });
    } else if (result === 'failed' || result === 'timeout') {
      this.setUnit(row.name, { activeState: 'failed', subState: 'failed' });
    } else if (starts) {
      this.setUnit(row.name, { activeState: row.activeState, subState: row.subState });
    }
    return result;
  }

  async listUnits(patterns?: readonly string[]): Promise<readonly UnitRow[]> {
    const rows = [...this.#units.values()];
    return patterns === undefined || patterns.length === 0
      ? rows
      : rows.filter((row) => patterns.some((pattern) => matchesGlob(row.name, pattern)));
  }

  async listUnitsByNames(names: readonly string[]): Promise<readonly UnitRow[]> {
    return names.map((name) => this.#row(name));
  }

  async unitProperties(name: string): Promise<Readonly<Record<string, unknown>>> {
    const row = this.#row(name);
    return {
      Id: row.name,
      Description: row.description,
      LoadState: row.loadState,
      ActiveState: row.activeState,
      SubState: row.subState,
      InactiveExitTimestampMonotonic: this.#beganUs.get(name) ?? 0n,
      FragmentPath: this.#fragments.get(name) ?? '',
      Result: row.activeState === 'failed' ? 'exit-code' : 'success',
      NRestarts: 0,
      ...this.#properties.get(name),
    };
  }

  async unitProperty(name: string, property: string): Promise<unknown> {
    return (await this.unitProperties(name))[property];
  }

  async managerProperty(property: string): Promise<unknown> {
    return property === 'Version' ? 'memory' : property === 'NNames' ? this.#units.size : '';
  }

  async reload(): Promise<void> {
    this.#record('reload');
  }

  async resetFailed(unit: string): Promise<void> {
    this.#record(`reset-failed ${unit}`);
    if (this.#row(unit).activeState === 'failed') {
      this.setUnit(unit, { activeState: 'inactive', subState: 'dead' });
    }
  }

  async killUnit(unit: string, who: 'main' | 'control' | 'all', signal: number): Promise<void> {
    this.#record(`kill ${unit} ${who} ${signal}`);
    if (['active', 'deactivating'].includes(this.#row(unit).activeState)) {
      this.setUnit(unit, { activeState: 'failed', subState: 'failed' });
    }
  }

  async linkUnitFiles(paths: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return paths.map((path) => {
      this.#record(`link ${path}`);
      const name = nameOf(path);
      this.#fileStates.set(name, runtime ? 'linked-runtime' : 'linked');
      this.#fragments.set(name, path);
      this.setUnit(name, { loadState: 'loaded' });
      return {
        type: 'symlink',
        path: `${runtime ? '/run' : '/etc'}/systemd/system/${name}`,
        destination: path,
      };
    });
  }

  async enableUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return files.map((file) =>
      this.#file('enable', file, runtime ? 'enabled-runtime' : 'enabled', 'symlink'),
    );
  }

  /** Removes links too: a linked unit that is not active is gone afterwards. */
  async disableUnitFiles(files: readonly string[]): Promise<readonly UnitFileChange[]> {
    return files.map((file) => {
      const name = nameOf(file);
      const linked = this.#fileStates.get(name)?.startsWith('linked') === true;
      const change = this.#file('disable', file, 'disabled', 'unlink');
      if (linked && this.#row(name).activeState !== 'active') this.removeUnit(name);
      return change;
    });
  }

  async maskUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return files.map((file) => this.#file('mask', file, runtime ? 'masked-runtime' : 'masked', 'symlink'));
  }

  async unmaskUnitFiles(files: readonly string[]): Promise<readonly UnitFileChange[]> {
    return files.map((file) => this.#file('unmask', file, 'disabled', 'unlink'));
  }

  async unitFileState(file: string): Promise<string> {
    const state = this.#fileStates.get(nameOf(file));
    if (state !== undefined) return state;
    if (this.#units.has(nameOf(file))) return 'static';
    throw systemdErrors.error('no-such-unit', `Unit file ${file} does not exist.`);
  }

  follow(onChange: (change: UnitChange) => void, options: { readonly signal: AbortSignal }): Follower {
    let names: ReadonlySet<string> = new Set();
    const told = new Map<string, string>();
    const tell = (change: UnitChange) => {
      if (options.signal.aborted || !names.has(change.name)) return;
      const state = `${change.loadState} ${change.activeState} ${change.subState}`;
      if (told.get(change.name) === state) return;
      told.set(change.name, state);
      onChange(change);
    };
    this.#followers.add(tell);
    options.signal.addEventListener('abort', () => this.#followers.delete(tell), { once: true });
    return {
      setNames: (next) => {
        const added = [...next].filter((name) => !names.has(name));
        names = new Set(next);
        for (const name of told.keys()) if (!names.has(name)) told.delete(name);
        queueMicrotask(() => {
          for (const name of added) tell(changeOf(this.#row(name)));
        });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#followers.clear();
  }

  #row(name: string): UnitRow {
    return this.#units.get(name) ?? absentRow(name);
  }

  #record(call: string): void {
    if (this.#closed) throw systemdErrors.error('disconnected', 'This manager is closed.');
    this.calls.push(call);
  }

  #file(verb: string, file: string, state: string, type: string): UnitFileChange {
    this.#record(`${verb} ${file}`);
    this.#fileStates.set(nameOf(file), state);
    return { type, path: `/etc/systemd/system/${nameOf(file)}`, destination: '' };
  }

  #tell(row: UnitRow, before: UnitRow | undefined): void {
    const same =
      before !== undefined &&
      before.activeState === row.activeState &&
      before.subState === row.subState &&
      before.loadState === row.loadState;
    if (same) return;
    // Told later, as signals are: never while the caller is still inside its own call.
    const change = changeOf(row);
    queueMicrotask(() => {
      for (const tell of this.#followers) tell(change);
    });
  }
}

function absentRow(name: string): UnitRow {
  return { name, description: name, ...absent, path: unitObjectPath(name) };
}

function changeOf(row: UnitRow): UnitChange {
  return {
    name: row.name,
    activeState: row.activeState,
    subState: row.subState,
    loadState: row.loadState,
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
