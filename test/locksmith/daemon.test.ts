// locksmithd's loop over virtual time: windows, locks, people and programs that hold it up, and whole clusters.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Daemon, type DaemonParts } from '../../src/locksmith/daemon.ts';
import { locksmithErrors } from '../../src/locksmith/errors.ts';
import type { DaemonState } from '../../src/locksmith/run-files.ts';
import type { Schedule } from '../../src/locksmith/window/schedule.ts';
import { readWindow } from '../../src/locksmith/window/window.ts';
import { utc } from '../../src/locksmith/window/zone.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { FakeLock, FakeMachine } from './fake-cluster.ts';

const beginMs = Date.UTC(2026, 10, 22, 14);
const minute = 60_000;
const always: Schedule = { windows: [], exceptions: [], delayMs: 0 };

function daily(start: string, length: string): Schedule {
  const { window } = readWindow(start, length, utc);
  assert.ok(window !== undefined);
  return { ...always, windows: [window] };
}

interface Node extends AsyncDisposable {
  readonly machine: FakeMachine;
  readonly states: Omit<DaemonState, 'windows'>[];
  readonly coordinated: string[];
  readonly said: string[];
  readonly world: { reason: string | undefined; hold: string | undefined; healthy: boolean };
  readonly daemon: Daemon;
  last(): Omit<DaemonState, 'windows'> | undefined;
}

function start(clock: VirtualClock, lock: FakeLock | undefined, parts: Partial<DaemonParts> = {}): Node {
  const machine = new FakeMachine();
  const states: Omit<DaemonState, 'windows'>[] = [];
  const coordinated: string[] = [];
  const said: string[] = [];
  const world: Node['world'] = { reason: undefined, hold: undefined, healthy: true };
  const stop = new AbortController();
  const daemon = new Daemon({
    ...{ clock, now: () => beginMs + clock.now(), id: 'm1', name: 'm1', schedule: always, machine },
    strategy: lock === undefined ? 'reboot' : 'etcd-lock',
    loginWarningMs: 5 * minute,
    openLock: lock === undefined ? undefined : async () => lock.connect(),
    ...{ releaseOnly: false, keepLock: undefined },
    reason: () => (world.reason === undefined ? undefined : { text: world.reason, isUpdate: true }),
    hold: () => (world.hold === undefined ? undefined : { since: 'now', by: world.hold }),
    health: async () => ({ yes: world.healthy, text: 'its gates have not passed' }),
    coordinate: async (state) => void coordinated.push(state),
    tell: (state) => void states.push(state),
    log: (_, text) => void said.push(text),
    ...parts,
  });
  const running = daemon.run(stop.signal);
  return {
    ...{ machine, states, coordinated, said, world, daemon },
    last: () => states.at(-1),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

const rebooted = ({ machine }: Node) => machine.calls.some((call) => call.startsWith('reboot'));
const clockOf = () => new VirtualClock(() => 0.5);

test('without lock and window it reboots at once, prepared in order', async () => {
  const clock = clockOf();
  await using node = start(clock, undefined);
  await clock.pass(minute);
  assert.equal(node.last()?.phase, 'idle');
  node.world.reason = 'an update to 2 is installed';
  node.daemon.wake();
  assert.ok(await clock.until(() => rebooted(node), minute));
  assert.deepEqual(node.machine.calls, [
    'hooks',
    'drain',
    'warn System reboot in 5 minutes!',
    'reboot for an update',
  ]);
  assert.deepEqual(node.coordinated, ['running', 'reboot-planned', 'rebooting']);
  assert.equal(node.last()?.phase, 'rebooting');
});

test('it waits for its window, and begins within it', async () => {
  const clock = clockOf();
  await using node = start(clock, undefined, { schedule: daily('16:00', '1h') });
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(119 * minute);
  assert.equal(node.last()?.phase, 'waiting-window');
  assert.match(node.last()?.waitsFor ?? '', /opens at 2026-11-22T16:00:00/);
  assert.equal(rebooted(node), false);
  await clock.pass(2 * minute);
  assert.equal(rebooted(node), true);
});

test('a window of one instant is met, though its moment is noticed late', async () => {
  const clock = clockOf();
  const now = () => beginMs + clock.now() + (clock.now() < 60 * minute ? 0 : 7);
  await using node = start(clock, undefined, { schedule: daily('15:00', '0'), now });
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(50 * minute);
  assert.equal(node.last()?.phase, 'waiting-window');
  await clock.pass(11 * minute);
  assert.equal(rebooted(node), true);
  // Not to be mistaken for being open before, or long after.
  await using other = start(clock, undefined, { schedule: daily('15:00', '0'), now });
  other.world.reason = 'x';
  other.daemon.wake();
  await clock.pass(10 * minute);
  assert.equal(rebooted(other), false);
});

test('a window that closes while the lock is waited for is not overrun', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'other', name: '', reason: '' });
  await using node = start(clock, lock, { schedule: daily('14:00', '10m') });
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(5 * minute);
  assert.equal(node.last()?.phase, 'waiting-lock');
  assert.match(node.last()?.waitsFor ?? '', /Held by other/);
  await clock.pass(6 * minute);
  await lock.connect().release('other');
  await clock.pass(60 * minute);
  assert.equal(rebooted(node), false);
  assert.deepEqual(lock.record.holders, []);
  assert.equal(node.last()?.phase, 'waiting-window');
  await clock.pass(24 * 60 * minute);
  assert.equal(rebooted(node), true);
});

