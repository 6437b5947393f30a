// A changed file takes the place of a unit that runs, without a loss, by the real engine and agents.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { threeMembers } from './three-members.ts';

const unit = (seconds: number, fleet = '') =>
  `[Service]\nExecStart=/bin/sleep ${seconds}\n${fleet === '' ? '' : `\n[X-Fleet]\n${fleet}\n`}`;

test('a unit is replaced where it is, though another machine has less to do', async () => {
  await using c = await threeMembers();
  const file = join(c.folder, 'a.service');
  writeFileSync(join(c.folder, 'b.service'), unit(1, 'MachineOf=a.service'));
  await c.fleetctl('start', 'a', 'b');
  const [machine = ''] = (await c.members.running()).get('a.service') ?? [];
  c.calls.length = 0;
  writeFileSync(file, unit(2));
  const ended = await c.fleetctl('start', '--replace', 'a');
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, new RegExp(`^Unit a\\.service launched on ${machine}\\.\\.\\.`));
  assert.deepEqual(c.calls, [`stop a.service ${machine}`, `start a.service ${machine}`]);
  assert.equal((await c.fleetctl('cat', 'a')).stdout, unit(2));
});

test('content that is refused, or that no machine takes, leaves the unit as it is', async () => {
  await using c = await threeMembers();
  const file = join(c.folder, 'a.service');
  await c.fleetctl('start', 'a');
  const before = await c.fleetctl('cat', 'a');
  c.calls.length = 0;
  for (const [content, says] of [
    [unit(2, 'Global=true\nMachineOf=b.service'), /Global cannot be used with Peers/],
    [
      unit(2, 'MachineMetadata=name=m9'),
      /Error starting units: a\.service: it is not replaced and goes on as it is/,
    ],
    ['[Service]\nExecStart\n', /a\.service:2:10: /],
  ] as const) {
    writeFileSync(file, content);
    const ended = await c.fleetctl('start', '--replace', 'a');
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, says);
  }
  assert.deepEqual(c.calls, []);
  assert.deepEqual(await c.fleetctl('cat', 'a'), before);
  // It moves when that is what the new content says.
  const [machine = ''] = (await c.members.running()).get('a.service') ?? [];
  const other = c.members.nodes.find(({ id }) => id !== machine)?.id ?? '';
  writeFileSync(file, unit(2, `MachineMetadata=name=${other}`));
  assert.match(
    (await c.fleetctl('start', '--replace', 'a')).stdout,
    new RegExp(`launched on ${other}\\.\\.\\.`),
  );
  assert.deepEqual(c.calls, [`stop a.service ${machine}`, `start a.service ${other}`]);
});
