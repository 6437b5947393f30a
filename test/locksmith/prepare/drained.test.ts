// The units of fleet before and after a reboot, against an API that does nothing but remember: what was asked of it
// is taken back, whoever ended in between.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpServer } from '../../../src/http/index.ts';
import { judge } from '../../../src/locksmith/prepare/drain.ts';
import { Drained } from '../../../src/locksmith/prepare/drained.ts';

interface Fleet extends AsyncDisposable {
  readonly calls: string[];
  readonly said: string[];
  /** Why the machine is drained. */
  drain: string | undefined;
  /** So many times its unit is still here. */
  stays: number;
  status: number;
  open(bootId: string, before?: boolean): Promise<Drained>;
}

async function startFleet(): Promise<Fleet> {
  const folder = await mkdtemp('/tmp/locksmith-drained-');
  const socket = join(folder, 'fleet.sock');
  const server = httpServer(
    async (request) => {
      if (request.path === '/fleet/v1/state') {
        return { status: 200, json: { states: fleet.stays-- > 0 ? [{ name: 'a.service' }] : [] } };
      }
      if (request.method === 'GET') {
        const drain = fleet.drain === undefined ? {} : { drain: { reason: fleet.drain } };
        return { status: 200, json: { machines: [{ id: 'other' }, { id: 'm1', ...drain }] } };
      }
      fleet.calls.push(request.method);
      if (fleet.status !== 200) return { status: fleet.status, json: {} };
      const body = request.method === 'PUT' ? JSON.parse(await request.text()) : {};
      fleet.drain = body.reason;
      return { status: 200, json: { moves: [{ name: 'a.service' }] } };
    },
    { maxBodyBytes: 10_000, onInternalError: (error) => assert.fail(String(error)) },
  );
  await server.listen({ path: socket });
  const fleet: Fleet = {
    ...{ calls: [], said: [], drain: undefined, stays: 1, status: 200 },
    open: (bootId, before) =>
      Drained.open(
        {
          ...{ machineId: 'm1', bootId, timeoutMs: 60_000, socket, path: join(folder, 'state/drained.json') },
          log: (text) => fleet.said.push(text),
        },
        before,
      ),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
  return fleet;
}

const never = new AbortController().signal;

test('units are moved away, and let in again when the reboot does not come', async () => {
  await using fleet = await startFleet();
  const drained = await fleet.open('boot 1');
  await drained.begin('an update', never);
  assert.deepEqual([fleet.drain, drained.is, drained.left], ['reboot: an update', true, undefined]);
  await drained.end();
  assert.deepEqual([fleet.drain, drained.is, fleet.calls], [undefined, false, ['PUT', 'DELETE']]);
  await drained.end();
  assert.equal(fleet.calls.length, 2);
});

test('who ends in the middle of it leaves word: the next daemon, or the next boot, lets them in', async () => {
  await using fleet = await startFleet();
  await (await fleet.open('boot 1')).begin('an update', never);
  const sameBoot = await fleet.open('boot 1');
  assert.equal(sameBoot.left, 'of this boot');
  // Its own reboot may begin before that is undone.
  await sameBoot.begin('an update', never);
  assert.deepEqual([sameBoot.left, fleet.said], [undefined, []]);
  const nextBoot = await fleet.open('boot 2');
  assert.equal(nextBoot.left, 'of an earlier boot');
  await nextBoot.end();
  assert.equal(fleet.drain, undefined);
  assert.equal((await fleet.open('boot 2')).left, undefined);
  assert.equal((await fleet.open('boot 2', true)).left, 'of an earlier boot');
});

test('what somebody else drained is theirs, before and after', async () => {
  await using fleet = await startFleet();
  fleet.drain = 'new disks';
  const drained = await fleet.open('boot 1');
  await drained.begin('an update', never);
  assert.deepEqual([drained.is, fleet.calls.length], [false, 0]);
  assert.match(fleet.said.join(), /drained this machine already/);
  fleet.drain = undefined;
  await drained.begin('an update', never);
  fleet.drain = 'new disks';
  await drained.end();
  assert.deepEqual([fleet.drain, drained.is], ['new disks', false]);
});

test('a fleet that refuses, or is not there, does not stop the reboot', async () => {
  await using fleet = await startFleet();
  fleet.status = 503;
  const drained = await fleet.open('boot 1');
  await drained.begin('an update', never);
  assert.equal(drained.is, false);
  assert.match(fleet.said.join(), /answers with status 503/);
  const path = join(tmpdir(), 'nowhere', 'drained.json');
  const alone = await Drained.open({
    ...{ machineId: 'm1', bootId: '1', timeoutMs: undefined, path, socket: '/nowhere', log: () => {} },
  });
  await alone.begin('an update', never);
  assert.equal(alone.is, false);
});

test('units are back when what fleet has for this machine has begun; what finds no machine does not count', () => {
  const unit = (states: readonly object[], more: object = {}) => ({
    ...{ desiredState: 'launched', assignments: [{ machineID: 'm1' }], states, ...more },
  });
  const state = (reached: string, systemdActiveState: string) => ({
    ...{ machineID: 'm1', reached, systemdActiveState },
  });
  const cases: readonly [readonly object[], { missing: boolean; waiting: boolean }][] = [
    [[], { missing: false, waiting: false }],
    [[unit([])], { missing: true, waiting: false }],
    [[unit([state('loaded', 'activating')])], { missing: true, waiting: false }],
    [[unit([state('launched', 'active')])], { missing: false, waiting: false }],
    [[unit([state('loaded', 'failed')])], { missing: false, waiting: false }],
    [[unit([], { finished: { at: '', machineID: 'm2' } })], { missing: false, waiting: false }],
    [[unit([], { desiredState: 'loaded' })], { missing: false, waiting: false }],
    [[unit([], { assignments: [{ machineID: 'm2' }] })], { missing: false, waiting: false }],
    [[unit([], { assignments: [], waiting: 'No machine.' })], { missing: false, waiting: true }],
  ];
  for (const [units, expected] of cases)
    assert.deepEqual(judge(units, 'm1'), expected, JSON.stringify(units));
});
