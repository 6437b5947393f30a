// What can happen to a cluster, one thing at a time. Each leaves it as it found it: all on, all as wanted.

import { chaos } from './chaos.ts';
import type { SimulatedMachine } from './machine.ts';
import type { Simulation } from './simulation.ts';

/** Seconds of the cluster's clock, or what else the names of the figures say. */
export type Figures = Readonly<Record<string, number>>;
export type Scenario = (simulation: Simulation) => Promise<Figures>;

const outageSeconds = 40;
const cutSeconds = 45;

export const scenarios = {
  'lose-machine': async (simulation) => lose(simulation, await follower(simulation)),
  'lose-leader': async (simulation) => lose(simulation, await simulation.leader()),
  'store-away': storeAway,
  'rolling-drain': rollingDrain,
  'cut-machine': async (simulation) => cutOff(simulation, await follower(simulation)),
  'cut-leader': async (simulation) => cutOff(simulation, await simulation.leader()),
  'freeze-leader': freezeLeader,
  'restart-daemons': restartDaemons,
  rest,
  chaos: (simulation) => chaos(simulation, 3),
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

async function follower(simulation: Simulation): Promise<SimulatedMachine | undefined> {
  const leader = await simulation.leader();
  return simulation.random.pick([...simulation.machines.values()].filter((machine) => machine !== leader));
}

/** The plug is pulled, and the machine comes back after a while. */
async function lose(simulation: Simulation, machine: SimulatedMachine | undefined): Promise<Figures> {
  if (machine === undefined) return {};
  const units = [...machine.running];
  simulation.disturb(machine);
  machine.powerOff();
  const seconds = await untilElsewhere(simulation, machine, units);
  machine.powerOn();
  await simulation.settle();
  return { movedUnits: units.length, failOverSeconds: seconds };
}

/** How long it takes until these units, that a machine had, run on others. */
async function untilElsewhere(
  simulation: Simulation,
  machine: SimulatedMachine,
  units: readonly string[],
): Promise<number> {
  const { clock, invariants } = simulation;
  const beganMs = clock.now();
  const isThere = (unit: string) =>
    [...(invariants.running.get(unit) ?? [])].some((id) => id !== machine.id) ||
    simulation.wanted.get(unit)?.global === true;
  const done = await clock.until(() => units.every(isThere), 120_000);
  if (!done) invariants.violate(`The units of ${machine.id} did not come up elsewhere in two minutes.`);
  return (clock.now() - beganMs) / 1000;
}

/** Nothing may move or stop, neither while it is away nor when it is back. */
async function storeAway(simulation: Simulation): Promise<Figures> {
  const { invariants, clock } = simulation;
  const { starts, stops } = invariants;
  simulation.storeAway();
  await clock.pass(outageSeconds * 1000);
  simulation.storeBack();
  await clock.pass(3 * simulation.options.ttlMs);
  await simulation.settle();
  const moved = invariants.starts - starts + invariants.stops - stops;
  if (moved > 0) invariants.violate(`${moved} starts and stops although only the store was away.`);
  return { outageSeconds, startsAndStops: moved };
}

async function rollingDrain(simulation: Simulation): Promise<Figures> {
  const { random, clock, invariants } = simulation;
  const beganMs = clock.now();
  let drained = 0;
  for (const machine of [...simulation.machines.values()].sort(() => random.next() - 0.5).slice(0, 5)) {
    await simulation.drain(machine);
    const empty = () => [...machine.running].every((unit) => simulation.wanted.get(unit)?.global === true);
    if (!(await clock.until(empty, 120_000)))
      invariants.violate(`${machine.id} was drained and did not become empty in two minutes.`);
    await simulation.undrain(machine);
    await simulation.settle();
    drained++;
  }
  return { drained, secondsEach: (clock.now() - beganMs) / 1000 / Math.max(1, drained) };
}

/** Cut off in both directions: its units run elsewhere as well, until it is back and gives them up. */
async function cutOff(simulation: Simulation, machine: SimulatedMachine | undefined): Promise<Figures> {
  if (machine === undefined) return {};
  const { clock, invariants } = simulation;
  const units = [...machine.running];
  simulation.cut(machine);
  const failOverSeconds = await untilElsewhere(simulation, machine, units);
  await clock.pass(cutSeconds * 1000);
  if (machine.running.size < units.length)
    invariants.violate(`${machine.id} stopped units because it was cut off.`);
  simulation.mend(machine);
  const beganMs = clock.now();
  await simulation.settle();
  return { movedUnits: units.length, failOverSeconds, settledSeconds: (clock.now() - beganMs) / 1000 };
}

/** A leader that stands still for longer than its lease and then goes on as if nothing had been. */
async function freezeLeader(simulation: Simulation): Promise<Figures> {
  const { clock, random, options } = simulation;
  let frozen = 0;
  for (const missed of [true, false]) {
    const leader = await simulation.leader();
    if (leader === undefined) continue;
    simulation.freeze(leader);
    await clock.pass(random.between(options.ttlMs / 2, 3 * options.ttlMs));
    simulation.thaw(leader, missed);
    await simulation.settle();
    frozen++;
  }
  return { frozen };
}

/** Every daemon is killed and started again: no unit may notice. */
async function restartDaemons(simulation: Simulation): Promise<Figures> {
  const { clock, random, invariants } = simulation;
  const { starts, stops } = invariants;
  for (const machine of simulation.machines.values()) {
    machine.kill();
    await clock.pass(random.between(10, 500));
    machine.start();
  }
  await simulation.settle();
  const moved = invariants.starts - starts + invariants.stops - stops;
  if (moved > 0) invariants.violate(`${moved} starts and stops although only daemons were restarted.`);
  return { restarted: simulation.machines.size, startsAndStops: moved };
}

/** Nothing happens, and nothing is written. */
async function rest(simulation: Simulation): Promise<Figures> {
  const { counts, clock, invariants } = simulation;
  // What followed from what was before has been written by then.
  await clock.pass(5_000);
  const before = counts.operations;
  await clock.pass(3_600_000);
  const writes = counts.operations - before;
  if (writes > 0) invariants.violate(`${writes} writes in an hour in which nothing happened.`);
  return { hours: 1, writes };
}
