// Three machines, one release, one reboot at a time: from the offer to the last blessing, while fleet's units go on.
// What was when is read afterwards from the machines' journals, which share a clock.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { checkout } from './booted.ts';
import {
  bootUpdated,
  inside,
  journalOf,
  type Moment,
  patienceMs,
  type UpdatedCluster,
  untilGood,
} from './updated-cluster.ts';

const sleeps = (fleet = '') => `[Unit]
Description=%p %i
[Service]
ExecStart=/bin/sleep infinity
${fleet === '' ? '' : `[X-Fleet]\n${fleet}\n`}`;

const units: Readonly<Record<string, string>> = {
  'everywhere.service': sleeps('Global=true'),
  'web@.service': sleeps(),
  'apart@.service': sleeps('Conflicts=apart@*'),
};
const webs = [1, 2, 3, 4].map((number) => `web@${number}.service`);
const aparts = [1, 2, 3].map((number) => `apart@${number}.service`);

let updated: UpdatedCluster;
let machines: readonly Machine[] = [];
before(async () => {
  updated = await bootUpdated({ machines: 3, settings: { REBOOT_STRATEGY: 'etcd-lock' } });
  ({ machines } = updated.cluster);
});
after(async () => {
  await updated?.[Symbol.asyncDispose]();
});

/** fleetctl of this checkout, over the first machine's socket. */
async function fleetctl(folder: string, ...words: readonly string[]): Promise<string> {
  const argv = ['--endpoint', `unix://${machines[0]?.socket}`, ...words];
  const options = { cwd: folder, deadlineMs: patienceMs };
  return (await run(process.execPath, [join(checkout, 'dist/fleetctl.js'), ...argv], options)).stdout;
}

const isActive = async (machine: Machine, unit: string) =>
  (await inside(machine, 'systemctl', 'is-active', unit)).stdout.trim() === 'active';

/** Waits until so many of these run, on all machines together. */
async function untilRunning(names: readonly string[], count: number): Promise<void> {
  const [first] = machines;
  const holds = async () => {
    const found = await Promise.all(
      machines.flatMap((machine) => names.map((name) => isActive(machine, name))),
    );
    return found.filter(Boolean).length === count;
  };
  await first?.waitFor(holds, { timeoutMs: patienceMs, intervalMs: 1000, what: names.join(' ') });
}

/** How many of these units run after each of the moments at which one began or ended. */
function course(
  moments: readonly Moment[],
  names: readonly string[],
): { at: number; on: ReadonlyMap<string, number> }[] {
  const now = new Set<string>();
  return moments
    .filter(({ unit }) => names.includes(unit))
    .map(({ at, machine, unit, text }) => {
      if (text.startsWith('Started ')) now.add(`${machine} ${unit}`);
      else now.delete(`${machine} ${unit}`);
      const on = new Map(
        machines.map(({ name }) => [name, [...now].filter((one) => one.startsWith(`${name} `)).length]),
      );
      return { at, on };
    });
}

const sum = (on: ReadonlyMap<string, number>) => [...on.values()].reduce((all, one) => all + one, 0);

