// Lists that are followed: on a pipe, as JSON, on a terminal, and over a stream that breaks.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileListing } from '../../../src/fleet/ctl/list-unit-files.ts';
import { unitListing } from '../../../src/fleet/ctl/list-units.ts';
import { screenful } from '../../../src/fleet/ctl/watch.ts';
import { WatchedRows } from '../../../src/fleet/ctl/watched-rows.ts';
import type { UnitStatus } from '../../../src/fleet/model.ts';
import { cluster } from './cluster.ts';
import { fleetctlGoing, fleetctlHere } from './in-process.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';
const place = '0a1b2c3d.../10.0.0.7';

test('a pipe gets the list, then a line for each row that changes or goes', async () => {
  await using c = await cluster();
  const environment = { FLEETCTL_ENDPOINT: `unix://${c.path}` };
  writeFileSync(join(c.folder, 'a.service'), text);
  const ctl = (line: string) => fleetctlHere(line.replace('DIR', c.folder).split(' '), environment);
  await ctl('submit DIR/a');
  const files = fleetctlGoing(
    ['list-unit-files', '--watch', '--fields=unit,dstate,state,target'],
    environment,
  );
  assert.equal(
    await files.until((out) => out.includes('a.service'), 'the list'),
    'UNIT\t\tDSTATE\t\tSTATE\t\tTARGET\na.service\tinactive\tinactive\t-\n',
  );
  const units = fleetctlGoing(['list-units', '-w', '--no-legend', '--json'], environment);
  await ctl('start a');
  const last = `a.service\tlaunched\tlaunched\t${place}\n`;
  const started = await files.until((out) => out.endsWith(last), 'the start');
  // Each line differs from the one before.
  const lines = started.trimEnd().split('\n');
  assert.equal(new Set(lines).size, lines.length);
  const up = await units.until((out) => out.includes('"active"'), 'the state');
  for (const line of up.trimEnd().split('\n')) {
    const { change, row } = JSON.parse(line);
    assert.ok(['added', 'changed'].includes(change));
    assert.equal(row.name, 'a.service');
  }
  await ctl('destroy a');
  await files.until((out) => out.endsWith('a.service\t-\t-\t-\n'), 'the end');
  const gone = await units.until((out) => out.includes('"removed"'), 'the end of the state');
  assert.equal(JSON.parse(gone.trimEnd().split('\n').at(-1) ?? '').row.name, 'a.service');
  for (const one of [files, units]) {
    one.interrupt();
    assert.equal((await one.ended).status, 130);
  }
});

