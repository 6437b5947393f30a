// The agent: makes systemd hold what the schedule gives this machine, and knows what became of it.
//
// INVARIANTS
// - Only a snapshot or change of the schedule is a reason to act; a store that is away is none.
// - One thing at a time is done to a unit; different units go their ways in parallel.
// - A unit whose file has the wanted content and that was started before is never started again.

import { type Clock, errnoOf } from '../../host/index.ts';
import type { LeaseId, Store } from '../../store/index.ts';
import type { Follower, Manager, UnitChange, UnitOption } from '../../systemd/index.ts';
import type { Files } from '../files.ts';
import type { Log } from '../log.ts';
import type { Assignment, TargetState, UnitState } from '../model.ts';
import { isQuadlet } from '../quadlet.ts';
import { type Keys, parseKey } from '../registry/keys.ts';
import { type OutcomeRecord, readOutcome } from '../registry/outcome.ts';
import { readAssignment, readAway } from '../registry/records.ts';
import { parseUnitContent } from '../unit-content.ts';
import { checkUnitName } from '../unit-rules.ts';
import { type Content, Contents, contentOf } from './contents.ts';
import { type CutOffOptions, type CutOffReport, untilCutOff } from './cut-off-start.ts';
import { Ends } from './ends.ts';
import { LocalCopy } from './local-copy.ts';
import { Order } from './order.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { type Held, planStep, type Step } from './plan.ts';
import { Publisher } from './publisher.ts';
import { withQuadletNames } from './quadlet-names.ts';
import type { ScheduleCopy } from './schedule-copy.ts';
import { Singletons } from './singletons.ts';
import { type Started, Starts } from './starts.ts';
import { mayPass, SystemdCalls, wordsOf } from './systemd-calls.ts';
import { TimerStamps } from './timer-stamps.ts';
import { Again, Postponed, Turns } from './turns.ts';
import { UnitFolder } from './unit-folder.ts';

export interface AgentOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly machineID: string;
  readonly manager: Manager;
  /** Where unit files are written, `/run/fleet/units` by default. */
  readonly unitsDirectory: string;
  /** Where systemd reads drop-ins of this boot, `/run/systemd/system` by default. */
  readonly dropInsDirectory: string;
  /** Where podman reads quadlets of this boot, `/run/containers/systemd` by default. */
  readonly quadletsDirectory: string;
  /** systemd's folder of the last elapses of timers; where it is not given none are kept. */
  readonly stampsDirectory?: string;
  /** Where the agent remembers what it started; on the same tmpfs. */
  readonly notesDirectory: string;
  /** Keeps a copy of the schedule for a boot without the store; a machine whose store is its own needs none. */
  readonly cutOff?: CutOffOptions;
  /** Until when the store is sure to keep this machine's lease. */
  readonly safeUntilMs: () => number;
  /** One lease, where the schedule does not say how long others wait for this machine. */
  readonly ttlMs: number;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What the agent has in mind, under the names that fleet has for it. */
export interface AgentMemory {
  readonly Agent: { readonly Cache: { readonly TargetStates: Readonly<Record<string, TargetState>> } };
  readonly UnitStatePublisher: {
    /** The states as they are. */
    readonly Cache: Readonly<Record<string, UnitState | undefined>>;
    /** Names of those that are not told yet. */
    readonly ToPublish: readonly string[];
  };
  readonly UnitStateGenerator: { readonly Subscribed: readonly string[] };
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #systemd: SystemdCalls;
  readonly #folder: UnitFolder;
  readonly #contents: Contents;
  readonly #publisher: Publisher;
  readonly #wanted = new Map<string, Assignment>();
  readonly #held = new Map<string, Held>();
  readonly #seen = new Map<string, UnitChange>();
  /** Units that were being started when this daemon took them over. */
  readonly #unheard = new Set<string>();
  readonly #turns: Turns;
  readonly #starts: Starts;
  readonly #order = new Order();
  readonly #stamps: TimerStamps;
  /** Units whose start waits for another, by that other. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #follower: Follower;
  readonly #adopted = Promise.withResolvers<void>();
  #joined = Promise.withResolvers<void>();
  #left = new AbortController();
  #isMember = false;
  readonly #work = new Set<Promise<void>>();
  #followed = false;
  readonly #copy: LocalCopy | undefined;
  /** Contents from the copy, while the store has not spoken. */
  #copied: Pick<ScheduleCopy, 'contents' | 'finished'> | undefined;
  readonly #ends: Ends;
  readonly #outcomes: OutcomeWriter;
  readonly #singletons: Singletons;
  /** The schedule in `#wanted` is what the store says. */
  #told = false;
  #cutOffReport: CutOffReport | undefined;

