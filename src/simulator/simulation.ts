// A cluster of simulated machines on one store in memory, on a virtual clock, with everything that can happen
// to it. What must never happen is looked for all along.

import {
  applyRequests,
  type ClusterSnapshot,
  fleetKeys,
  type Keys,
  readCluster,
  removeUnits,
} from '../fleet/index.ts';
import { memoryStore, type Store } from '../store/index.ts';
import { Invariants } from './invariants.ts';
import { SimulatedMachine, type Way } from './machine.ts';
import type { SimulationOptions, WantedUnit } from './model.ts';
import { requestFor } from './population.ts';
import { Random } from './random.ts';
import { StoppableClock } from './stoppable-clock.ts';
import { StoreLink } from './store-link.ts';
import { noCounts } from './store-load.ts';
import { unmet } from './unmet.ts';
import { VirtualClock } from './virtual-clock.ts';

const lookEveryMs = 200;
/** What a daemon says aloud whose store is away, as it is here now and then. */
const expected = /^Server monitor triggered/;

interface SimulatedWay extends Way {
  readonly store: StoreLink;
  readonly clock: StoppableClock;
}

export class Simulation implements AsyncDisposable {
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly machines = new Map<string, SimulatedMachine>();
  readonly wanted = new Map<string, WantedUnit>();
  readonly invariants: Invariants;
  readonly keys: Keys = fleetKeys('/simulated');
  readonly counts = noCounts();
  readonly options: SimulationOptions;
  /** What went wrong with a daemon itself. */
  readonly complaints: string[] = [];
  readonly #store: Store;
  readonly #storeClock: StoppableClock;
  readonly #user: StoreLink;
  readonly #ways = new Map<string, SimulatedWay>();
  readonly #disturbed = new Set<string>();
  readonly #touched = new Set<string>();
  readonly #cutOff = new Set<string>();
  #isAway = false;

  private constructor(
    options: SimulationOptions,
    random: Random,
    clock: VirtualClock,
    storeClock: StoppableClock,
    store: Store,
  ) {
    this.options = options;
    this.random = random;
    this.clock = clock;
    this.#storeClock = storeClock;
    this.#store = store;
    this.#user = new StoreLink({ store, clock, random: random.fork(), counts: noCounts() });
    this.invariants = new Invariants({
      now: clock.now,
      unit: (name) => this.wanted.get(name),
      isDisturbed: (machine) => this.#disturbed.has(machine),
      isTouched: (unit) => this.#touched.has(unit),
    });
  }

  /** Boots that many machines, and waits until all are present and one leads. */
  static async start(options: SimulationOptions): Promise<Simulation> {
    const random = new Random(options.seed);
    const clock = new VirtualClock(random.fork().next);
    const storeClock = new StoppableClock(clock);
    const store = await memoryStore({ clock: storeClock });
    const simulation = new Simulation(options, random, clock, storeClock, store);
    for (let index = 0; index < options.machines; index++) simulation.#addMachine(index);
    await simulation.settle();
    return simulation;
  }

