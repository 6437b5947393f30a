// The agent: makes systemd hold what the schedule gives this machine, and knows what became of it. Its parts are
// wired by hand here.
//
// INVARIANTS
// - Only a snapshot or change of the schedule is a reason to act; a store that is away is none.
// - One thing at a time is done to a unit; different units go their ways in parallel.
// - A unit whose file has the wanted content and that was started before is never started again.

import type { Clock } from '../../host/index.ts';
import type { LeaseId, Store } from '../../store/index.ts';
import type { Follower, Manager, UnitChange } from '../../systemd/index.ts';
import type { Files } from '../files.ts';
import type { Log } from '../log.ts';
import type { UnitState } from '../model.ts';
import type { Keys } from '../registry/keys.ts';
import { Adoption } from './adoption.ts';
import { Background } from './background.ts';
import { BootFromCopy } from './boot-from-copy.ts';
import { Contents } from './contents.ts';
import type { CutOffOptions, CutOffReport } from './cut-off-start.ts';
import { Ends } from './ends.ts';
import { Inquiry } from './inquiry.ts';
import { Known } from './known.ts';
import { Loader } from './loader.ts';
import { Notebook } from './notebook.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { Predecessors } from './predecessors.ts';
import { Publisher } from './publisher.ts';
import { withQuadletNames } from './quadlet-names.ts';
import { ScheduleFollower } from './schedule-follower.ts';
import { Singletons } from './singletons.ts';
import { Starter } from './starter.ts';
import { Starts } from './starts.ts';
import { type AgentMemory, States } from './states.ts';
import { Steps } from './steps.ts';
import { SystemdCalls } from './systemd-calls.ts';
import { TimerStamps } from './timer-stamps.ts';
import { Turns } from './turns.ts';
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

export class Agent {
  readonly #options: AgentOptions;
  readonly #known = new Known();
  readonly #background: Background;
  readonly #stamps: TimerStamps;
  readonly #turns: Turns;
  readonly #states: States;
  readonly #publisher: Publisher;
  readonly #outcomes: OutcomeWriter;
  readonly #schedule: ScheduleFollower;
  readonly #boot: BootFromCopy | undefined;
  readonly #ends: Ends;
  readonly #singletons: Singletons;
  readonly #starter: Starter;
  readonly #adoption: Adoption;
  readonly #adopted = Promise.withResolvers<void>();
  readonly #follower: Follower;
  #followed = false;

