// Time zones by their names in the IANA database, which the runtime carries (Intl): no package is needed, and a
// machine without tzdata reads the same. What is missing there, the instant of a wall-clock time, is made here
// the way Go's time.Date makes it.

import { readlinkSync } from 'node:fs';

/** A time zone that is known to exist. */
export interface Zone {
  readonly name: string;
  /** How far its clocks are ahead of UTC at an instant, both in milliseconds. */
  readonly offsetMs: (instantMs: number) => number;
}

const zones = new Map<string, Zone>();

/** The zone of that name, or undefined when there is none. */
export function zoneNamed(name: string): Zone | undefined {
  // Intl also takes "+02:00", which is no name of a zone.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  const known = zones.get(name);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  } catch {
    return undefined;
  }
  const zone = {
    name,
    offsetMs: name === 'UTC' ? () => 0 : (instantMs: number) => offset(format, instantMs),
  };
  zones.set(name, zone);
  return zone;
}

function offset(format: Intl.DateTimeFormat, instantMs: number): number {
  const wholeMs = Math.floor(instantMs / 1000) * 1000;
  const fields: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(wholeMs)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeMs;
}

/**
 * The zone that this machine is set to: TZ, else where /etc/localtime leads, else UTC. Read anew each time, since
 * `timedatectl set-timezone` does not restart anybody.
 */
export function machineZone(
  env: Readonly<Record<string, string | undefined>> = process.env,
  localtime = '/etc/localtime',
): Zone {
  const given = env.TZ?.replace(/^:/, '') ?? '';
  const named = given === '' ? linkedZone(localtime) : /zoneinfo\/(.+)$/.exec(given)?.[1];
  return zoneNamed(named ?? given) ?? utc;
}

/** Where the link is a copy of a zone's file, the runtime knows that by its content. */
function linkedZone(localtime: string): string | undefined {
  try {
    return /(?:^|\/)zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readlinkSync(localtime))?.[1];
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

export const utc: Zone = { name: 'UTC', offsetMs: () => 0 };

/** The day that the zone's calendar shows at an instant. `weekday` counts from Sunday, 0. */
export function localDay(
  zone: Zone,
  instantMs: number,
): { year: number; month: number; day: number; weekday: number } {
  const local = new Date(instantMs + zone.offsetMs(instantMs));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
  };
}

/**
 * The instant of a wall-clock time, its day normalised as calendars are (the 32nd of March is the 1st of April).
 * The offset is first taken as if the wall clock were UTC's, then corrected once: so says Go's time.Date, and so a
 * time that a change skips is moved by the change's length (02:30 becomes 01:30 in New York, 03:30 in Berlin), and
 * of one that comes twice the first counts west of Greenwich and the second east of it. `month` counts from 0.
 */
export function instantOf(
  zone: Zone,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
): number {
  const wallMs = Date.UTC(year, month, day, hour, minute);
  return wallMs - zone.offsetMs(wallMs - zone.offsetMs(wallMs));
}

/** An instant as the zone's clocks show it: `2026-11-26T04:00:00+01:00`. */
export function showInstant(zone: Zone, instantMs: number): string {
  const ahead = zone.offsetMs(instantMs);
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const pad = (value: number) => String(value).padStart(2, '0');
  const isUtc = /^(Etc\/)?(UTC|UCT|Universal|Zulu)$/.test(zone.name);
  const tail = isUtc ? 'Z' : `${ahead < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return new Date(instantMs + ahead).toISOString().replace(/(\.000)?Z$/, tail);
}