test('a window that closes while users are warned is not overrun', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await using node = start(clock, lock, { schedule: daily('14:00', '3m') });
  node.machine.logins = 1;
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(10 * minute);
  assert.equal(rebooted(node), false);
  assert.deepEqual(node.machine.calls.slice(-2), ['warn The reboot is called off.', 'undo']);
  assert.deepEqual(lock.record.holders, []);
});

test('a lock that is freed is taken at once, not at the next try', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'other', name: '', reason: '' });
  await using node = start(clock, lock);
  node.world.reason = 'x';
  node.daemon.wake();
  // Long enough that the tries are minutes apart.
  await clock.pass(60 * minute);
  await lock.connect().release('other');
  assert.ok(await clock.until(() => rebooted(node), 1_000));
});

test('a lock that is lost while users are warned is noticed', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await using node = start(clock, lock);
  node.machine.logins = 1;
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(minute);
  await lock.connect().release('m1');
  await lock.connect().acquire({ id: 'other', name: '', reason: '' });
  await clock.pass(60 * minute);
  assert.equal(rebooted(node), false);
  assert.ok(node.said.some((text) => text.includes('was taken away by somebody')));
  assert.deepEqual(
    lock.record.holders.map(({ id }) => id),
    ['other'],
  );
});

test('a person holds it back, before and during the warning, and lets it go on', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await using node = start(clock, lock);
  node.machine.logins = 1;
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(minute);
  node.world.hold = 'jane';
  node.daemon.wake();
  await clock.pass(60 * minute);
  assert.equal(rebooted(node), false);
  assert.equal(node.last()?.phase, 'held-back');
  assert.match(node.last()?.waitsFor ?? '', /^jane holds reboots back/);
  assert.deepEqual(lock.record.holders, []);
  node.world.hold = undefined;
  node.daemon.wake();
  await clock.pass(6 * minute);
  assert.equal(rebooted(node), true);
});

test('a program that inhibits shutdown is waited for, by name; the lock is free meanwhile', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await using node = start(clock, lock);
  node.machine.blocking = ['dpkg (pid 7): installs'];
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(10 * minute + 5_000);
  assert.equal(rebooted(node), false);
  assert.ok(node.states.some(({ waitsFor }) => waitsFor?.includes('dpkg (pid 7): installs') === true));
  assert.deepEqual(lock.record.holders, []);
  node.machine.blocking = [];
  await clock.pass(minute);
  assert.equal(rebooted(node), true);
});

test('a hook that fails stops the reboot, says so, and is asked again', async () => {
  const clock = clockOf();
  await using node = start(clock, undefined);
  node.machine.hookFailure = locksmithErrors.error(
    'hindered',
    '10-backup does not let the machine reboot: status 1.',
  );
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(4 * minute);
  assert.equal(rebooted(node), false);
  assert.match(node.last()?.waitsFor ?? '', /10-backup/);
  assert.deepEqual(node.machine.calls, ['hooks', 'undo']);
  node.machine.hookFailure = undefined;
  await clock.pass(2 * minute);
  assert.equal(rebooted(node), true);
});

test('the lock of an earlier boot is given back when the machine is healthy, and not before', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'm1', name: '', reason: '' });
  await using node = start(clock, lock);
  node.world.healthy = false;
  await clock.pass(20 * minute);
  assert.equal(lock.record.holders.length, 1);
  assert.equal(node.last()?.phase, 'releasing');
  assert.match(node.last()?.lock ?? '', /held from before the boot: its gates have not passed/);
  // Another update does not stop that, nor does it make the machine go twice.
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(minute);
  assert.equal(rebooted(node), false);
  node.world.reason = undefined;
  node.world.healthy = true;
  await clock.pass(minute);
  assert.equal(lock.record.holders.length, 0);
  assert.equal(node.last()?.phase, 'idle');
});