  /** The cluster as the store has it. */
  read(): Promise<ClusterSnapshot> {
    return readCluster(this.#store, this.keys);
  }

  async leader(): Promise<SimulatedMachine | undefined> {
    const { view } = await this.read();
    return this.machines.get(view.leader?.machineID ?? '');
  }

  /** Machines to which nothing has been done since the cluster was last at rest. */
  undisturbed(): SimulatedMachine[] {
    return [...this.machines.values()].filter(({ id }) => !this.#disturbed.has(id));
  }

  // What users do.

  async want(units: readonly WantedUnit[]): Promise<void> {
    for (const { name } of units) this.#touched.add(name);
    await this.#through(applyRequests(this.#user, this.keys, units.map(requestFor)), units, (unit) => unit);
  }

  async destroy(units: readonly WantedUnit[]): Promise<void> {
    const names = units.map(({ name }) => name);
    for (const name of names) this.#touched.add(name);
    await this.#through(removeUnits(this.#user, this.keys, names), units, () => undefined);
  }

  async drain(machine: SimulatedMachine): Promise<void> {
    this.#disturbed.add(machine.id);
    const value = JSON.stringify({ since: new Date(0).toISOString(), reason: 'simulated', force: false });
    await this.#store.transact([], [{ kind: 'put', key: this.keys.drain(machine.id), value }]);
  }

  async undrain(machine: SimulatedMachine): Promise<void> {
    await this.#store.transact([], [{ kind: 'delete', key: this.keys.drain(machine.id) }]);
  }

  // What happens to machines and the store.

  disturb(machine: SimulatedMachine): void {
    this.#disturbed.add(machine.id);
  }

  /** Nothing gets from the machine to the store, nor back. */
  cut(machine: SimulatedMachine): void {
    this.disturb(machine);
    this.#cutOff.add(machine.id);
    this.#ways.get(machine.id)?.store.cut(true);
  }

  mend(machine: SimulatedMachine): void {
    this.#cutOff.delete(machine.id);
    if (!this.#isAway) this.#ways.get(machine.id)?.store.mend();
  }

  /** The daemon's process stands still, as by SIGSTOP, or with its whole machine. */
  freeze(machine: SimulatedMachine): void {
    this.cut(machine);
    this.#ways.get(machine.id)?.clock.stop();
  }

  /** `missed`: its clock went on meanwhile. */
  thaw(machine: SimulatedMachine, missed: boolean): void {
    this.#ways.get(machine.id)?.clock.go(missed);
    this.mend(machine);
  }

  /** The store answers nobody, and lets no lease run out. */
  storeAway(): void {
    this.#isAway = true;
    this.#storeClock.stop();
    this.#user.cut(false);
    for (const way of this.#ways.values()) way.store.cut(false);
  }

  storeBack(): void {
    this.#isAway = false;
    this.#storeClock.go(false);
    this.#user.mend();
    for (const [id, way] of this.#ways) if (!this.#cutOff.has(id)) way.store.mend();
  }

  /** Ends all that is wrong: what follows has to come right by itself. */
  heal(): void {
    if (this.#isAway) this.storeBack();
    for (const machine of this.machines.values()) {
      this.thaw(machine, true);
      machine.powerOn();
      machine.start();
    }
  }

  /** Waits until all is as it is wanted; what is not after that time is a violation. Returns whether it is. */
  async settle(mostMs = 180_000): Promise<boolean> {
    const endMs = this.clock.now() + mostMs;
    let wrong: string[] = [];
    do {
      await this.clock.pass(lookEveryMs);
      wrong = unmet(this);
      if (wrong.length === 0) wrong = unmet(this, (await this.read()).view);
    } while (wrong.length > 0 && this.clock.now() < endMs);
    for (const sentence of wrong.slice(0, 5))
      this.invariants.violate(`${sentence} (${mostMs / 1000} s later)`);
    if (wrong.length > 5) this.invariants.violate(`… and ${wrong.length - 5} more things are not as wanted.`);
    this.#disturbed.clear();
    this.#touched.clear();
    return wrong.length === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines.values()) machine.kill();
    await this.clock.pass(60_000);
    await this.#store[Symbol.asyncDispose]();
  }

  #addMachine(index: number): void {
    const id = (index + 1).toString(16).padStart(8, '0').padEnd(32, '0');
    const complain = (_fields: object, message: string) => {
      if (!expected.test(message))
        this.complaints.push(
          `after ${(this.clock.now() / 1000).toFixed(3)} s, ${id.slice(0, 8)}: ${message}`,
        );
    };
    const machine = new SimulatedMachine({
      id,
      metadata: { rack: `r${index % 10}` },
      keys: this.keys,
      ttlMs: this.options.ttlMs,
      clock: this.clock,
      random: this.random.fork(),
      observe: (unit, active) => this.invariants.observe(id, unit, active),
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: complain },
      connect: () => this.#connect(id),
    });
    this.machines.set(id, machine);
    machine.start();
  }

  #connect(id: string): Way {
    const clock = new StoppableClock(this.clock);
    const link = new StoreLink({
      store: this.#store,
      clock,
      random: this.random.fork(),
      counts: this.counts,
    });
    const way: SimulatedWay = { store: link, clock, end: () => link.kill() };
    this.#ways.set(id, way);
    if (this.#isAway || this.#cutOff.has(id)) link.cut(this.#cutOff.has(id));
    return way;
  }

  /** Lets time pass until a user's request is answered; what it did when nobody knows is read afterwards. */
  async #through(
    request: Promise<unknown>,
    units: readonly WantedUnit[],
    after: (unit: WantedUnit) => WantedUnit | undefined,
  ): Promise<void> {
    let ended = false;
    let failed = false;
    const settled = request.then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
        failed = true;
      },
    );
    await this.clock.until(() => ended, 120_000);
    await settled;
    for (const unit of units) {
      const wanted = failed ? await this.#found(unit, after) : after(unit);
      if (wanted === undefined) this.wanted.delete(unit.name);
      else this.wanted.set(unit.name, wanted);
    }
  }

  /** Which of the two it is: as it was, or as it was to become. */
  async #found(
    unit: WantedUnit,
    after: (unit: WantedUnit) => WantedUnit | undefined,
  ): Promise<WantedUnit | undefined> {
    const stored = await this.#store.get(this.keys.unit(unit.name));
    const before = this.wanted.get(unit.name);
    if (stored === undefined) return undefined;
    const became = after(unit);
    const isNew = became !== undefined && stored.value.includes(became.launched ? '"launched"' : '"loaded"');
    return isNew ? became : before;
  }
}
