// --dry-run of all that changes units: what would be done is said, in lines and as JSON, and nothing is done.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cluster, machineID } from './cluster.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';
const place = '0a1b2c3d.../10.0.0.7';

test('each command says what it would do, and does nothing', { timeout: 120_000 }, async () => {
  await using c = await cluster();
  const { store, keys } = c.context;
  const write = (name: string, content: string) => writeFileSync(join(c.folder, name), content);
  const revision = async () => (await store.range(keys.ranges.cluster)).revision;
  const dry = async (...words: readonly string[]) => {
    const before = await revision();
    const ended = await c.fleetctl(...words, '--dry-run');
    assert.equal(await revision(), before, `${words.join(' ')} wrote something`);
    return ended;
  };
  write('a.service', text);
  write('picky.service', `${text}[X-Fleet]\nMachineMetadata=zone=z\n`);
  write('web@.service', text);
  const placed = 'Least loaded of all machines (0 units there before).';
  assert.deepEqual(await dry('submit', 'a'), {
    ...{ status: 0, stderr: '', stdout: 'Unit a.service would be created\n' },
  });
  assert.deepEqual(await dry('load', 'a'), {
    ...{ status: 0, stderr: '' },
    stdout: `Unit a.service would be created\nUnit a.service would be loaded on ${place}: ${placed}\n`,
  });
  const picky = await dry('start', 'picky', 'a');
  assert.equal(
    picky.stdout,
    [
      'Unit picky.service would be created',
      'Unit a.service would be created',
      `Unit a.service would start on ${place}: ${placed}`,
      'Unit picky.service would wait: No machine has metadata zone=z. Known values of zone: b.\n',
    ].join('\n'),
  );

  await c.fleetctl('start', 'a');
  assert.equal((await dry('start', 'a')).stdout, '');
  assert.match((await dry('stop', 'a')).stdout, new RegExp(`^Unit a.service would stop on ${place}$`, 'm'));
  assert.deepEqual(await dry('unload', 'a'), {
    ...{ status: 0, stderr: '' },
    stdout: `Unit a.service would leave ${place}: Its desired state is inactive.\n`,
  });
  assert.deepEqual(await dry('destroy', 'a', 'none'), {
    ...{
      status: 1,
      stderr: 'Error destroying units: none.service: googleapi: Error 404: unit does not exist\n',
    },
    stdout: `Unit a.service would leave ${place}: The unit was destroyed.\n`,
  });
  assert.equal(
    (await dry('restart', 'a')).stdout,
    `Unit a.service would restart on ${place}: It is there.\n`,
  );
  write('a.service', `${text}Restart=always\n`);
  const replaced = await dry('start', 'a', '--replace');
  assert.match(
    replaced.stdout,
    new RegExp(`^Unit a.service would be replaced\nUnit a.service would get its new content on ${place}: `),
  );

  // The instance of a template that only the cluster has.
  await c.fleetctl('submit', 'web@.service');
  const instance = JSON.parse((await dry('start', 'web@1', '--json')).stdout);
  assert.deepEqual(instance.results, [{ name: 'web@1.service', outcome: 'created' }]);
  assert.deepEqual(
    instance.plan.map(({ reason: _, ...step }: { reason: string }) => step),
    [{ name: 'web@1.service', action: 'start', machineID }],
  );
});
