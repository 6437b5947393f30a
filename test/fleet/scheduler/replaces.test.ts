import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster, type SchedulableUnit } from '../../../src/fleet/scheduler/cluster.ts';
import { Round } from '../../../src/fleet/scheduler/round.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';
import { assertSound, bond, changes, machine, places, scheduled, unit } from './build.ts';

const two = [machine('m1'), machine('m2')];

test('a unit whose file needs what it replaces stays with it', () => {
  const both = [
    unit('a.service'),
    unit('c.service', { bonds: [bond('a.service')], replaces: ['a.service'] }),
  ];
  const cluster = scheduled(two, both);
  assertSound(cluster);
  assert.deepEqual(places(cluster), { 'a.service': 'm1', 'c.service': 'm1' });
  schedule(cluster, changes({ lost: ['m1'] }));
  assert.deepEqual(places(cluster), { 'a.service': 'm2', 'c.service': 'm2' });
  cluster.setMachine(machine('m1'));
  schedule(cluster, changes({ machines: ['m1'], units: ['a.service', 'c.service'] }));
  assert.deepEqual(places(cluster), { 'a.service': 'm2', 'c.service': 'm2' }, 'nobody moves');
  assert.equal(cluster.crowded.size, 0);
});

test('a unit that must be with what it replaces for the sake of another stays with it', () => {
  const cluster = scheduled(two, [
    unit('a.service'),
    unit('b.service', { machineOf: ['a.service'] }),
    unit('c.service', { machineOf: ['b.service'], replaces: ['a*'] }),
    unit('z.service'),
  ]);
  assertSound(cluster);
  const { 'z.service': apart, ...together } = places(cluster);
  assert.deepEqual(together, { 'a.service': 'm1', 'b.service': 'm1', 'c.service': 'm1' });
  assert.equal(apart, 'm2');
  assert.equal(cluster.crowded.size, 0);
  // Another one that replaces it and needs nobody has it leave, and all who must be with it.
  cluster.setUnit(unit('y.service', { replaces: ['a.service'], machineID: 'm1' }));
  schedule(cluster, changes({ units: ['y.service'] }));
  assertSound(cluster);
  const at = places(cluster);
  assert.deepEqual(
    [at['a.service'], at['b.service'], at['c.service'], at['y.service']],
    ['m2', 'm2', 'm2', 'm1'],
  );
});

test('in one round a unit is moved a few times at the most, and says when it is not moved any more', () => {
  const cluster = scheduled([machine('m1'), machine('m2')], [unit('a.service')]);
  const round = new Round(cluster);
  const a = unit('a.service');
  for (const [index, id] of ['m1', 'm2'].entries()) {
    cluster.setUnit(unit(`r${index}.service`, { replaces: ['a.service'] }));
    cluster.place(`r${index}.service`, id, { hash: 'h', targetState: 'launched' });
  }
  let moves = 0;
  for (; moves < 100; moves++) {
    const [from = ''] = cluster.placed.get('a.service')?.keys() ?? [];
    const other = from === 'm1' ? 'r1.service' : 'r0.service';
    const to = from === 'm1' ? 'm2' : 'm1';
    // The other machine would take it, for now.
    cluster.unplace(other, to);
    cluster.crowded.add('a.service');
    round.uncrowd('a.service', cluster.leastLoaded());
    cluster.place(other, to, { hash: 'h', targetState: 'launched' });
    if (cluster.isOn('a.service', from)) break;
  }
  assert.equal(moves, 4);
  const last = round.decisions.findLast((one) => one.unit === 'a.service');
  assert.match(last?.reason ?? '', /^It was moved too often at once: .* It stays\.$/);
  const load = cluster.machines.get(places(cluster)['a.service'] ?? '');
  assert.ok(load !== undefined);
  let comes = 0;
  for (; comes < 100 && round.mayCome(a, load); comes++) {
    round.remove('a.service', load.machine.id, 'It goes.');
    round.place(a, load, 'It comes.');
  }
  assert.equal(comes, 8);
  round.remove('a.service', load.machine.id, 'It goes.');
  round.giveUp(a);
  assert.match(
    round.decisions.at(-1)?.reason ?? '',
    /^It goes\. It was moved too often at once: .* It waits\.$/,
  );
});

test('whatever units ask of each other, a round ends', () => {
  for (let seed = 1; seed <= 4000; seed++) {
    const random = randomOf(seed);
    const cluster = new Cluster();
    const ids = ['m1', 'm2', 'm3'].slice(0, 2 + random(2));
    const names = 'abcdefgh'
      .slice(0, 2 + random(7))
      .split('')
      .map((letter) => `${letter}.service`);
    for (const id of ids) cluster.setMachine(machine(id));
    for (const name of names) cluster.setUnit(randomUnit(random, name, names));
    settled(cluster, changes({ units: names, machines: ids }), seed);
    for (let step = 0; step < 6; step++) {
      const [name = '', id = ''] = [names[random(names.length)], ids[random(ids.length)]];
      const kind = random(5);
      if (kind === 0) settled(cluster, changes({ lost: [id] }), seed);
      else if (kind < 3) {
        const drain = random(3) === 0 ? { since: '', reason: '', force: random(2) === 0 } : undefined;
        cluster.setMachine(machine(id, {}, random(4) > 0, random(3) === 0 ? { units: 2 } : {}, drain));
        settled(cluster, changes({ machines: [id] }), seed);
      } else {
        cluster.setUnit(randomUnit(random, name, names));
        settled(cluster, changes({ units: [name] }), seed);
      }
    }
  }
});

/** Schedules, and fails when that takes more decisions than a round that ends would. */
function settled(cluster: Cluster, change: Parameters<typeof schedule>[1], seed: number): void {
  let left = 20_000;
  const { place } = cluster;
  cluster.place = (...args) => {
    if (left-- === 0) throw new Error(`seed ${seed}: the round does not end`);
    place.apply(cluster, args);
  };
  schedule(cluster, change);
  cluster.place = place;
  for (const [name, on] of cluster.placed) {
    if (cluster.units.get(name)?.placement.global !== true) assert.equal(on.size, 1, `seed ${seed}: ${name}`);
  }
}

function randomUnit(
  random: (below: number) => number,
  name: string,
  names: readonly string[],
): SchedulableUnit {
  const others = names.filter((other) => other !== name);
  const some = (chance: number) => others.filter(() => random(100) < chance);
  const global = random(12) === 0;
  const bonds = random(2) === 0 ? some(25).map(bond) : [];
  const conflicts = random(4) === 0 ? some(25) : [];
  const replaces = global ? [] : random(8) === 0 ? ['*'] : random(2) === 0 ? some(35) : [];
  const states = ['launched', 'launched', 'launched', 'loaded', 'inactive'] as const;
  const placement = {
    ...{ machineOf: random(2) === 0 ? some(20) : [], conflicts, replaces, global },
    ...(bonds.length === 0 ? {} : { bonds }),
  };
  return unit(name, placement, states[random(states.length)]);
}

function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3266489917);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}
