// locksmithctl windows: the next times at which a machine may reboot.

import { renderTable } from '../../cli/index.ts';
import { readSchedule, windowError, windowVariables } from '../daemon-settings.ts';
import { locksmithErrors } from '../errors.ts';
import { machineId } from '../machine-id.ts';
import { readState, runDirectory } from '../run-files.ts';
import { showDuration } from '../window/duration.ts';
import { firstOpenings, type Opening, type Schedule } from '../window/schedule.ts';
import { readExceptions, readWindows } from '../window/schedule-text.ts';
import { occurrencesFrom, readWindow } from '../window/window.ts';
import { machineZone, showInstant, type Zone, zoneNamed } from '../window/zone.ts';
import type { Context } from './context.ts';

interface Shown {
  readonly zone: Zone;
  readonly times: readonly Pick<Opening, 'startMs' | 'endMs'>[];
}

export async function run(context: Context): Promise<number> {
  const { flag, out } = context;
  const fromMs = readFrom(flag('from'));
  const count = /^[1-9]\d{0,3}$/.test(flag('count')) ? Number(flag('count')) : Number.NaN;
  if (Number.isNaN(count)) throw locksmithErrors.error('usage', '--count must be a number from 1 to 9999.');
  const { zone, times } = await find(context, fromMs, count);
  const [first] = times;
  const inside = first !== undefined && first.startMs <= fromMs;
  const rows = times.map(({ startMs, endMs }) => ({
    start: showInstant(zone, startMs),
    end: showInstant(zone, endMs),
    startUtc: new Date(startMs).toISOString(),
    endUtc: new Date(endMs).toISOString(),
    lengthMs: endMs - startMs,
  }));
  if (flag('json') === 'true') {
    const toStartMs = first === undefined ? null : first.startMs - fromMs;
    const [current, ...after] = inside ? rows : [null, ...rows];
    out(
      `${JSON.stringify({ zone: zone.name, from: showInstant(zone, fromMs), inside, toStartMs, current, next: after })}\n`,
    );
    return 0;
  }
  if (first === undefined) {
    out(
      `No time at which this machine may reboot comes within 400 days after ${showInstant(zone, fromMs)}.\n`,
    );
    return 0;
  }
  const ahead = showDuration(Math.ceil(Math.abs(first.startMs - fromMs) / 1000) * 1000);
  out(`${inside ? `Open since ${ahead}` : `Opens in ${ahead}`} (${zone.name}).\n\n`);
  const table = rows.map(({ start, end, lengthMs }) => [start, end, showDuration(lengthMs)]);
  out(renderTable({ header: ['START', 'END', 'LENGTH'], rows: table }));
  return 0;
}

async function find({ flag, env, err }: Context, fromMs: number, count: number): Promise<Shown> {
  const [start, length] = [flag('start'), flag('length')];
  const named = flag('zone') === '' ? machineZone(env) : zoneNamed(flag('zone'));
  if (named === undefined) {
    throw locksmithErrors.error('usage', `There is no time zone ${JSON.stringify(flag('zone'))}.`, {
      hint: 'Zones are named as in the IANA database: Europe/Berlin, America/New_York, UTC.',
    });
  }
  if ((start === '') !== (length === '')) {
    throw locksmithErrors.error('usage', '--start and --length are only used together.');
  }
  if (start !== '') {
    const { window, problem } = readWindow(start, length, named);
    if (problem !== undefined) throw windowError(`--${problem.part}`, problem.text, problem);
    const { trailing } = window.start;
    if (trailing !== undefined) {
      if (flag('strict') === 'true') throw windowError('--start', start, trailing);
      err(`--start, column ${trailing.column}: ${trailing.message}.`);
    }
    return { zone: named, times: firstOf(occurrencesFrom(window, fromMs), count) };
  }
  if (flag('windows') !== '' || flag('except') !== '') {
    const [windows, exceptions] = [
      readWindows(flag('windows'), named),
      readExceptions(flag('except'), named),
    ];
    if (windows.problem !== undefined) throw windowError('--windows', flag('windows'), windows.problem);
    if (exceptions.problem !== undefined) throw windowError('--except', flag('except'), exceptions.problem);
    const schedule: Schedule = { windows: windows.value, exceptions: exceptions.value, delayMs: 0 };
    return { zone: named, times: firstOpenings(schedule, fromMs, count) };
  }
  const given = readState(env.LOCKSMITH_RUN_DIRECTORY ?? runDirectory)?.windows ?? ownVariables(env);
  const schedule: Schedule = readSchedule(given, {
    machineId: (await machineId()) ?? '',
    zone: named,
    warn: err,
  });
  const zone = schedule.windows[0]?.zone ?? named;
  return { zone: flag('zone') === '' ? zone : named, times: firstOpenings(schedule, fromMs, count) };
}

function firstOf<Value>(values: Iterable<Value>, count: number): readonly Value[] {
  const found: Value[] = [];
  for (const value of values) if (found.push(value) === count) break;
  return found;
}

function ownVariables(env: Context['env']): Record<string, string> {
  return Object.fromEntries(
    windowVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

function readFrom(text: string): number {
  if (text === '') return Date.now();
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw locksmithErrors.error(
    'usage',
    `--from is ${JSON.stringify(text)}; expected a time such as 2026-11-26T04:00:00Z.`,
  );
}
