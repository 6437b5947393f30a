// A plan is what the engine then does: for clusters and changes of all kinds, the preview's steps are the
// difference between the schedule before and after.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePlacement } from '../../../src/fleet/placement.ts';
import { fleetKeys } from '../../../src/fleet/registry/keys.ts';
import { writeAssignment, writeMachine, writeUnit } from '../../../src/fleet/registry/records.ts';
import { ClusterView } from '../../../src/fleet/registry/view.ts';
import { clusterOf } from '../../../src/fleet/scheduler/explain-in-view.ts';
import { previewChanges } from '../../../src/fleet/scheduler/preview.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';

const keys = fleetKeys('/keelson');
type Extra = readonly (readonly [string, string])[];

function record(name: string, hash: string, desiredState: 'inactive' | 'loaded' | 'launched', extra: Extra) {
  const options = extra.map(([option, value]) => ({ section: 'X-Fleet', name: option, value }));
  return { hash, desiredState, placement: parsePlacement(options, name) };
}

/** A view of machines and units, placed as the scheduler places them. */
function clusterView(machines: readonly string[], units: ReadonlyMap<string, ReturnType<typeof record>>) {
  const view = new ClusterView(keys);
  let revision = 0;
  const put = (key: string, value: string) => {
    revision++;
    const keyValue = { key, value, createRevision: revision, modRevision: revision };
    view.apply({ kind: 'put', keyValue });
  };
  for (const id of machines) {
    const value = { primaryIP: '', metadata: { zone: id }, version: '', instance: id };
    put(keys.machine(id), writeMachine(value));
  }
  for (const [name, unit] of units) put(keys.unit(name), writeUnit(unit));
  const all = { units: new Set(units.keys()), machines: new Set(machines), lost: new Map() };
  for (const decision of schedule(clusterOf(view), all)) {
    if (decision.kind !== 'place') continue;
    const { unit, machine } = decision;
    put(keys.schedule(machine, unit), writeAssignment({ ...decision, machineID: machine }));
  }
  return view;
}

test('what comes, goes, moves, changes and waits', () => {
  const units = new Map([
    ['a.service', record('a.service', 'h1', 'launched', [['MachineMetadata', 'zone=m1']])],
    ['b.service', record('b.service', 'h1', 'launched', [])],
    ['everywhere.service', record('everywhere.service', 'h1', 'loaded', [['Global', 'true']])],
  ]);
  const view = clusterView(['m1', 'm2'], units);
  const plan = (name: string, ...rest: Parameters<typeof record> extends [string, ...infer R] ? R : never) =>
    previewChanges(view, new Map([[name, record(name, ...rest)]])).map(({ reason, ...step }) => {
      if (step.action !== 'stop') assert.notEqual(reason, '');
      return step;
    });
  const name = 'a.service';
  const zone = (where: string): Extra => [['MachineMetadata', `zone=${where}`]];
  assert.deepEqual(plan(name, 'h1', 'launched', zone('m1')), []);
  assert.deepEqual(plan(name, 'h1', 'loaded', zone('m1')), [{ name, action: 'stop', machineID: 'm1' }]);
  assert.deepEqual(plan(name, 'h2', 'launched', zone('m1')), [{ name, action: 'replace', machineID: 'm1' }]);
  assert.deepEqual(plan(name, 'h2', 'launched', zone('m2')), [
    { name, action: 'move', from: 'm1', machineID: 'm2' },
  ]);
  assert.deepEqual(plan(name, 'h2', 'launched', zone('m9')), [
    { name, action: 'remove', machineID: 'm1' },
    { name, action: 'wait' },
  ]);
  assert.deepEqual(plan('everywhere.service', 'h1', 'launched', [['Global', 'true']]), [
    { name: 'everywhere.service', action: 'start', machineID: 'm1' },
    { name: 'everywhere.service', action: 'start', machineID: 'm2' },
  ]);
  // A newcomer can push others about: that is told too.
  assert.deepEqual(plan('new.service', 'h1', 'launched', [['Conflicts', 'b.service'], ...zone('m2')]), [
    { name: 'new.service', action: 'wait' },
  ]);
  assert.deepEqual(
    previewChanges(view, new Map([['b.service', undefined]])).map(({ action, machineID }) => [
      action,
      machineID,
    ]),
    [['remove', 'm2']],
  );
});

test('the steps are the difference of two schedules', () => {
  const machines = ['m1', 'm2', 'm3'];
  const names = ['a.service', 'b.service', 'c@1.service', 'c@2.service', 'd.service'];
  const extra = fc.constantFrom<Extra>(
    ...([[], [['Global', 'true']], [['Conflicts', 'c@*.service']], [['Replaces', 'b.service']]] as const),
    ...([[['MachineOf', 'a.service']], [['MachineMetadata', 'zone=m2']], [['MaxPerMachine', '1']]] as const),
  );
  const unit = fc.record({
    name: fc.constantFrom(...names),
    hash: fc.constantFrom('h1', 'h2'),
    state: fc.constantFrom('inactive', 'loaded', 'launched'),
    extra,
  });
  const toMap = (
    list: readonly { name: string; hash: string; state: 'inactive' | 'loaded' | 'launched'; extra: Extra }[],
  ) => new Map(list.map((one) => [one.name, record(one.name, one.hash, one.state, one.extra)]));
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 6 }), fc.array(unit, { maxLength: 3 }), (before, after) => {
      const view = clusterView(machines, toMap(before));
      const changes = toMap(after);
      const steps = previewChanges(view, changes);
      const cluster = clusterOf(view);
      const where = () =>
        new Map(
          [...cluster.placed].flatMap(([name, placed]) =>
            [...placed].map(
              ([id, { hash, targetState }]) => [`${name} ${id}`, `${hash} ${targetState}`] as const,
            ),
          ),
        );
      const was = where();
      for (const [name, one] of changes) cluster.setUnit({ ...one, name });
      schedule(cluster, { units: new Set(changes.keys()), machines: new Set(), lost: new Map() });
      const is = where();
      const expected = [...new Set([...was.keys(), ...is.keys()])].filter(
        (key) => was.get(key) !== is.get(key),
      );
      const told = steps.flatMap(({ name, machineID, from }) =>
        [machineID, from].flatMap((id) => (id === undefined ? [] : `${name} ${id}`)),
      );
      assert.deepEqual(told.sort(), expected.sort());
    }),
    { numRuns: 300 },
  );
});