test('after an update that did not last the lock is kept, and why is told', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'm1', name: '', reason: '' });
  await using node = start(clock, lock, { keepLock: 'It is kept: back on its old system.' });
  await clock.pass(60 * minute);
  assert.equal(lock.record.holders.length, 1);
  assert.equal(node.last()?.lock, 'It is kept: back on its old system.');
});

test('a store that is away changes nothing; when it is back, work goes on', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  lock.away = locksmithErrors.error('unavailable', 'client: etcd cluster is unavailable or misconfigured');
  await using node = start(clock, lock);
  await clock.pass(minute);
  assert.equal(node.last()?.phase, 'idle');
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(60 * minute);
  assert.equal(rebooted(node), false);
  assert.match(node.last()?.waitsFor ?? '', /etcd cluster is unavailable/);
  lock.away = undefined;
  await clock.pass(6 * minute);
  assert.equal(rebooted(node), true);
});

test('a lock that a former strategy left is given back by one that has none', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'm1', name: '', reason: '' });
  await using node = start(clock, lock, { releaseOnly: true, strategy: 'reboot' });
  await clock.pass(minute);
  assert.equal(lock.record.holders.length, 0);
  node.world.reason = 'x';
  node.daemon.wake();
  await clock.pass(minute);
  assert.equal(rebooted(node), true);
  assert.equal(lock.record.holders.length, 0);
});

for (const step of ['runHooks', 'drain', 'warn', 'reboot'] as const) {
  test(`a daemon that ends at the step "${step}" leaves a lock that its next run goes on with; nobody is blocked`, async () => {
    const clock = clockOf();
    const lock = new FakeLock();
    const stuck = start(clock, lock);
    stuck.machine.logins = 1;
    // It never comes back from that.
    stuck.machine[step] = async () => {
      stuck.machine.calls.push(`stuck at ${step}`);
      return await new Promise<never>(() => {});
    };
    stuck.world.reason = 'x';
    stuck.daemon.wake();
    assert.ok(await clock.until(() => stuck.machine.calls.includes(`stuck at ${step}`), 10 * minute));
    assert.equal(lock.record.holders[0]?.id, 'm1');
    await using waiter = start(clock, lock, { id: 'm2', name: 'm2' });
    waiter.world.reason = 'x';
    waiter.daemon.wake();
    await clock.pass(30 * minute);
    assert.equal(waiter.last()?.phase, 'waiting-lock');
    // The same machine, its daemon started anew; what it was to reboot for may have gone meanwhile.
    await using again = start(clock, lock);
    assert.ok(await clock.until(() => rebooted(waiter), 10 * minute));
    assert.equal(rebooted(again), false);
    assert.ok(again.said.some((text) => text.startsWith('The reboot lock is given back')));
  });
}

test('a second update that is found right after the reboot does not keep the lock', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  await lock.connect().acquire({ id: 'm1', name: '', reason: '' });
  await using node = start(clock, lock, { schedule: daily('20:00', '1h') });
  node.world.reason = 'another update is installed';
  node.daemon.wake();
  await clock.pass(minute);
  assert.deepEqual(lock.record.holders, []);
  assert.equal(node.last()?.phase, 'waiting-window');
});

test('five machines with one place: never two down, all updated, each in its window', async () => {
  const clock = clockOf();
  const lock = new FakeLock();
  const down = new Set<string>();
  let most = 0;
  const updated = new Set<string>();
  const all: Node[] = [];
  const boot = (id: string): Node => {
    const node = start(clock, lock, { id, name: id, schedule: daily('15:00', '1h') });
    all.push(node);
    node.world.reason = updated.has(id) ? undefined : 'x';
    node.machine.onReboot = () => {
      // Who is back and not yet healthy still counts.
      down.add(id);
      most = Math.max(most, down.size);
      clock.after(3 * minute, () => {
        void node[Symbol.asyncDispose]();
        updated.add(id);
        const next = boot(id);
        next.world.healthy = false;
        clock.after(2 * minute, () => {
          next.world.healthy = true;
          down.delete(id);
        });
      });
    };
    return node;
  };
  for (const id of ['a', 'b', 'c', 'd', 'e']) boot(id);
  assert.ok(await clock.until(() => updated.size === 5 && lock.record.holders.length === 0, 3 * 60 * minute));
  assert.equal(most, 1);
  assert.ok(beginMs + clock.now() < Date.UTC(2026, 10, 22, 16, 10));
  await Promise.all(all.map((node) => node[Symbol.asyncDispose]()));
});
