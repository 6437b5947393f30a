// What `fleetctl logs` asks journalctl of each machine for. Pure.

import { systemdName } from '../quadlet.ts';
import { usage } from './context.ts';
import type { FlagValues } from './flags.ts';
import { type LogFormat, logFormats } from './logs-format.ts';

export interface LogQuery {
  readonly follow: boolean;
  /** So many of the newest lines that are there already; undefined for all. */
  readonly lines: number | undefined;
  readonly format: LogFormat;
  /** Words for journalctl that choose among lines. */
  readonly filters: readonly string[];
  readonly sudo: boolean;
}

const usualLines = 10;

/** Throws `cli.usage` for what journalctl would not understand. */
export function logQuery(flags: FlagValues): LogQuery {
  const follow = flags.bool('follow');
  const [since, until] = [flags.text('since'), flags.text('until')];
  if (follow && until !== undefined) throw usage('--until and --follow do not go together.');
  const output = flags.text('output') ?? 'short';
  const format = flags.bool('json') ? 'self' : logFormats.find((known) => known === output);
  if (format === undefined || (format === 'self' && !flags.bool('json'))) {
    const known = logFormats.filter((name) => name !== 'self').join(', ');
    throw usage(`--output "${output}" is none of ${known}.`, '--json prints an object a line.');
  }
  const priority = flags.text('priority');
  if (priority !== undefined && !/^[a-z0-9]+(\.\.[a-z0-9]+)?$/.test(priority)) {
    throw usage(`--priority "${priority}" is no priority: 0 to 7, emerg to debug, or FROM..TO.`);
  }
  const filters = (['since', 'until', 'priority', 'grep'] as const).flatMap((name) => {
    const value = flags.text(name);
    if (value === undefined) return [];
    if (value === '' || /[\0\r\n]/.test(value)) throw usage(`--${name} needs one line of text.`);
    return [`--${name}=${value}`];
  });
  return {
    follow,
    lines: linesOf(flags.text('lines'), since !== undefined || until !== undefined),
    format,
    filters,
    sudo: flags.bool('sudo'),
  };
}

function linesOf(text: string | undefined, bounded: boolean): number | undefined {
  if (text === undefined) return bounded ? undefined : usualLines;
  if (text === 'all') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw usage(`--lines must be a whole number or "all", not "${text}".`);
  return Number(text);
}

/** Which part of a journal: what is there, or what comes after a line that is known. */
export type LogPart =
  | { readonly kind: 'past'; readonly lines: number | undefined }
  | { readonly kind: 'live'; readonly cursor: string | undefined };

/** The command to run on a machine for the journals of these units. */
export function journalWords(units: readonly string[], query: LogQuery, part: LogPart): string[] {
  const words = [
    ...(query.sudo ? ['sudo'] : []),
    ...['journalctl', '--output=json', '--all', '--no-pager', '--quiet'],
    ...units.map((unit) => `--unit=${systemdName(unit)}`),
    ...query.filters,
  ];
  if (part.kind === 'past') return part.lines === undefined ? words : [...words, `--lines=${part.lines}`];
  // With the line itself, not after it: should it be gone, as a journal in memory is after a reboot,
  // "after" would leave out the one that comes in its place.
  return [
    ...words,
    '--follow',
    '--no-tail',
    ...(part.cursor === undefined ? [] : [`--cursor=${part.cursor}`]),
  ];
}