  constructor(given: AgentOptions) {
    const options = { ...given, manager: withQuadletNames(given.manager) };
    this.#options = options;
    const { store, keys, machineID, manager, files, cutOff, clock, log, signal } = options;
    const { unitsDirectory, notesDirectory, dropInsDirectory, quadletsDirectory } = options;
    const known = this.#known;
    const attend = (name: string) => this.#turns.attend(name);
    const systemd = new SystemdCalls(manager);
    const folder = new UnitFolder(files, unitsDirectory, notesDirectory, dropInsDirectory, quadletsDirectory);
    const stamps = new TimerStamps({ ...options, directory: options.stampsDirectory });
    const starts = new Starts(systemd, clock, signal);
    const contents = new Contents(store, keys, clock);
    const predecessors = new Predecessors(known, attend);
    const background = new Background(log);
    this.#background = background;
    this.#stamps = stamps;
    this.#turns = new Turns({
      next: (name) => steps.next(name),
      perform: (name, step) => steps.perform(name, step),
      onTrouble: (name, sentence, isError) => {
        if (sentence !== undefined && isError) log.error({ unit: name }, sentence);
        this.#publisher.mark(name);
      },
      clock,
      signal,
    });
    const states = new States(machineID, known, this.#turns);
    this.#states = states;
    this.#publisher = new Publisher({
      ...options,
      stateOf: (name) => states.of(name),
      names: () => states.names(),
    });
    const schedule = new ScheduleFollower({
      ...options,
      known,
      onSnapshot: () => this.#boot?.end(),
      onTouched: (names) => {
        for (const name of names) attend(name);
        if (names.size > 0) this.#boot?.copy.mark();
      },
    });
    this.#schedule = schedule;
    const isTold = () => schedule.told;
    if (cutOff !== undefined) {
      this.#boot = new BootFromCopy({ ...options, cutOff, known, contents, isTold, attend });
    }
    const outcomes = new OutcomeWriter(options);
    this.#outcomes = outcomes;
    const notebook = new Notebook({
      ...{ machineID, known, folder, outcomes, log },
      onNote: (name) => {
        this.#publisher.mark(name);
        predecessors.tell(name);
        this.#boot?.copy.mark();
      },
    });
    const ends = new Ends({
      manager,
      heldOf: (name) => known.held.get(name),
      onFinished: (name, held) => notebook.finish(name, held),
      onFailures: (name, held, failures) => notebook.tellOutcome(name, held, { failures }),
      background: (work) => background.add(work),
    });
    this.#ends = ends;
    const singletons: Singletons = new Singletons({
      ...options,
      systemd,
      names: () => ends.stoppingCutOff(),
      stopWithinMs: (name) => known.wanted.get(name)?.stopWithinMs ?? options.ttlMs,
      // Without a schedule nothing is begun, and what must not run is only stopped.
      onChange: (name) => {
        if (schedule.told || singletons.isClosed(name)) attend(name);
      },
      background: (work) => background.add(work),
    });
    this.#singletons = singletons;
    const parts = { known, systemd, folder, stamps, starts, ends, predecessors, singletons, notebook };
    const starter = new Starter({ ...parts, background });
    this.#starter = starter;
    this.#adoption = new Adoption(parts);
    const steps = new Steps({
      ...parts,
      machineID,
      isTold,
      starter,
      inquiry: new Inquiry({ store, keys, contents, copied: () => this.#boot?.copied }),
      loader: new Loader({ systemd, folder, stamps, log }),
      follow: () => this.#follow(),
      onGone: (name) => {
        this.#publisher.mark(name);
        this.#boot?.copy.mark();
      },
    });
    this.#follower = manager.follow((change) => this.#changed(change), { signal });
  }

  /** Takes over what is on the machine, then follows the schedule until the signal aborts. */
  async run(): Promise<void> {
    await this.#adopt();
    this.#adopted.resolve();
    if (this.#boot !== undefined) this.#background.add(this.#boot.run(this.#schedule.joined));
    await this.#schedule.run();
    await this.#turns.settled();
    await this.#background.settled();
    await this.#boot?.copy.finish();
  }

  /** Publishes states under this lease until the signal aborts. */
  async publish(lease: LeaseId, signal: AbortSignal): Promise<void> {
    this.#schedule.join();
    await this.#adopted.promise;
    this.#singletons.look();
    await Promise.all([this.#publisher.run(lease, signal), this.#outcomes.run(signal)]);
  }

  /** Another machine has our ID: what runs here runs on, and the schedule is not ours until we join again. */
  leave(): void {
    this.#schedule.leave();
  }

  /** Has the copy say that what it holds was confirmed just now, if that is so. */
  async confirm(): Promise<void> {
    const { cutOff } = this.#options;
    if (this.#schedule.isMember && cutOff?.isCutOff() === false) await this.#boot?.copy.confirm();
  }

  /** Stops the units that must not run twice, and kills what is up after that time. */
  stopSingletons(limitMs: number): Promise<void> {
    return this.#singletons.stopAll(limitMs);
  }

  /** What was started without the store, while it is still away. */
  get cutOff(): CutOffReport | undefined {
    return this.#boot?.report;
  }

  /** Names of the units that are here. */
  names(): Iterable<string> {
    return this.#known.held.keys();
  }

  /** The units of this machine as it has them, in the order of their names. */
  local(): UnitState[] {
    return this.#states.all();
  }

  inspect(): AgentMemory {
    return this.#states.inspect(this.#publisher.waiting);
  }

  /** How many units this machine has, is to have, and has trouble with. */
  counts(): ReturnType<States['counts']> {
    return this.#states.counts();
  }

  async #adopt(): Promise<void> {
    const some = await this.#adoption.run();
    this.#singletons.look();
    const { size } = this.#known.held;
    if (some) this.#options.log.info({ units: size }, `Took over ${size} units as they are.`);
    this.#follow();
  }

  #changed(change: UnitChange): void {
    const { name } = change;
    this.#known.seen.set(name, change);
    this.#adoption.hear(change);
    this.#publisher.mark(name);
    this.#starter.changed(change);
    if (name.endsWith('.timer')) this.#background.add(this.#stamps.changed(name));
    this.#ends.changed(change);
  }

  /** Tells systemd's side once a turn which units we want to hear of. */
  #follow(): void {
    if (this.#followed) return;
    this.#followed = true;
    setImmediate(() => {
      this.#followed = false;
      if (!this.#options.signal.aborted) this.#follower.setNames(new Set(this.#known.held.keys()));
    });
  }
}
