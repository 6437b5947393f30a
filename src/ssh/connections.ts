// The connections of one command: each host is logged in at once, and each login serves whoever needs it next.

import { lstatSync, lutimesSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { askEnvironment } from './ask.ts';
import { startOwn, startShared } from './master.ts';
import type { SshHost, SshSettings } from './model.ts';
import type { Way } from './options.ts';
import { makeScratch, readLog, type Scratch } from './scratch.ts';
import { answers, shareFolder, sweepShares } from './share-folder.ts';
import { loginTraits, shareName } from './share-name.ts';

/** An open connection. */
export interface Link extends Way {
  /** By which it is reached; undefined for straight. */
  readonly way: Link | undefined;
  /** The socket here of what it forwards, if it forwards anything. */
  readonly socketPath: string;
  /** What ssh has said of it since it is ours. */
  log(): string;
}

export interface LinkOptions {
  /** What to forward a socket to: a path there, or host:port as seen from there. */
  readonly forward?: string;
  /** Lends our agent to the other side: then the connection is for this command alone. */
  readonly forwardAgent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A connection that is about to end is left alone, as it could end under our hands: the last part of its time. */
const usablePart = 0.75;

export class Connections implements AsyncDisposable {
  readonly settings: SshSettings;
  readonly #say: (line: string) => void;
  readonly #folder: string | undefined;
  readonly #links = new Map<string, Promise<Link>>();
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #touched = new Set<string>();
  #scratch: Scratch | undefined;
  #environment: Record<string, string> | undefined;
  #traits: string | undefined;

  /** `say` takes lines for the user: a key that was added, a key that has changed. */
  constructor(settings: SshSettings, say: (line: string) => void) {
    this.settings = settings;
    this.#say = say;
    this.#folder = (settings.shareS ?? 0) > 0 ? shareFolder(process.env) : undefined;
  }

  /** Logs in at `host`, through the jumps of the settings. Throws `ssh.*` when that does not go. */
  link(host: SshHost, options: LinkOptions = {}): Promise<Link> {
    return this.#link(host, this.settings.jumps ?? [], options);
  }

  /** Logs in at the last of the jumps. Throws `ssh.*` when that does not go. */
  jump(options: LinkOptions = {}): Promise<Link> {
    const jumps = this.settings.jumps ?? [];
    const last = jumps.at(-1);
    if (last === undefined) throw new Error('there is no host to go through');
    return this.#link(last, jumps.slice(0, -1), options);
  }

  /** In which every ssh is to be run: what it asks is asked through us. */
  environment(): Record<string, string> {
    this.#environment ??= askEnvironment([this.scratch(), join(homedir(), '.fleetctl')]);
    return this.#environment;
  }

  /** A private folder until the end. */
  scratch(): string {
    this.#scratch ??= makeScratch();
    return this.#scratch.directory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#touched) touch(path);
    for (const close of this.#closing.reverse()) await close();
    this.#scratch?.[Symbol.dispose]();
  }

  #link(host: SshHost, way: readonly SshHost[], options: LinkOptions): Promise<Link> {
    // Taken once: a key that we add ourselves is no reason to log in again.
    this.#traits ??= loginTraits(this.settings, process.env);
    const name = shareName(this.#traits, way, host, this.settings.username, options.forward ?? '');
    const key = options.forwardAgent === true ? `agent ${name}` : name;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(name, host, way, options);
    this.#links.set(key, opening);
    opening.catch(() => this.#links.delete(key));
    return opening;
  }

  async #open(name: string, host: SshHost, way: readonly SshHost[], options: LinkOptions): Promise<Link> {
    options.signal?.throwIfAborted();
    const last = way.at(-1);
    const before =
      last === undefined ? undefined : await this.#link(last, way.slice(0, -1), { signal: options.signal });
    if (this.#folder === undefined || options.forwardAgent === true)
      return this.#openOwn(host, before, options);
    return this.#openShared(this.#folder, name, host, before, options);
  }

  async #openOwn(host: SshHost, way: Link | undefined, options: LinkOptions): Promise<Link> {
    const folder = this.scratch();
    const at = (kind: string) => join(folder, `${this.#closing.length}.${kind}`);
    const master = {
      ...masterAt(at, host, way, options.forward),
      forwardAgent: options.forwardAgent === true,
    };
    const run = { environment: this.environment(), say: this.#say, signal: options.signal };
    this.#closing.push(await startOwn(master, this.settings, run, folder));
    return { ...master, socketPath: master.forward?.local ?? '', log: () => readLog(master.logFile) };
  }

  async #openShared(
    folder: string,
    name: string,
    host: SshHost,
    way: Link | undefined,
    options: LinkOptions,
  ): Promise<Link> {
    const shareS = this.settings.shareS ?? 0;
    const published = (kind: string) => join(folder, `${name}.${kind}`);
    const link = (logFile: string, from: number): Link => ({
      host,
      way,
      controlPath: published('ctl'),
      socketPath: published('sock'),
      log: () => readLog(logFile, from),
    });
    const windowMs = shareS * 1000 * usablePart;
    this.#touched.add(published('ctl'));
    if (ageMs(published('ctl')) < windowMs && (await answers(published('ctl')))) {
      touch(published('ctl'));
      return link(published('log'), readLog(published('log')).length);
    }
    await sweepShares(folder, Date.now());
    const at = (kind: string) => join(folder, `${name}-${process.pid}.${kind}`);
    const master = { ...masterAt(at, host, way, options.forward), persistS: shareS };
    for (const kind of ['ctl', 'sock', 'log']) remove(at(kind));
    await startShared(master, this.settings, {
      environment: this.environment(),
      say: this.#say,
      signal: options.signal,
    });
    // The last one that connected is what the next command finds; an older one ends for want of use.
    for (const kind of options.forward === undefined ? ['log', 'ctl'] : ['log', 'sock', 'ctl'])
      publish(at(kind), published(kind));
    return link(master.logFile, 0);
  }
}

function masterAt(
  at: (kind: string) => string,
  host: SshHost,
  way: Link | undefined,
  forward: string | undefined,
) {
  return {
    host,
    way,
    controlPath: at('ctl'),
    logFile: at('log'),
    ...(forward === undefined ? {} : { forward: { local: at('sock'), remote: forward } }),
  };
}

/** A link under the common name, in one step. */
function publish(own: string, common: string): void {
  const beside = `${own}.new`;
  remove(beside);
  symlinkSync(own, beside);
  renameSync(beside, common);
}

/** When a connection was used last is the time of its link. */
function ageMs(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const age = found === undefined ? Number.POSITIVE_INFINITY : Date.now() - found.mtimeMs;
  // From the future: the clock was set back, and tells nothing.
  return age < 0 ? Number.POSITIVE_INFINITY : age;
}

function touch(path: string): void {
  const now = new Date();
  try {
    lutimesSync(path, now, now);
  } catch {
    // It is gone: then nobody uses it again.
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there.
  }
}