test('a terminal is drawn anew', async () => {
  await using c = await cluster();
  const environment = { FLEETCTL_ENDPOINT: `unix://${c.path}` };
  const machines = fleetctlGoing(['list-machines', '--watch'], environment, { rows: 24, columns: 80 });
  const first = await machines.until((out) => out.includes('zone=b'), 'the list');
  assert.ok(first.startsWith('\x1b[H'));
  await fleetctlHere(['metadata', '0a1b', 'zone=c'], environment);
  const drawn = await machines.until((out) => out.includes('zone=c'), 'the change');
  assert.match(drawn, /^\x1b\[H.*MACHINE/);
  machines.interrupt();
  await machines.ended;
});

test('a screen holds what fits', () => {
  const shown = screenful('a\nb\nc\nd\n', { rows: 4, columns: 20 });
  assert.match(shown, /a\x1b\[K\nb\x1b\[K\n… and 2 more/);
  assert.match(screenful('a\nb\n', { rows: 4, columns: 20 }), /a\x1b\[K\nb\x1b\[K\n\x1b/);
});

const unit = (name: string, more: Partial<UnitStatus> = {}): UnitStatus => ({
  name,
  desiredState: 'launched',
  global: false,
  hash: 'h',
  assignments: [],
  states: [],
  ...more,
});

test('a stream that begins anew tells only what is different, and what is gone', () => {
  const rows = new WatchedRows(fileListing(false, new Map()), ['unit', 'dstate'], false);
  const take = (...events: Parameters<typeof rows.take>[0][]) =>
    events.flatMap((event) => rows.take(event)).map(({ change, cells }) => [change, ...cells]);
  const synced = { type: 'synced', revision: 1 } as const;
  const is = (one: UnitStatus) => ({ type: 'unit', revision: 1, unit: one }) as const;
  rows.restart();
  assert.equal(take(is(unit('a')), is(unit('b')), is(unit('c')), synced).length, 3);
  assert.deepEqual(take(is(unit('a', { waiting: 'No machine.' }))), []);
  rows.restart();
  assert.deepEqual(take(is(unit('a')), is(unit('c', { desiredState: 'loaded' })), synced), [
    ['changed', 'c', 'loaded'],
    ['removed', 'b', '-'],
  ]);
  assert.deepEqual(
    rows.rows.map(({ name }) => name),
    ['a', 'c'],
  );
});

test('units that wait, and global units, as the lists show them', () => {
  const assignment = (machineID: string) => ({
    ...{ unit: 'g', machineID, hash: 'h', reason: '' },
    targetState: 'launched' as const,
  });
  const state = (machineID: string, systemdActiveState: string) => ({
    ...{ name: 'g', machineID, hash: 'h', systemdLoadState: 'loaded', systemdActiveState },
    systemdSubState: 'x',
    reached: 'launched' as const,
    assignmentRevision: 1,
  });
  const global = unit('g', {
    global: true,
    assignments: ['m1', 'm2', 'm3'].map(assignment),
    states: [state('m1', 'active'), state('m2', 'failed')],
  });
  const waits = unit('w', { waiting: 'No machine has disk=ssd.' });
  const files = fileListing(false, new Map());
  const show = (one: UnitStatus) => {
    const { reached, waiting } = files.columns(new Map());
    return [reached?.(one), waiting?.(one)];
  };
  assert.deepEqual(show(global), ['launched(1/3)', '-']);
  assert.deepEqual(show(waits), ['launched(0/1)', 'No machine has disk=ssd.']);
  assert.deepEqual(show(unit('i', { desiredState: 'inactive' })), ['inactive', '-']);
  assert.deepEqual(files.json(waits), { ...waits, reached: { machines: 0, of: 0 } });
  const units = unitListing(false, true);
  const cells = (one: UnitStatus) => {
    const { machine, active, waiting } = units.columns(new Map());
    return units.ofUnit(one).map((row) => [machine?.(row), active?.(row), waiting?.(row)]);
  };
  assert.deepEqual(cells(waits), [['-', '-', 'No machine has disk=ssd.']]);
  assert.deepEqual(cells(global), [
    ['m1...', 'active', '-'],
    ['m2...', 'failed', '-'],
    ['m3...', '-', '-'],
  ]);
  assert.deepEqual(unitListing(false, false).ofUnit(waits), []);
});

test('a followed list goes on where it was when its stream is cut', async () => {
  await using c = await cluster();
  writeFileSync(join(c.folder, 'a.service'), text);
  writeFileSync(join(c.folder, 'b.service'), text);
  // Between fleetctl and the API stands somebody who cuts connections.
  const open = new Set<Socket>();
  const asked: string[] = [];
  const between = createServer((client) => {
    const server = connect(c.path);
    client.once('data', (head) => asked.push(String(head).split('\r\n')[0] ?? ''));
    client.pipe(server).pipe(client);
    for (const end of [client, server]) {
      open.add(end);
      end.on('error', () => {});
      end.on('close', () => open.delete(end));
    }
  });
  const path = join(c.folder, 'between');
  await new Promise<void>((done) => between.listen(path, done));
  try {
    await fleetctlHere(['submit', join(c.folder, 'a')], { FLEETCTL_ENDPOINT: `unix://${c.path}` });
    const files = fleetctlGoing(['list-unit-files', '--watch', '--fields=unit,dstate'], {
      FLEETCTL_ENDPOINT: `unix://${path}`,
    });
    await files.until((out) => out.includes('a.service'), 'the list');
    for (const socket of open) socket.destroy();
    await fleetctlHere(['submit', join(c.folder, 'b')], { FLEETCTL_ENDPOINT: `unix://${c.path}` });
    // Nothing is told twice.
    const told = await files.until((out) => out.endsWith('b.service\tinactive\n'), 'what came meanwhile');
    assert.equal(told, 'b.service\tinactive\n');
    assert.match(asked.at(-1) ?? '', /^GET \/fleet\/v2\/events\?since=\d+ /);
    files.interrupt();
    assert.match((await files.ended).stderr, /Trying again\.\n$/);
  } finally {
    between.close();
    for (const socket of open) socket.destroy();
  }
});
