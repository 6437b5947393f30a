// Random operations of users while machines, daemons, the network and the store fail at random moments. After
// each round all is mended, and everything must come right.

import type { SimulatedMachine } from './machine.ts';
import type { WantedUnit } from './model.ts';
import type { Simulation } from './simulation.ts';

const stepsPerRound = { least: 4, most: 12 };
const pauseMs = { least: 0, most: 8_000 };

type Step = (simulation: Simulation) => Promise<void>;

/** So many rounds; returns how many things were done in them. */
export async function chaos(
  simulation: Simulation,
  rounds: number,
): Promise<{ steps: number; rounds: number }> {
  const { random, clock } = simulation;
  let steps = 0;
  for (let round = 0; round < rounds; round++) {
    const drained = new Set<SimulatedMachine>();
    for (let count = random.between(stepsPerRound.least, stepsPerRound.most); count > 0; count--) {
      const step = random.pick(random.chance(0.5) ? operations : faults(drained));
      await step?.(simulation);
      await clock.pass(random.between(pauseMs.least, pauseMs.most));
      steps++;
    }
    simulation.heal();
    for (const machine of drained) await simulation.undrain(machine);
    await simulation.settle();
  }
  return { steps, rounds };
}

const operations: readonly Step[] = [
  async (simulation) => simulation.want(some(simulation).map((unit) => ({ ...unit, launched: true }))),
  async (simulation) => simulation.want(some(simulation).map((unit) => ({ ...unit, launched: false }))),
  async (simulation) =>
    simulation.want(some(simulation).map((unit) => ({ ...unit, version: unit.version + 1 }))),
  async (simulation) => simulation.destroy(some(simulation)),
  async (simulation) => simulation.want(fresh(simulation)),
  async (simulation) => simulation.want(fresh(simulation)),
];

function faults(drained: Set<SimulatedMachine>): readonly Step[] {
  return [
    on((simulation, machine) => {
      simulation.disturb(machine);
      machine.powerOff();
    }),
    on((simulation, machine) => {
      simulation.disturb(machine);
      machine.powerOn();
    }),
    // systemd starts a daemon that died again, soon.
    on((simulation, machine) => {
      const { clock, random } = simulation;
      machine.kill();
      clock.after(random.between(100, 4_000), () => machine.start());
    }),
    on(async (simulation, machine) => {
      const { clock, random } = simulation;
      await Promise.all([machine.stop(), clock.pass(6_000)]);
      clock.after(random.between(100, 20_000), () => machine.start());
    }),
    on((simulation, machine) => simulation.cut(machine)),
    on((simulation, machine) => simulation.mend(machine)),
    on(async (simulation, machine) => {
      const { clock, random, options } = simulation;
      simulation.freeze(machine);
      await clock.pass(random.between(0, 2 * options.ttlMs));
      simulation.thaw(machine, random.chance(0.5));
    }),
    on(async (simulation, machine) => {
      drained.add(machine);
      await simulation.drain(machine);
    }),
    async (simulation) => {
      simulation.storeAway();
      await simulation.clock.pass(simulation.random.between(0, 3 * simulation.options.ttlMs));
      simulation.storeBack();
    },
  ];
}

/** Does this to a machine: often to the one that leads. */
function on(work: (simulation: Simulation, machine: SimulatedMachine) => Promise<void> | void): Step {
  return async (simulation) => {
    const { random } = simulation;
    const leader = random.chance(0.4) ? await simulation.leader() : undefined;
    const machine = leader ?? random.pick([...simulation.machines.values()]);
    if (machine !== undefined) await work(simulation, machine);
  };
}

function some({ random, wanted }: Simulation): WantedUnit[] {
  const probability = 1 / random.between(2, 10);
  return [...wanted.values()].filter(() => random.chance(probability));
}

function fresh({ random, machines }: Simulation): WantedUnit[] {
  const kind = `new${random.between(0, 1e9)}`;
  const apart = random.chance(0.4);
  const global = !apart && random.chance(0.2);
  const count = global ? 1 : random.between(1, Math.max(1, Math.floor(machines.size / 2)));
  return Array.from({ length: count }, (_, index) => ({
    name: `${kind}@${index}.service`,
    launched: true,
    global,
    apart,
    version: 1,
  }));
}