  constructor(given: AgentOptions) {
    const options = { ...given, manager: withQuadletNames(given.manager) };
    this.#options = options;
    this.#systemd = new SystemdCalls(options.manager);
    this.#stamps = new TimerStamps({ ...options, directory: options.stampsDirectory });
    this.#starts = new Starts(this.#systemd, options.clock, options.signal);
    this.#turns = new Turns({
      next: (name) => planStep(this.#wantedNow(name), this.#held.get(name), this.#starts.isUnheard(name)),
      perform: (name, step) => this.#perform(name, step),
      onTrouble: (name, sentence, isError) => {
        if (sentence !== undefined && isError) options.log.error({ unit: name }, sentence);
        this.#publisher.mark(name);
      },
      clock: options.clock,
      signal: options.signal,
    });
    const { files, unitsDirectory, notesDirectory, dropInsDirectory, quadletsDirectory } = options;
    const folders = [unitsDirectory, notesDirectory, dropInsDirectory, quadletsDirectory] as const;
    this.#folder = new UnitFolder(files, ...folders);
    this.#contents = new Contents(options.store, options.keys, options.clock);
    this.#publisher = new Publisher({
      ...options,
      stateOf: (name) => this.#stateOf(name),
      names: () => [...this.#held.keys(), ...this.#turns.troubled()],
    });
    this.#outcomes = new OutcomeWriter(options);
    this.#ends = new Ends({
      manager: options.manager,
      heldOf: (name) => this.#held.get(name),
      onFinished: (name, held) => this.#finish(name, held),
      onFailures: (name, held, failures) => this.#tellOutcome(name, held, { failures }),
      background: (work) => this.#background(work),
    });
    this.#singletons = new Singletons({
      ...options,
      systemd: this.#systemd,
      names: () => this.#ends.stoppingCutOff(),
      stopWithinMs: (name) => this.#wanted.get(name)?.stopWithinMs ?? options.ttlMs,
      // Without a schedule nothing is begun, and what must not run is only stopped.
      onChange: (name) => {
        if (this.#told || this.#singletons.isClosed(name)) this.#turns.attend(name);
      },
      background: (work) => this.#background(work),
    });
    const { cutOff } = options;
    if (cutOff !== undefined) {
      this.#copy = new LocalCopy({
        ...options,
        path: cutOff.copyFile,
        date: cutOff.date,
        assignments: () => (this.#told ? this.#carriedOut() : undefined),
        finished: () => [...this.#held].flatMap(([name, { finished }]) => (finished === true ? [name] : [])),
        content: async (hash) => (await this.#contents.get(hash))?.value,
      });
    }
    const onChange = (change: UnitChange) => {
      this.#seen.set(change.name, change);
      this.#hearEnd(change);
      this.#publisher.mark(change.name);
      this.#watchFailure(change);
      if (change.name.endsWith('.timer')) this.#background(this.#stamps.changed(change.name));
      this.#ends.changed(change);
    };
    this.#follower = options.manager.follow(onChange, { signal: options.signal });
  }

  /** Takes over what is on the machine, then follows the schedule until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    await this.#adopt();
    this.#adopted.resolve();
    signal.addEventListener('abort', () => this.#joined.resolve(), { once: true });
    this.#background(this.#startCutOff());
    while (!signal.aborted) {
      // Until we are known to be the one machine of our ID, its schedule may be another's.
      await this.#joined.promise;
      await this.#followSchedule(AbortSignal.any([signal, this.#left.signal]));
    }
    await this.#turns.settled();
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    await this.#copy?.finish();
  }

  /** What was started without the store, while it is still away. */
  get cutOff(): CutOffReport | undefined {
    return this.#cutOffReport;
  }

  /** Names of the units that are here. */
  names(): Iterable<string> {
    return this.#held.keys();
  }

  /** The units of this machine as it has them, in the order of their names. */
  local(): UnitState[] {
    const names = new Set([...this.#held.keys(), ...this.#turns.troubled()]);
    return [...names].sort().flatMap((name) => this.#stateOf(name) ?? []);
  }

  /** Has the copy say that what it holds was confirmed just now, if that is so. */
  async confirm(): Promise<void> {
    if (this.#isMember && this.#options.cutOff?.isCutOff() === false) await this.#copy?.confirm();
  }

  /** A machine that was booted without the store starts what it had, once it has waited for it. */
  async #startCutOff(): Promise<void> {
    const { cutOff, clock, log, signal } = this.#options;
    if (cutOff === undefined || this.#copy === undefined) return;
    const found = await untilCutOff(cutOff, this.#copy, this.#joined.promise, clock, signal);
    if (found === undefined) return;
    const { copy, start, wait } = found;
    this.#copied = copy;
    for (const assignment of start) this.#wanted.set(assignment.unit, assignment);
    const started = start.map(({ unit }) => unit);
    this.#cutOffReport = { confirmedAt: copy.confirmedAt, started, waiting: wait };
    const many = `${start.length} ${start.length === 1 ? 'unit' : 'units'}`;
    log.warn({}, `The store is away: ${many} of the local copy of ${copy.confirmedAt} are started.`);
    for (const { name, reason } of wait) log.warn({ unit: name }, reason);
    for (const name of started) this.#turns.attend(name);
  }

  /** What the schedule gives this machine and is here. */
  #carriedOut(): Assignment[] {
    return [...this.#wanted.values()].filter(({ unit, hash }) => this.#held.get(unit)?.hash === hash);
  }

  async #followSchedule(signal: AbortSignal): Promise<void> {
    const { store, keys, machineID } = this.#options;
    const range = keys.ranges.scheduleOf(machineID);
    for await (const event of store.watch(range, { signal })) {
      if (event.kind === 'connection') continue;
      const touched = new Set<string>();
      if (event.kind === 'snapshot') {
        this.#told = true;
        this.#copied = undefined;
        this.#cutOffReport = undefined;
        for (const name of [...this.#wanted.keys(), ...this.#held.keys()]) touched.add(name);
        this.#wanted.clear();
        for (const { key, value, modRevision } of event.keyValues)
          this.#want(key, value, modRevision, touched);
      } else {
        for (const change of event.changes) {
          if (change.kind === 'put') {
            this.#want(change.keyValue.key, change.keyValue.value, change.keyValue.modRevision, touched);
          } else this.#want(change.key, undefined, change.modRevision, touched);
        }
      }
      for (const name of touched) this.#turns.attend(name);
      if (touched.size > 0) this.#copy?.mark();
    }
  }

  /** Another machine has our ID: what runs here runs on, and the schedule is not ours until we join again. */
  leave(): void {
    if (!this.#isMember || this.#options.signal.aborted) return;
    this.#isMember = false;
    this.#told = false;
    this.#joined = Promise.withResolvers();
    this.#left.abort();
  }

  /** Publishes states under this lease until the signal aborts. */
  async publish(lease: LeaseId, signal: AbortSignal): Promise<void> {
    if (!this.#isMember) this.#left = new AbortController();
    this.#isMember = true;
    this.#joined.resolve();
    await this.#adopted.promise;
    this.#singletons.look();
    await Promise.all([this.#publisher.run(lease, signal), this.#outcomes.run(signal)]);
  }

  inspect(): AgentMemory {
    const held = [...this.#held.keys()].sort();
    const targets = [...this.#wanted].map(([name, { targetState }]) => [name, targetState] as const);
    return {
      Agent: { Cache: { TargetStates: Object.fromEntries(targets) } },
      UnitStatePublisher: {
        Cache: Object.fromEntries(held.map((name) => [name, this.#stateOf(name)])),
        ToPublish: this.#publisher.waiting,
      },
      UnitStateGenerator: { Subscribed: held },
    };
  }

  /** How many units this machine has, is to have, and has trouble with. */
  counts(): { readonly held: number; readonly wanted: number; readonly failing: number } {
    const failing = new Set(this.#turns.troubled());
    for (const [name, { problem }] of this.#held) {
      if (problem !== undefined || this.#seen.get(name)?.activeState === 'failed') failing.add(name);
    }
    return { held: this.#held.size, wanted: this.#wanted.size, failing: failing.size };
  }

  #want(key: string, value: string | undefined, revision: number, touched: Set<string>): void {
    const { keys, machineID } = this.#options;
    const name = parseKey(keys, key);
    if (name?.kind !== 'schedule') return;
    // A name becomes a file name and goes to systemd: what is none is not touched.
    if (checkUnitName(name.id) !== undefined) return;
    const assignment = value === undefined ? undefined : readAssignment(value, name.id, machineID, revision);
    if (assignment === undefined) this.#wanted.delete(name.id);
    else this.#wanted.set(name.id, assignment);
    touched.add(name.id);
  }

  /** What a daemon before us left here is ours: what it runs goes on. */
  async #adopt(): Promise<void> {
    const { log } = this.#options;
    const files = await this.#folder.list();
    await Promise.all(
      [...files].map(async ([name, { hash, note, content }]) => {
        const row = await this.#systemd.row(name);
        // Without its link the file is one that a daemon wrote in its last moment.
        if (row.loadState === 'not-found') return;
        const up = ['active', 'activating', 'reloading'].includes(row.activeState);
        const known = note?.hash === hash ? note : undefined;
        const held: Held = known ?? { hash, reached: up ? 'launched' : 'loaded', revision: 0 };
        this.#held.set(name, up ? { ...held, reached: 'launched' } : held);
        this.#seen.set(name, row);
        // Its start was asked for by a daemon before us, which did not live to hear how it ended.
        if (held.reached === 'launched' && held.jobResult === undefined) this.#unheard.add(name);
        this.#hearEnd(row);
        this.#ends.learn(name, optionsOf(content));
        this.#order.learn(name, optionsOf(content));
        this.#stamps.adopt(name, optionsOf(content));
        if (!up) this.#ends.check(name, true);
      }),
    );
    this.#singletons.look();
    if (files.size > 0)
      log.info({ units: this.#held.size }, `Took over ${this.#held.size} units as they are.`);
    this.#follow();
  }

  /** The end of a start that nobody follows, from the state that it led to. */
  #hearEnd({ name, activeState }: Pick<UnitChange, 'name' | 'activeState'>): void {
    if (!['active', 'failed', 'inactive'].includes(activeState) || !this.#unheard.delete(name)) return;
    const held = this.#held.get(name);
    if (held?.reached !== 'launched' || held.jobResult !== undefined) return;
    const failed = activeState === 'failed';
    const end = failed
      ? { jobResult: 'failed', problem: 'It failed while fleetd was down.' }
      : { jobResult: 'done' };
    this.#note(name, { ...held, ...end });
  }

  async #perform(name: string, step: Exclude<Step, 'none'>): Promise<void> {
    const wanted = this.#wantedNow(name);
    const held = this.#held.get(name);
    if (wanted === undefined || step === 'unload' || step === 'replace') await this.#unload(name);
    else if (step === 'load') await this.#load(wanted);
    else if (step === 'start' || step === 'restart') await this.#start(wanted, step);
    else if (step === 'stop') await this.#stop(wanted);
    else if (held !== undefined) {
      const now = { ...held, revision: wanted.revision ?? 0 };
      this.#note(name, now);
      if (now.finished === true) this.#finish(name, now);
    }
  }

  /** What is wanted of a unit, but for one that must not run here until the store is back. */
  #wantedNow(name: string): Assignment | undefined {
    const wanted = this.#wanted.get(name);
    if (!this.#singletons.isClosed(name)) return wanted;
    if (wanted !== undefined) return { ...wanted, targetState: 'loaded' };
    const held = this.#held.get(name);
    if (held === undefined || this.#told) return undefined;
    const { hash, revision } = held;
    const { machineID } = this.#options;
    return { unit: name, machineID, hash, revision, targetState: 'loaded', reason: '' };
  }

  /** Stops the units that must not run twice, and kills what is up after that time. */
  stopSingletons(limitMs: number): Promise<void> {
    return this.#singletons.stopAll(limitMs);
  }

  async #load(wanted: Assignment): Promise<void> {
    const { unit: name, hash } = wanted;
    await this.#untilLeft(wanted);
    const [content, row] = await Promise.all([this.#content(wanted), this.#systemd.row(name)]);
    if (content === undefined) {
      return this.#refuse(wanted, `The content ${hash} of ${name} is not in the store.`);
    }
    await this.#prepareTimer(name, content);
    this.#folder.write(name, content.text);
    if (isQuadlet(name)) {
      const refusal = await this.#loadQuadlet(name, content);
      if (refusal !== undefined) return this.#refuse(wanted, refusal);
      return this.#loaded(wanted, content);
    }
    const foreign = await this.#folder.dropIns.replace(name, content.dropIns);
    if (foreign !== undefined) {
      const what = `${foreign} is somebody else's, and the unit has a drop-in of that name`;
      return this.#refuse(wanted, `${what}: remove the file, or give the drop-in another name.`);
    }
    try {
      const path = this.#folder.path(name);
      await this.#systemd.link(path);
      if (content.install) await this.#systemd.enable(path);
    } catch (error) {
      if (mayPass(error)) throw error;
      return this.#refuse(wanted, `systemd does not take the unit file of ${name}: ${wordsOf(error)}`);
    }
    // A unit that systemd has never loaded is read from its file when it is first needed.
    if (row.loadState !== 'not-found' || content.install || content.dropIns.length > 0)
      await this.#systemd.reload();
    return this.#loaded(wanted, content);
  }

  /** A timer that was elsewhere before goes on from there. */
  async #prepareTimer(name: string, content: Content): Promise<void> {
    if (!name.endsWith('.timer')) return;
    try {
      await this.#stamps.prepare(name, content.options);
    } catch (error) {
      if (errnoOf(error) === undefined) throw new Again(wordsOf(error), { cause: error });
      const words = `When ${name} elapsed last cannot be told to systemd: ${wordsOf(error)}`;
      this.#options.log.warn({ unit: name }, words);
    }
  }

  /** Has podman make a service of a quadlet; returns why it does not, as a sentence. */
  async #loadQuadlet(name: string, content: Content): Promise<string | undefined> {
    const foreign = await this.#folder.quadlets.write(name, content.text, content.dropIns);
    if (foreign !== undefined)
      return `${foreign} is somebody else's: remove the file, or give the unit another name.`;
    await this.#systemd.reload();
    const { loadState } = await this.#systemd.row(name);
    if (loadState !== 'not-found') return undefined;
    return `podman's generator does not take ${name}: ${await this.#folder.quadlets.refusal(name)}.`;
  }

  /** systemd has the unit; it is started where that is wanted. */
  async #loaded(wanted: Assignment, content: Content): Promise<void> {
    const { unit: name, hash } = wanted;
    this.#ends.learn(name, content.options);
    this.#singletons.look();
    this.#order.learn(name, content.options);
    const revision = wanted.revision ?? 0;
    if (await this.#isDone(wanted)) {
      this.#note(name, { ...carriedOut(wanted), reached: 'launched', jobResult: 'done', finished: true });
      return this.#follow();
    }
    if (wanted.targetState === 'launched') {
      this.#held.set(name, { hash, reached: 'loaded', revision: -1 });
      this.#follow();
      this.#tellWaiting(name);
      return this.#start(wanted);
    }
    this.#note(name, { hash, reached: 'loaded', revision, jobResult: 'done' });
    this.#follow();
  }

  /** A unit that moves runs nowhere while it moves: who had it before has stopped it first. */
  async #untilLeft({ unit: name, after = [] }: Assignment): Promise<void> {
    const { store, keys } = this.#options;
    // What is in the copy had come here.
    if (this.#copied !== undefined) return;
    for (const machine of after) {
      // The state is taken away when nothing of the unit is left there, and goes with its machine's lease. The
      // mark of a stopped daemon says what it left: it may come long after the unit was stopped there.
      const keysOf = [keys.state(machine, name), keys.away(machine)];
      const [state, mark] = await Promise.all(keysOf.map((key) => store.get(key))).catch((cause: unknown) => {
        throw new Again(wordsOf(cause), { cause });
      });
      const isLeft = mark !== undefined && readAway(mark.value).units?.includes(name) === true;
      if (isLeft) {
        throw new Postponed(
          `It may be running on ${machine.slice(0, 8)}, which had it before and whose fleetd is stopped: start that.`,
        );
      }
      if (state === undefined) continue;
      throw new Postponed(`It is still being stopped on ${machine.slice(0, 8)}, which had it before.`);
    }
  }

  /** Whether a unit that runs once did so under this entry, before this machine was booted. */
  async #isDone({ unit: name, hash, targetState, revision = 0 }: Assignment): Promise<boolean> {
    const { store, keys } = this.#options;
    if (targetState !== 'launched' || this.#ends.traits(name)?.runsOnce !== true) return false;
    if (this.#copied !== undefined) return this.#copied.finished.includes(name);
    const found = await store.get(keys.outcome(name)).catch((cause: unknown) => {
      throw new Again(wordsOf(cause), { cause });
    });
    const outcome = found && readOutcome(found.value);
    return outcome?.finishedAt !== undefined && outcome.hash === hash && outcome.revision === revision;
  }

  #finish(name: string, held: Held): void {
    this.#note(name, held);
    this.#tellOutcome(name, held, { finishedAt: new Date().toISOString() });
  }

  #tellOutcome(
    name: string,
    { hash, revision }: Held,
    how: Pick<OutcomeRecord, 'finishedAt' | 'failures'>,
  ): void {
    const { machineID } = this.#options;
    if (revision > 0) this.#outcomes.tell(name, { machineID, hash, revision, ...how });
  }

  async #content({ hash }: Assignment): Promise<Content | undefined> {
    const copied = this.#copied?.contents.get(hash);
    if (copied !== undefined) return contentOf(copied);
    try {
      return await this.#contents.get(hash);
    } catch (error) {
      throw new Again(wordsOf(error), { cause: error });
    }
  }

  async #start(wanted: Assignment, verb: 'start' | 'restart' = 'start'): Promise<void> {
    const { unit: name } = wanted;
    this.#awaitOthers(name);
    const held: Held = { ...carriedOut(wanted), reached: 'launched' };
    if (this.#ends.traits(name)?.stopsCutOff === true) await this.#singletons.confirm(wanted);
    this.#ends.started(name);
    try {
      const started = await this.#starts.begin(name, verb);
      this.#note(name, held);
      this.#background(this.#followStart(name, held, started));
    } catch (error) {
      if (mayPass(error)) throw error;
      const problem = `systemd refused to ${verb} ${name}: ${wordsOf(error)}`;
      this.#note(name, { ...held, jobResult: 'failed', problem });
    }
  }

  /** What a unit names and is given to this machine as well comes before its start. */
  #awaitOthers(name: string): void {
    const blocker = this.#order.blocker(name, {
      isWanted: (other) => this.#wanted.has(other),
      isLoaded: (other) => this.#held.get(other)?.hash === this.#wanted.get(other)?.hash,
      isToStart: (other) =>
        this.#wanted.get(other)?.targetState === 'launched' && this.#held.get(other)?.reached !== 'launched',
    });
    if (blocker === undefined) return;
    const waiting = this.#waiting.get(blocker.unit);
    if (waiting === undefined) this.#waiting.set(blocker.unit, new Set([name]));
    else waiting.add(name);
    throw new Postponed(
      `It waits for ${blocker.unit}, which its file names, to be ${blocker.until} on its machine.`,
    );
  }

  /** A unit got further: those that wait for it go on. */
  #tellWaiting(name: string): void {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const other of waiting ?? []) this.#turns.attend(other);
  }

  /** The end of a start belongs to the assignment that asked for it, if that still stands. */
  async #followStart(name: string, held: Held, started: Started): Promise<void> {
    const isCurrent = () => this.#held.get(name) === held;
    const outcome = await this.#starts.outcome(name, started, isCurrent);
    if (outcome === undefined || !isCurrent()) return;
    const failed = outcome !== 'done' || this.#seen.get(name)?.activeState === 'failed';
    const problem = failed ? await this.#starts.describeFailure(name, outcome) : undefined;
    if (!isCurrent()) return;
    this.#note(name, { ...held, jobResult: outcome, ...(problem === undefined ? {} : { problem }) });
    this.#ends.check(name);
  }

  /** A unit that fails after its start says so, until it is up again; what to do is systemd's to know. */
  #watchFailure({ name, activeState }: UnitChange): void {
    const held = this.#held.get(name);
    if (held?.reached !== 'launched' || held.jobResult !== 'done') return;
    if (activeState === 'active' && held.problem !== undefined) {
      const { problem: _over, ...well } = held;
      this.#note(name, well);
    } else if (activeState === 'failed' && held.problem === undefined) {
      this.#background(
        this.#starts.describeFailure(name, 'done').then((problem) => {
          if (this.#held.get(name) === held) this.#note(name, { ...held, problem });
        }),
      );
    }
  }

  async #stop(wanted: Assignment): Promise<void> {
    const { unit: name, hash } = wanted;
    const jobResult = await this.#systemd.stop(name);
    this.#starts.forget(name);
    this.#note(name, { hash, reached: 'loaded', revision: wanted.revision ?? 0, jobResult });
  }

  /** Leaves nothing of the unit: not running, no link, no file, no failed state. */
  async #unload(name: string): Promise<void> {
    await this.#systemd.stop(name);
    await this.#stamps.settle(name);
    if (!isQuadlet(name)) await this.#systemd.disable(name);
    await this.#systemd.resetFailed(name);
    this.#folder.remove(name);
    if (isQuadlet(name)) await this.#folder.quadlets.remove(name);
    else await this.#folder.dropIns.remove(name);
    // Something else may still name it, and so keep what systemd read from the file in its memory.
    const row = await this.#systemd.row(name);
    if (row.loadState !== 'not-found') await this.#systemd.reload();
    this.#held.delete(name);
    this.#starts.forget(name);
    this.#ends.learn(name, undefined);
    this.#order.learn(name, undefined);
    this.#stamps.forget(name);
    this.#seen.delete(name);
    this.#tellWaiting(name);
    // A job that ended meanwhile left a note.
    this.#folder.forget(name);
    this.#follow();
    this.#publisher.mark(name);
    this.#copy?.mark();
  }

  #refuse(wanted: Assignment, problem: string): void {
    const { unit: name, targetState } = wanted;
    const held: Held = { ...carriedOut(wanted), reached: targetState };
    this.#note(name, { ...held, jobResult: 'failed', problem });
    this.#follow();
  }

  #note(name: string, held: Held): void {
    const { log } = this.#options;
    this.#held.set(name, held);
    this.#publisher.mark(name);
    this.#tellWaiting(name);
    this.#copy?.mark();
    if (held.problem !== undefined) log.warn({ unit: name }, held.problem);
    try {
      this.#folder.remember(name, held);
    } catch (error) {
      log.error({ err: error, unit: name }, `What was done with ${name} is not noted: ${wordsOf(error)}`);
    }
  }

  #background(work: Promise<void>): void {
    const { log } = this.#options;
    const guarded = work
      .catch((error: unknown) => log.error({ err: error }, wordsOf(error)))
      .finally(() => this.#work.delete(guarded));
    this.#work.add(guarded);
  }

  /** Tells systemd's side once a turn which units we want to hear of. */
  #follow(): void {
    if (this.#followed) return;
    this.#followed = true;
    setImmediate(() => {
      this.#followed = false;
      if (!this.#options.signal.aborted) this.#follower.setNames(new Set(this.#held.keys()));
    });
  }

  #stateOf(name: string): UnitState | undefined {
    const known = this.#held.get(name);
    const trouble = this.#turns.trouble(name);
    if (trouble !== undefined) return this.#inTrouble(name, known, trouble);
    // Revision -1: loaded on the way to its start, not worth a word of its own.
    if (known === undefined || known.revision === -1) return undefined;
    return this.#state(name, known, known.reached);
  }

  /** How far a unit came whose next step fails: an answer to no assignment. */
  #inTrouble(name: string, held: Held | undefined, problem: string): UnitState | undefined {
    const hash = held?.hash ?? this.#wanted.get(name)?.hash;
    if (hash === undefined) return undefined;
    return this.#state(name, { hash, revision: -1, problem }, held?.reached ?? 'inactive');
  }

  #state(name: string, held: Omit<Held, 'reached'>, reached: TargetState): UnitState {
    const seen = this.#seen.get(name);
    return {
      name,
      machineID: this.#options.machineID,
      hash: held.hash,
      systemdLoadState: seen?.loadState ?? 'not-found',
      systemdActiveState: seen?.activeState ?? 'inactive',
      systemdSubState: seen?.subState ?? 'dead',
      reached,
      ...(held.jobResult === undefined ? {} : { jobResult: held.jobResult }),
      ...(held.problem === undefined ? {} : { problem: held.problem }),
      assignmentRevision: held.revision,
    };
  }
}

/** The options of a file in normal form; none for one of a form that nobody reads. */
function optionsOf(content: string): readonly UnitOption[] {
  // Most units have nothing that is looked for: reading hundreds of files takes its time.
  if (!/oneshot|MoveAfterFailures|WhenCutOff|Persistent/.test(content)) return [];
  try {
    return parseUnitContent(content, '');
  } catch {
    return [];
  }
}

/** What is held once an assignment has been carried out. */
function carriedOut({
  hash,
  revision = 0,
  restart,
}: Assignment): Pick<Held, 'hash' | 'revision' | 'restart'> {
  return { hash, revision, ...(restart === undefined ? {} : { restart }) };
}
