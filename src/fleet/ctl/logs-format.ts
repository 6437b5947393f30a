// A line of a journal as it is shown: told apart by machine and unit. Pure.

import type { JournalEntry } from '../../systemd/index.ts';

export interface LogLine {
  readonly machineID: string;
  readonly timeUs: number;
  readonly entry: JournalEntry;
  /** As journalctl gave it. */
  readonly raw: string;
}

/** "self" is our own JSON, "json" journald's. */
export const logFormats = ['short', 'short-iso', 'short-precise', 'cat', 'json', 'self'] as const;
export type LogFormat = (typeof logFormats)[number];

const hues = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The line, with its newline. Without colours it is text for programs as well. */
export function formatLine(line: LogLine, format: LogFormat, colours: boolean): string {
  const { entry, machineID } = line;
  if (format === 'json') return `${line.raw}\n`;
  if (format === 'self') return `${JSON.stringify(fieldsOf(line))}\n`;
  // What a unit says must not move the cursor of who reads it.
  const message = format === 'cat' && !colours ? entry.message : harmless(entry.message);
  if (format === 'cat') return `${message}\n`;
  const process = entry.pid === undefined ? '' : `[${entry.pid}]`;
  const machine = machineID.slice(0, 8);
  const unit = harmless(entry.unit === '' ? '-' : entry.unit);
  const head = [
    timeText(line.timeUs, format),
    colours ? `\x1b[${hue(machineID)}m${machine} ${unit}\x1b[0m` : `${machine} ${unit}`,
    `${harmless(entry.identifier === '' ? 'unknown' : entry.identifier)}${process}:`,
  ].join(' ');
  const text = message.trimEnd().replaceAll('\n', '\n    ');
  const style = colours ? styleOf(entry.priority) : '';
  return style === '' ? `${head} ${text}\n` : `${head} ${style}${text}\x1b[0m\n`;
}

function fieldsOf({ machineID, timeUs, entry }: LogLine) {
  const { unit, priority, identifier, pid, message, hostname, cursor } = entry;
  const time = isoTime(timeUs);
  return { time, machine: machineID, hostname, unit, priority, identifier, pid, message, cursor };
}

/** ISO 8601 in UTC, with the microseconds that order lines. */
function isoTime(timeUs: number): string {
  const micros = String(timeUs % 1_000_000).padStart(6, '0');
  return `${new Date(Math.floor(timeUs / 1000)).toISOString().slice(0, 19)}.${micros}Z`;
}

/** In the time zone of who reads. */
function timeText(timeUs: number, format: LogFormat): string {
  const date = new Date(Math.floor(timeUs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (format === 'short-iso') {
    const offset = -date.getTimezoneOffset();
    const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock}${zone}`;
  }
  const micros = format === 'short-precise' ? `.${String(timeUs % 1_000_000).padStart(6, '0')}` : '';
  return `${months[date.getMonth()]} ${two(date.getDate())} ${clock}${micros}`;
}

function harmless(text: string): string {
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '�');
}

function hue(machineID: string): number {
  let sum = 0;
  for (const character of machineID) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return hues[sum % hues.length] ?? 36;
}

function styleOf(priority: number | undefined): string {
  if (priority === undefined) return '';
  return priority <= 3 ? '\x1b[1;31m' : priority === 4 ? '\x1b[1;33m' : priority === 7 ? '\x1b[2m' : '';
}
