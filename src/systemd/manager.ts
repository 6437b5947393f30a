// systemd's manager over D-Bus: typed calls, jobs followed to their end, units followed by signals.

import type { Bus, BusAddress } from './bus.ts';
import type { BusMessage } from './bus-codec.ts';
import { callError } from './bus-errors.ts';
import { BusLink } from './bus-link.ts';
import { systemdErrors } from './errors.ts';
import { Jobs } from './jobs.ts';
import { Limiter } from './limiter.ts';
import {
  defaultDeadlineMs,
  destination,
  ManagerCalls,
  managerInterface,
  managerPath,
  propertiesInterface,
  unitInterface,
  unitRow,
} from './manager-calls.ts';
import type { CallOptions, Follower, Job, JobMode, JobVerb, Manager, UnitChange } from './model.ts';
import { replyJobId, replyList, replyNumber, replyRecord, replyString } from './reply.ts';
import { UnitFollower } from './unit-follower.ts';

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

export class BusManager extends ManagerCalls implements Manager {
  readonly #jobs = new Jobs();
  readonly #followers = new Set<UnitFollower>();
  readonly #starts: Limiter;
  /** Stops have their own room, so that starts that hang can always be stopped. */
  readonly #stops: Limiter;
  #link: BusLink | undefined;
  #followMatched: Promise<void> | undefined;
  #reloading = false;

  /** Connects; throws `systemd.unavailable` when that fails now. Later it reconnects by itself. */
  static async open(address: BusAddress, deadlineMs: number): Promise<BusManager> {
    const manager = new BusManager(maxJobs[address.kind]);
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
    super();
    this.#starts = new Limiter(jobRoom);
    this.#stops = new Limiter(jobRoom);
  }

  async job(verb: JobVerb, unit: string, mode: JobMode = 'replace', options?: CallOptions): Promise<Job> {
    const room = verb === 'stop' ? this.#stops : this.#starts;
    await room.acquire();
    this.#jobs.asking();
    let id: number | undefined;
    try {
      const [path] = await this.ask({
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

  follow(onChange: (change: UnitChange) => void, options: { readonly signal: AbortSignal }): Follower {
    const follower = new UnitFollower({
      onChange,
      signal: options.signal,
      list: async (names) => {
        // The signals must be on their way before the listing that they continue.
        await this.#followMatched;
        return (await this.rowsByNames(names)).map(unitRow);
      },
    });
    this.#followers.add(follower);
    options.signal.addEventListener('abort', () => this.#followers.delete(follower), { once: true });
    this.#followMatched ??= this.#addFollowMatches();
    return follower;
  }

  async #addFollowMatches(): Promise<void> {
    const link = this.connection();
    // When that fails the connection is gone, and the next one is prepared with them.
    await Promise.all(followMatches.map((rule) => link.addMatch(rule, defaultDeadlineMs))).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link?.[Symbol.asyncDispose]();
    this.#followers.clear();
    this.#jobs.lost(this.#jobs.ids);
  }

  protected override connection(): BusLink {
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
      const [rows] = await this.ask({ what: 'list its jobs', repeatable: true, member: 'ListJobs' });
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
      await this.ask({ what: 'send its signals', member: 'Subscribe' });
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
}
