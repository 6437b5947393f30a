import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { UnitRequest } from '../../../src/fleet/model.ts';
import { service, TestCluster } from './nodes.ts';

const dropIn = (name: string, section: string, option: string, value: string) => ({
  name,
  options: [{ section, name: option, value }],
});
const limits = dropIn('10-limits.conf', 'Service', 'MemoryMax', '1G');

test('drop-ins are part of a unit: written, replaced, placed by, and removed with it', async () => {
  await using c = await TestCluster.start(['m1', 'm2']);
  const folder = (id: string) => join(c.folder, id, 'drop-ins', 'a.service.d');
  const put = (...dropIns: NonNullable<UnitRequest['dropIns']>): UnitRequest => ({
    ...service('a.service', [['MachineMetadata', 'name=m1']]),
    dropIns,
    replace: true,
  });
  const until = async (hold: () => boolean, what: string) => {
    await c.until(async () => {
      const status = await c.status('a.service');
      const [state] = status?.states ?? [];
      return state?.hash === status?.hash && state?.systemdActiveState === 'active' && hold();
    }, what);
  };
  await c.change(put(limits));
  await until(() => existsSync(join(folder('m1'), '10-limits.conf')), 'the drop-in is there');
  assert.match(readFileSync(join(folder('m1'), '10-limits.conf'), 'utf8'), /\n\[Service\]\nMemoryMax=1G\n$/);
  assert.deepEqual((await c.status('a.service'))?.dropIns, ['10-limits.conf']);
  const first = (await c.status('a.service'))?.hash;

  // Who does not speak of drop-ins means them to stay.
  const { dropIns: _none, ...plain } = put();
  await c.change(plain);
  assert.equal((await c.status('a.service'))?.hash, first);

  await c.node('m1').kill();
  c.node('m1').start();
  await until(() => true, 'the daemon adopts the unit');
  assert.ok(!c.log.some((line) => line.includes('cannot')), c.log.join('\n'));
  const jobs = async () => (await c.node('m1').manager.listUnits()).length;
  assert.equal(await jobs(), 1);

  // A drop-in alone changes where the unit may be.
  await c.change(
    put(
      dropIn('20-place.conf', 'X-Fleet', 'MachineMetadata', ''),
      dropIn('30-place.conf', 'X-Fleet', 'MachineMetadata', 'name=m2'),
    ),
  );
  await until(() => existsSync(join(folder('m2'), '30-place.conf')), 'it moved with its drop-ins');
  assert.deepEqual(readdirSync(folder('m2')), ['20-place.conf', '30-place.conf']);
  await c.until(() => !existsSync(folder('m1')), 'nothing is left where it was');

  await c.change(put());
  await until(() => existsSync(join(c.folder, 'm1', 'units', 'a.service')), 'without drop-ins it is back');
  assert.ok(!existsSync(folder('m1')));
  await c.until(() => !existsSync(folder('m2')), 'nothing is left there either');

  // A file of somebody else is not written over.
  mkdirSync(folder('m1'));
  writeFileSync(join(folder('m1'), '10-limits.conf'), 'theirs');
  await c.change(put(limits));
  await c.until(
    async () => ((await c.status('a.service'))?.states[0]?.problem ?? '').includes("somebody else's"),
    'the conflict is told',
  );
  assert.equal(readFileSync(join(folder('m1'), '10-limits.conf'), 'utf8'), 'theirs');
});
