import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlacement } from '../../src/fleet/placement.ts';
import { isQuadlet, systemdName } from '../../src/fleet/quadlet.ts';
import { misfitOf } from '../../src/fleet/scheduler/fit.ts';
import { parseUnitContent } from '../../src/fleet/unit-content.ts';
import { checkUnitName, checkUnitOptions } from '../../src/fleet/unit-rules.ts';
import { machine, scheduled, unit } from './scheduler/build.ts';

test('a quadlet is named as podman names its service', () => {
  for (const [name, service] of [
    ['web.container', 'web.service'],
    ['web@1.container', 'web@1.service'],
    ['stack.kube', 'stack.service'],
    ['data.volume', 'data-volume.service'],
    ['net.network', 'net-network.service'],
    ['p.pod', 'p-pod.service'],
    ['i.image', 'i-image.service'],
    ['b.build', 'b-build.service'],
    ['web.service', 'web.service'],
  ] as const) {
    assert.equal(systemdName(name), service);
    assert.equal(checkUnitName(name), undefined);
    assert.equal(isQuadlet(name), name !== 'web.service');
  }
  assert.equal(checkUnitName('web.pad'), 'invalid unit type: "pad"');
});

test('a quadlet needs the generator, its volumes, and no service of its name', () => {
  const text =
    '[Container]\nImage=app.image\nVolume=data.volume:/data\nVolume=/host:/x\nNetwork=net.network\nMount=type=volume,source=m.volume,destination=/m\n';
  const placement = parsePlacement(parseUnitContent(text, 'a'), 'web.container');
  assert.deepEqual(
    placement.bonds?.map(({ unit: peer, by }) => `${peer} ${by}`),
    ['app.image Image=', 'data.volume Volume=', 'net.network Network=', 'm.volume Mount='],
  );
  assert.deepEqual(placement.conflicts, ['web.service']);
  const able = { ...machine('m1'), capabilities: ['quadlet'] };
  const web = { ...unit('web.container'), placement };
  const cluster = scheduled([able, machine('m2')], [unit('web.service', { machineID: 'm1' })]);
  cluster.setUnit({ ...web, desiredState: 'inactive' });
  const why = (id: string) => {
    const load = cluster.machines.get(id);
    return load && misfitOf(cluster, { ...web, placement: { ...placement, bonds: [] } }, load);
  };
  assert.deepEqual([why('m1'), why('m2')], ['conflict', 'capability']);
  assert.match(checkUnitOptions(parseUnitContent('[Container]\nServiceName=x\n', 'a')) ?? '', /ServiceName=/);
});
