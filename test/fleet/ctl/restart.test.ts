// Restarts by the real engine and agents; only systemd is a stand-in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planStep } from '../../../src/fleet/agent/plan.ts';
import { threeMembers } from './three-members.ts';

test('a global unit is restarted on one machine after the other, or on one only', async () => {
  await using c = await threeMembers();
  assert.equal(
    (await c.fleetctl('start', 'g')).stdout,
    'Unit g.service \nTriggered global unit g.service start\n',
  );
  await c.members.until(async () => (await c.members.running()).get('g.service')?.length === 3, 'g runs');
  c.calls.length = 0;
  const gates = c.members.nodes.map(({ id, manager }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    manager.outcome = async () => {
      await promise;
      return 'done' as const;
    };
    return { id, open: resolve };
  });
  const rolling = c.fleetctl('restart', 'g', '--timeout=60');
  for (const [index, { open }] of gates.entries()) {
    await c.members.until(() => c.calls.length > index, `restart number ${index + 1}`);
    // While one has not ended, no other begins.
    assert.deepEqual(
      c.calls,
      gates.slice(0, index + 1).map(({ id }) => `restart g.service ${id}`),
    );
    open();
  }
  assert.deepEqual(await rolling, {
    status: 0,
    stdout: gates.map(({ id }) => `Unit g.service launched on ${id}.../10.0.0.3\n`).join(''),
    stderr: '',
  });
  c.calls.length = 0;
  const one = await c.fleetctl('restart', 'g.service@m2');
  assert.equal(one.stdout, `Unit g.service launched on m2.../10.0.0.3\n`);
  assert.equal((await c.fleetctl('restart', '--machine', 'm3', 'g')).status, 0);
  assert.deepEqual(c.calls, ['restart g.service m2', 'restart g.service m3']);
  assert.match((await c.fleetctl('restart', 'g.service@nowhere')).stderr, /There is no machine nowhere/);
  c.calls.length = 0;
  assert.equal(
    (await c.fleetctl('restart', '--no-block', 'g')).stdout,
    'Triggered global unit g.service restart\n',
  );
  await c.members.until(() => c.calls.length === 3, 'all restart it');
});

test('a restart that fails on one machine leaves the others alone', async () => {
  await using c = await threeMembers();
  await c.fleetctl('start', 'g');
  await c.members.until(async () => (await c.members.running()).get('g.service')?.length === 3, 'g runs');
  c.calls.length = 0;
  c.members.node('m2').manager.outcome = (verb) => (verb === 'restart' ? 'failed' : 'done');
  const ended = await c.fleetctl('restart', 'g');
  assert.equal(ended.status, 1);
  assert.deepEqual(c.calls, ['restart g.service m1', 'restart g.service m2']);
  assert.match(ended.stderr, /Unit g\.service failed on m2/);
  assert.match(ended.stderr, /goes on as it was on the one machine that was to follow/);
});

test('a restart is done once, also by a daemon that is killed and comes back', async () => {
  await using c = await threeMembers();
  await c.fleetctl('start', 'a');
  await c.fleetctl('restart', 'a');
  const [machine = ''] = (await c.members.running()).get('a.service') ?? [];
  const node = c.members.node(machine);
  await node.kill();
  node.start();
  await c.members.until(() => c.members.log.some((line) => line.includes('Took over 1 units')), 'it is back');
  assert.equal((await c.fleetctl('restart', 'a')).status, 0);
  assert.deepEqual(c.calls, [`start a.service ${machine}`, ...Array(2).fill(`restart a.service ${machine}`)]);
  assert.equal((await c.fleetctl('restart', 'a.service@m9')).status, 1);
});

test('who waits for a machine that is away is told so', async () => {
  await using c = await threeMembers();
  await c.fleetctl('start', 'a');
  const [machine = ''] = (await c.members.running()).get('a.service') ?? [];
  await c.members.node(machine).services.leave(false);
  await c.members.node(machine).kill();
  await c.members.until(
    async () => (await c.members.read()).view.states.size === 0,
    'what it told went with its lease',
  );
  const ended = await c.fleetctl('restart', 'a', '--timeout=8');
  assert.equal(ended.status, 1);
  assert.match(
    ended.stderr,
    new RegExp(`^Unit a\\.service waits: Its machine ${machine}\\.\\.\\. is away; `),
  );
  c.members.node(machine).start();
  await c.members.until(() => c.calls.includes(`restart a.service ${machine}`), 'it is done once it is back');
});

test('when a restart is due', () => {
  const wanted = {
    unit: 'a.service',
    machineID: 'm1',
    hash: 'h',
    targetState: 'launched',
    reason: '',
    revision: 7,
    restart: 'second',
  } as const;
  const held = { hash: 'h', reached: 'launched', revision: 5, restart: 'first' } as const;
  assert.equal(planStep(wanted, held), 'restart');
  assert.equal(planStep(wanted, { ...held, restart: 'second' }), 'acknowledge');
  assert.equal(planStep(wanted, { ...held, reached: 'loaded' }), 'start');
  assert.equal(planStep({ ...wanted, targetState: 'loaded' }, held), 'stop');
  // What a daemon did whose notes are lost may have been this very restart.
  assert.equal(planStep(wanted, { hash: 'h', reached: 'launched', revision: 0 }), 'acknowledge');
  const { restart: _, ...decidedAnew } = wanted;
  assert.equal(planStep(decidedAnew, held), 'acknowledge');
});
