// systemd's manager over D-Bus: typed calls, jobs followed to their end, units followed by signals.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, BusAddress } from './bus.ts';
import type { BusMessage } from './bus-codec.ts';
import { callError, isAway } from './bus-errors.ts';
import { BusLink } from './bus-link.ts';
import { systemdErrors } from './errors.ts';
import { Jobs } from './jobs.ts';
import { Limiter } from './limiter.ts';
import type {
  CallOptions,
  Follower,
  Job,
  JobMode,
  JobVerb,
  Manager,
  UnitChange,
  UnitFileChange,
  UnitRow,
} from './model.ts';
import { unitObjectPath } from './object-path.ts';
import { replyFileChanges, replyJobId, replyList, replyNumber, replyRecord, replyString } from './reply.ts';
import { UnitFollower } from './unit-follower.ts';
import { parseUnitName } from './unit-name.ts';

const destination = 'org.freedesktop.systemd1';
const managerPath = '/org/freedesktop/systemd1';
const managerInterface = 'org.freedesktop.systemd1.Manager';
const unitInterface = 'org.freedesktop.systemd1.Unit';
const propertiesInterface = 'org.freedesktop.DBus.Properties';

const defaultDeadlineMs = 25_000;
/** Reading all unit files again takes seconds on a large machine. */
const reloadDeadlineMs = 90_000;
/** While systemd re-executes it is away from the bus for about this long. */
const awayPauseMs = 50;

/** Above about 500 waiting jobs dbus-daemon throws PID 1 off the bus; PID 1's own socket has no such limit. */
const maxJobs = { system: 64, private: 1024 } as const;

const jobMethods: Readonly<Record<JobVerb, string>> = {
  start: 'StartUnit',
  stop: 'StopUnit',
  restart: 'RestartUnit',
  reload: 'ReloadUnit',
  'try-restart': 'TryRestartUnit',
  'reload-or-restart': 'ReloadOrRestartUnit',
  'reload-or-try-restart': 'ReloadOrTryRestartUnit',
};

const fromSystemd = `type='signal',sender='${destination}'`;
const managerMatches = ['JobRemoved', 'Reloading'].map(managerMatch);
const ownerMatch = `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${destination}'`;
const followMatches = [
  ...['UnitNew', 'UnitRemoved'].map(managerMatch),
  `${fromSystemd},interface='${propertiesInterface}',member='PropertiesChanged',` +
    `path_namespace='${managerPath}/unit',arg0='${unitInterface}'`,
];

function managerMatch(member: string): string {
  return `${fromSystemd},path='${managerPath}',interface='${managerInterface}',member='${member}'`;
}

interface Ask {
  /** What is tried, for the error's sentence. */
  readonly what: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly path?: string;
  readonly interface?: string;
  readonly deadlineMs?: number | undefined;
  /** It only reads, and may be asked again when the connection was lost meanwhile. */
  readonly repeatable?: boolean;
}

export class BusManager implements Manager {
  readonly #jobs = new Jobs();
  readonly #followers = new Set<UnitFollower>();
  readonly #starts: Limiter;
  /** Stops have their own room, so that starts that hang can always be stopped. */
  readonly #stops: Limiter;
  #link: BusLink | undefined;
  #followMatched: Promise<void> | undefined;
  #reloading = false;