test('an update goes round, one machine at a time, and nothing is missed', { timeout: 900_000 }, async () => {
  const folder = join(updated.folder, '../units');
  await mkdir(folder);
  for (const [name, text] of Object.entries(units)) await writeFile(join(folder, name), text);
  await fleetctl(folder, 'start', '--no-block', ...Object.keys(units).slice(0, 1), ...webs, ...aparts);
  await untilRunning(webs, 4);
  await untilRunning(aparts, 3);
  await untilRunning(['everywhere.service'], 3);
  const [first] = machines;
  assert.ok(first);
  assert.match((await inside(first, 'locksmithctl', 'set-max', '1')).stdout, /Max: 1/);
  const begin = Date.now() * 1000;

  await updated.publish('2.0.0');
  await Promise.all(machines.map((machine) => inside(machine, 'update_engine_client', '-check_for_update')));
  for (const machine of machines) await untilGood(machine, '2.0.0', 2 * patienceMs);
  // The last thing is that its lock is given back, and the server told.
  const isFree = async () =>
    /Available: 1\nMax: 1/.test((await inside(first, 'locksmithctl', 'status')).stdout);
  await first.waitFor(isFree, { timeoutMs: patienceMs, intervalMs: 1000, what: 'a free reboot lock' });
  const isComplete = async () =>
    [...(await updated.machines()).values()].every(
      ({ version, status }) => version === '2.0.0' && status === 'complete',
    );
  await first.waitFor(isComplete, {
    timeoutMs: patienceMs,
    intervalMs: 1000,
    what: 'complete on the server',
  });
  await untilRunning(webs, 4);
  await untilRunning(aparts, 3);

  const told = ['SYSLOG_IDENTIFIER=locksmithd', '+', 'SYSLOG_IDENTIFIER=keelson-bless'];
  const lock = (await journalOf(updated.cluster, told)).filter(({ at }) => at > begin);
  const turns = lock.flatMap(({ machine, at, text }) => {
    if (/has the reboot lock/.test(text)) return [{ machine, at, what: 'taken' }];
    if (/^Rebooting: /.test(text)) return [{ machine, at, what: 'rebooting' }];
    return / is marked as good/.test(text) ? [{ machine, at, what: 'blessed' }] : [];
  });
  const story = turns.map(({ machine, what }) => `${machine} ${what}`);
  const order = turns.filter(({ what }) => what === 'taken').map(({ machine }) => machine);
  assert.deepEqual([...order].sort(), ['m1', 'm2', 'm3'], story.join(', '));
  assert.deepEqual(
    story,
    order.flatMap((name) => [`${name} taken`, `${name} rebooting`, `${name} blessed`]),
  );

  const pid1 = ['_PID=1', '+', 'SYSLOG_IDENTIFIER=systemd'];
  const lines = (await journalOf(updated.cluster, pid1)).filter(
    ({ unit, text }) => unit !== '' && /^(Started|Stopping) /.test(text),
  );
  // As many as may be on their way at once: those of the machine whose turn it is.
  let moved = 0;
  for (const { machine, at } of turns.filter(({ what }) => what === 'taken')) {
    const before = course(
      lines.filter((line) => line.at <= at),
      webs,
    ).at(-1)?.on;
    moved = Math.max(moved, before?.get(machine) ?? 0);
  }
  for (const { machine, at } of turns.filter(({ what }) => what === 'rebooting')) {
    const before = course(
      lines.filter((line) => line.at <= at),
      webs,
    ).at(-1)?.on;
    assert.ok(before);
    assert.equal(before.get(machine), 0, `${machine} was drained`);
    assert.equal(sum(before), 4, `all instances run elsewhere when ${machine} goes`);
  }
  const during = (names: readonly string[]) => course(lines, names).filter(({ at }) => at > begin);
  const least = (names: readonly string[]) => Math.min(...during(names).map(({ on }) => sum(on)));
  // The lock goes on when what runs only here is back.
  assert.ok(least(aparts) >= 2, `${least(aparts)} of 3 ran that keep apart`);
  assert.ok(least(webs) >= 4 - moved, `${least(webs)} of 4 ran, ${moved} at most were moved at once`);
  assert.ok(least(['everywhere.service']) >= 2, 'on the machines that are up');

  const events = await updated.events();
  for (const { name, machineId } of machines) {
    const heard = events.flatMap(({ machine, type, result }) =>
      machine === machineId && type !== undefined ? [`${type}/${result}`] : [],
    );
    for (const event of ['13/1', '14/1', '3/1', '3/2'])
      assert.ok(heard.includes(event), `${name}: ${heard.join(' ')}`);
    assert.equal(heard.at(-1), '3/2', `${name}: ${heard.join(' ')}`);
  }
});
