// What we ask of systemd's manager, and what it tells. Types only.

/** One row of the manager's ListUnits. */
export interface UnitRow {
  readonly name: string;
  readonly description: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly path: string;
}

/** How a job ended, in systemd's words. */
export type JobResult =
  | 'done'
  | 'canceled'
  | 'timeout'
  | 'failed'
  | 'dependency'
  | 'skipped'
  | 'invalid'
  | 'assert'
  | 'unsupported'
  | 'collected'
  | 'once';

export type JobMode = 'replace' | 'fail' | 'isolate' | 'ignore-dependencies';

export type JobVerb =
  | 'start'
  | 'stop'
  | 'restart'
  | 'reload'
  | 'try-restart'
  | 'reload-or-restart'
  | 'reload-or-try-restart';

export interface Job {
  /** The job's number in systemd. */
  readonly id: number;
  readonly unit: string;
  /** Fulfils when the job ends; rejects `systemd.disconnected` when that can no longer be learned. */
  readonly result: Promise<JobResult>;
}

/** One property change of a unit, or its loading and unloading. */
export interface UnitChange {
  readonly name: string;
  readonly activeState: string;
  readonly subState: string;
  readonly loadState: string;
}

export interface CallOptions {
  /** Rejects `systemd.deadline` after this time. Default 25,000. */
  readonly deadlineMs?: number;
}

/** A change that EnableUnitFiles and its kin made on disk. */
export interface UnitFileChange {
  readonly type: string;
  readonly path: string;
  readonly destination: string;
}

/**
 * systemd's manager over D-Bus. Every call has a deadline and rejects with an error of `./errors.ts`.
 * It reconnects by itself; calls made meanwhile wait for the connection up to their own deadline.
 */
export interface Manager extends AsyncDisposable {
  /**
   * Queues a job and returns when systemd has accepted it; await `job.result` for the end. Over the system
   * bus at most 64 jobs (and 64 stops) are in flight: more than about 500 throw PID 1 off dbus-daemon. The
   * deadline counts from when there is room.
   */
  job(verb: JobVerb, unit: string, mode?: JobMode, options?: CallOptions): Promise<Job>;
  /** All loaded units whose names match one of the shell patterns (all, without any). */
  listUnits(patterns?: readonly string[]): Promise<readonly UnitRow[]>;
  /** One row a name, also for units that are not loaded (`loadState` "not-found"). */
  listUnitsByNames(names: readonly string[]): Promise<readonly UnitRow[]>;
  /** All properties of the unit, of its `Unit` interface and its type's; 64-bit numbers as bigint. */
  unitProperties(name: string): Promise<Readonly<Record<string, unknown>>>;
  unitProperty(name: string, property: string): Promise<unknown>;
  managerProperty(property: string): Promise<unknown>;
  reload(options?: CallOptions): Promise<void>;
  resetFailed(unit: string): Promise<void>;
  killUnit(unit: string, who: 'main' | 'control' | 'all', signal: number): Promise<void>;
  linkUnitFiles(
    paths: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]>;
  enableUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]>;
  disableUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]>;
  maskUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]>;
  unmaskUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]>;
  unitFileState(file: string): Promise<string>;
  /**
   * Follows the named units until the signal aborts: first one change for each as it is, then every
   * change of load, active or sub state, in order; after a reconnect each unit again as it is.
   * It follows nothing until `setNames` is called on the follower that it returns.
   */
  follow(onChange: (change: UnitChange) => void, options: { readonly signal: AbortSignal }): Follower;
}

/** The set of units that a caller follows. */
export interface Follower {
  /** Replaces the set of names that are followed. New names are reported at once as they are. */
  setNames(names: ReadonlySet<string>): void;
}

/** A process that holds the machine up. */
export interface Inhibitor {
  /** shutdown, sleep, idle, … */
  readonly what: readonly string[];
  readonly who: string;
  readonly why: string;
  /** "block" or "delay". */
  readonly mode: string;
  readonly uid: number;
  readonly pid: number;
}

/** Somebody who is logged in. */
export interface Session {
  readonly id: string;
  readonly uid: number;
  readonly user: string;
  readonly seat: string;
  /** As below /dev, such as pts/0 or tty1; "" without a terminal. */
  readonly tty: string;
}

/** logind. Every call has a deadline and rejects with an error of `./errors.ts`. */
export interface Login1 {
  /** "yes", "no", "challenge" (after authentication) or "na" (the machine cannot). */
  canReboot(): Promise<string>;
  canPowerOff(): Promise<string>;
  /** Fulfils when logind has agreed; inhibitors of mode "delay" are given their time. */
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
  listInhibitors(): Promise<readonly Inhibitor[]>;
  /** Of people: those of login screens and of systemd itself are left out. */
  listSessions(): Promise<readonly Session[]>;
}

/**
 * One logical line of a unit file, kept exactly, so that parse and serialise give back the same bytes:
 * `text` holds it whole with its continuations and ends of line. `line` counts from 1.
 */
export type UnitFileLine =
  | { readonly kind: 'section'; readonly name: string; readonly text: string; readonly line: number }
  | UnitFileOption
  | { readonly kind: 'comment'; readonly text: string; readonly line: number }
  | { readonly kind: 'blank'; readonly text: string; readonly line: number }
  /** What systemd would not understand; the file's `problems` say why. */
  | { readonly kind: 'invalid'; readonly text: string; readonly line: number };

/** An assignment in a unit file. */
export interface UnitFileOption {
  readonly kind: 'option';
  /** The section it stands in. */
  readonly section: string;
  readonly name: string;
  /** As systemd reads it: each backslash and end of line that continue it are one space. */
  readonly value: string;
  /** As written: the continuations (and comments between them) kept, only the ends trimmed. */
  readonly rawValue: string;
  readonly text: string;
  readonly line: number;
  /** Where the name begins, counted in characters from 1. */
  readonly column: number;
}

/** A unit file, line by line. */
export interface UnitFile {
  readonly lines: readonly UnitFileLine[];
  readonly problems: readonly UnitFileProblem[];
}

/** A place in a unit file that systemd would not understand. */
export interface UnitFileProblem {
  readonly line: number;
  /** Counted in characters from 1. */
  readonly column: number;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What was expected instead. */
  readonly expected: string;
  /** Whether systemd refuses the whole file; else it warns and ignores the line. */
  readonly refused: boolean;
}

/** An option with its section, in file order: the form of fleet's API. */
export interface UnitOption {
  readonly section: string;
  readonly name: string;
  readonly value: string;
}