  /** Connects; throws `systemd.unavailable` when that fails now. Later it reconnects by itself. */
  static async open(address: () => BusAddress, deadlineMs: number): Promise<BusManager> {
    const manager = new BusManager(maxJobs[address().kind]);
    manager.#link = await BusLink.open({
      address,
      deadlineMs,
      onSignal: (signal) => manager.#onSignal(signal),
      prepare: (bus) => manager.#prepare(bus),
      onReconnected: () => void manager.#catchUp(true),
    });
    return manager;
  }

  private constructor(jobRoom: number) {
    this.#starts = new Limiter(jobRoom);
    this.#stops = new Limiter(jobRoom);
  }

  async job(verb: JobVerb, unit: string, mode: JobMode = 'replace', options?: CallOptions): Promise<Job> {
    const room = verb === 'stop' ? this.#stops : this.#starts;
    await room.acquire();
    this.#jobs.asking();
    let id: number | undefined;
    try {
      const [path] = await this.#ask({
        what: `${verb} ${unit}`,
        member: jobMethods[verb],
        signature: 'ss',
        body: [unit, mode],
        deadlineMs: options?.deadlineMs,
      });
      id = replyJobId(path);
      return { id, unit, result: this.#endOf(id, unit, room) };
    } catch (error) {
      if (id === undefined) this.#jobs.answered(undefined, unit);
      room.release();
      throw error;
    }
  }

  #endOf(id: number, unit: string, room: Limiter): Job['result'] {
    const result = this.#jobs.answered(id, unit);
    if (result === undefined) throw new Error('A job with a number has a result.');
    const release = () => room.release();
    result.then(release, release);
    return result;
  }

  async listUnits(patterns: readonly string[] = []): Promise<readonly UnitRow[]> {
    const [rows] = await this.#ask({
      what: 'list its units',
      repeatable: true,
      ...(patterns.length === 0
        ? { member: 'ListUnits' }
        : { member: 'ListUnitsByPatterns', signature: 'asas', body: [[], patterns] }),
    });
    return replyList(rows).map(unitRow);
  }

  async listUnitsByNames(names: readonly string[]): Promise<readonly UnitRow[]> {
    return (await this.#rowsByNames(names)).map(unitRow);
  }

  async #rowsByNames(names: readonly string[]): Promise<readonly unknown[]> {
    const [rows] = await this.#ask({
      what: `list ${names.length} units`,
      repeatable: true,
      member: 'ListUnitsByNames',
      signature: 'as',
      body: [names],
    });
    const list = replyList(rows);
    if (list.length === names.length) return list;
    throw systemdErrors.error(
      'bad-reply',
      `systemd answered ${list.length} units for ${names.length} names.`,
    );
  }

  async unitProperties(name: string): Promise<Readonly<Record<string, unknown>>> {
    const [properties] = await this.#ask({
      what: `read the properties of ${name}`,
      repeatable: true,
      path: pathOf(name),
      interface: propertiesInterface,
      member: 'GetAll',
      signature: 's',
      body: [''],
    });
    return replyRecord(properties);
  }

  async unitProperty(name: string, property: string): Promise<unknown> {
    const path = pathOf(name);
    const type = parseUnitName(name)?.type ?? 'service';
    const typeInterface = `${destination}.${type.charAt(0).toUpperCase()}${type.slice(1)}`;
    const what = `read ${property} of ${name}`;
    try {
      return await this.#property(what, path, unitInterface, property);
    } catch (error) {
      if (!systemdErrors.is(error, 'refused')) throw error;
      return await this.#property(what, path, typeInterface, property);
    }
  }

  managerProperty(property: string): Promise<unknown> {
    return this.#property(`read its ${property}`, managerPath, managerInterface, property);
  }

  async #property(what: string, path: string, of: string, property: string): Promise<unknown> {
    const ask = {
      what,
      repeatable: true,
      path,
      interface: propertiesInterface,
      member: 'Get',
      signature: 'ss',
    };
    const [value] = await this.#ask({ ...ask, body: [of, property] });
    return value;
  }

  async reload(options?: CallOptions): Promise<void> {
    const deadlineMs = options?.deadlineMs ?? reloadDeadlineMs;
    await this.#ask({ what: 'reload its unit files', member: 'Reload', deadlineMs });
  }

  async resetFailed(unit: string): Promise<void> {
    await this.#ask({ what: `reset ${unit}`, member: 'ResetFailedUnit', signature: 's', body: [unit] });
  }

  async killUnit(unit: string, who: 'main' | 'control' | 'all', signal: number): Promise<void> {
    const body = [unit, who, signal];
    await this.#ask({ what: `send a signal to ${unit}`, member: 'KillUnit', signature: 'ssi', body });
  }

  linkUnitFiles(
    paths: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('link', 'LinkUnitFiles', paths, [runtime, force]);
  }

  enableUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('enable', 'EnableUnitFiles', files, [runtime, force]);
  }

  disableUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return this.#files('disable', 'DisableUnitFiles', files, [runtime]);
  }

  maskUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('mask', 'MaskUnitFiles', files, [runtime, force]);
  }

  unmaskUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return this.#files('unmask', 'UnmaskUnitFiles', files, [runtime]);
  }

  async #files(
    verb: string,
    member: string,
    files: readonly string[],
    flags: readonly boolean[],
  ): Promise<readonly UnitFileChange[]> {
    const signature = `as${'b'.repeat(flags.length)}`;
    const answer = await this.#ask({
      what: `${verb} ${files.join(', ')}`,
      member,
      signature,
      body: [files, ...flags],
    });
    // EnableUnitFiles answers first whether there was an [Install] section.
    return replyFileChanges(answer.at(-1));
  }

  async unitFileState(file: string): Promise<string> {
    const what = `tell the state of the file of ${file}`;
    const [state] = await this.#ask({
      what,
      repeatable: true,
      member: 'GetUnitFileState',
      signature: 's',
      body: [file],
    });
    return replyString(state);
  }

  follow(onChange: (change: UnitChange) => void, options: { readonly signal: AbortSignal }): Follower {
    const follower = new UnitFollower({
      onChange,
      signal: options.signal,
      list: async (names) => {
        // The signals must be on their way before the listing that they continue.
        await this.#followMatched;
        return (await this.#rowsByNames(names)).map(unitRow);
      },
    });
    this.#followers.add(follower);
    options.signal.addEventListener('abort', () => this.#followers.delete(follower), { once: true });
    this.#followMatched ??= this.#addFollowMatches();
    return follower;
  }

  async #addFollowMatches(): Promise<void> {
    const link = this.#connection();
    // When that fails the connection is gone, and the next one is prepared with them.
    await Promise.all(followMatches.map((rule) => link.addMatch(rule, defaultDeadlineMs))).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link?.[Symbol.asyncDispose]();
    this.#followers.clear();
    this.#jobs.lost(this.#jobs.ids);
  }

  #connection(): BusLink {
    if (this.#link !== undefined) return this.#link;
    throw systemdErrors.error('unavailable', 'There is no connection to systemd yet.');
  }

  async #prepare(bus: Bus): Promise<void> {
    this.#reloading = false;
    const matches =
      this.#followMatched !== undefined ? [...managerMatches, ...followMatches] : managerMatches;
    await Promise.all([ownerMatch, ...matches].map((rule) => bus.addMatch(rule, defaultDeadlineMs)));
    const subscribe = { destination, path: managerPath, interface: managerInterface, member: 'Subscribe' };
    try {
      await bus.call(subscribe, defaultDeadlineMs);
    } catch (error) {
      const coded = callError('send its signals', error);
      // "Already subscribed" is an error on the bus, and what we want.
      if (!systemdErrors.is(coded, 'refused')) throw coded;
    }
  }

  /** After signals may have been missed: list first, then believe signals again. */
  async #catchUp(report: boolean): Promise<void> {
    for (const follower of this.#followers) follower.resync(report);
    const before = this.#jobs.ids;
    if (before.length === 0) return;
    try {
      const [rows] = await this.#ask({ what: 'list its jobs', repeatable: true, member: 'ListJobs' });
      const alive = new Set(replyList(rows).map((row) => replyList(row)[0]));
      this.#jobs.lost(before.filter((id) => !alive.has(id)));
    } catch {
      this.#jobs.lost(before);
    }
  }

  /** systemd has re-executed itself: it may have forgotten that we subscribed. */
  async #newOwner(): Promise<void> {
    this.#reloading = false;
    try {
      await this.#ask({ what: 'send its signals', member: 'Subscribe' });
    } catch {
      // "Already subscribed"; or gone again, and then another owner or connection follows.
    }
    await this.#catchUp(false);
  }

  #onSignal(signal: BusMessage): void {
    if (signal.interface === propertiesInterface) {
      this.#onPropertiesChanged(signal);
    } else if (signal.interface === managerInterface) {
      this.#onManagerSignal(signal);
    } else if (signal.member === 'NameOwnerChanged') {
      const [name, , owner] = signal.body();
      if (name === destination && owner !== '') void this.#newOwner();
    }
  }

  #onPropertiesChanged(signal: BusMessage): void {
    for (const follower of this.#followers) {
      if (!follower.follows(signal.path)) continue;
      const [of, changed] = signal.body();
      if (of === unitInterface) follower.propertiesChanged(signal.path, replyRecord(changed));
    }
  }

  #onManagerSignal(signal: BusMessage): void {
    if (signal.member === 'JobRemoved') {
      const [id, , , result] = signal.body();
      this.#jobs.removed(replyNumber(id), replyString(result));
    } else if (signal.member === 'Reloading') {
      this.#reloading = signal.body()[0] === true;
      if (!this.#reloading) for (const follower of this.#followers) follower.resync(false);
    } else if (signal.member === 'UnitNew' || signal.member === 'UnitRemoved') {
      // While it reloads systemd announces every unit; all are listed once when it is done.
      if (this.#reloading || this.#followers.size === 0) return;
      const [unit, path] = signal.body().map(replyString);
      for (const follower of this.#followers) {
        if (signal.member === 'UnitNew') follower.unitNew(unit ?? '', path ?? '');
        else follower.unitRemoved(unit ?? '', path ?? '');
      }
    }
  }

  async #ask(ask: Ask): Promise<readonly unknown[]> {
    const link = this.#connection();
    const deadlineMs = ask.deadlineMs ?? defaultDeadlineMs;
    const started = performance.now();
    const left = () => deadlineMs - (performance.now() - started);
    for (;;) {
      const call = {
        path: ask.path ?? managerPath,
        interface: ask.interface ?? managerInterface,
        member: ask.member,
        destination,
        ...(ask.signature === undefined ? {} : { signature: ask.signature, body: ask.body ?? [] }),
      };
      try {
        return await link.call(call, left());
      } catch (error) {
        const again = isAway(error) || (ask.repeatable === true && systemdErrors.is(error, 'disconnected'));
        if (!again || link.closed || left() <= awayPauseMs) throw callError(ask.what, error);
        await sleep(awayPauseMs);
      }
    }
  }
}

function pathOf(name: string): string {
  if (parseUnitName(name) !== undefined) return unitObjectPath(name);
  throw systemdErrors.error('unit-name', `${JSON.stringify(name)} is not the name of a unit.`);
}

function unitRow(row: unknown): UnitRow {
  const fields = replyList(row);
  return {
    name: replyString(fields[0]),
    description: replyString(fields[1]),
    loadState: replyString(fields[2]),
    activeState: replyString(fields[3]),
    subState: replyString(fields[4]),
    path: replyString(fields[6]),
  };
}
