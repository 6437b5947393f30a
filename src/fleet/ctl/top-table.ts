// The table of `fleetctl top`. Pure.

import type { Usage } from './top-sample.ts';

export const sortKeys = ['cpu', 'memory', 'io', 'tasks', 'unit'] as const;
export type SortKey = (typeof sortKeys)[number];

const orders: Readonly<Record<Exclude<SortKey, 'unit'>, (usage: Usage) => number>> = {
  cpu: ({ cpuPercent }) => cpuPercent ?? -1,
  memory: ({ memoryBytes }) => memoryBytes ?? -1,
  io: ({ readBytesPerS, writtenBytesPerS }) =>
    readBytesPerS === undefined && writtenBytesPerS === undefined
      ? -1
      : (readBytesPerS ?? 0) + (writtenBytesPerS ?? 0),
  tasks: ({ tasks }) => tasks ?? -1,
};

/** The greatest first; what is equal by name, so that lines do not jump about. */
export function sortUsage(usage: readonly Usage[], key: SortKey): Usage[] {
  const name = ({ unit, machine }: Usage) => `${unit}\0${machine}`;
  const byName = (a: Usage, b: Usage) => (name(a) < name(b) ? -1 : 1);
  if (key === 'unit') return usage.toSorted(byName);
  const order = orders[key];
  return usage.toSorted((a, b) => order(b) - order(a) || byName(a, b));
}

const header = ['UNIT', 'MACHINE', 'STATE', 'CPU%', 'MEMORY', 'READ/S', 'WRITE/S', 'TASKS'];
/** The columns that hold names. */
const leftColumns = 3;

/** Lines of the table, the header first, without newlines. `place` names a machine. */
export function usageTable(usage: readonly Usage[], place: (machine: string) => string): string[] {
  const rows = usage.map((one) => [
    one.unit,
    place(one.machine),
    one.activeState,
    one.cpuPercent === undefined ? '-' : one.cpuPercent.toFixed(1),
    bytes(one.memoryBytes),
    bytes(one.readBytesPerS),
    bytes(one.writtenBytesPerS),
    one.tasks === undefined ? '-' : String(one.tasks),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column < leftColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** What all of it is together. */
export function usageSummary(usage: readonly Usage[], machines: number): string {
  const sum = (value: (one: Usage) => number | undefined) =>
    usage.reduce((total, one) => total + (value(one) ?? 0), 0);
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const units = new Set(usage.map(({ unit }) => unit)).size;
  return [
    `${count(units, 'unit')} on ${count(machines, 'machine')}`,
    `CPU ${sum(({ cpuPercent }) => cpuPercent).toFixed(1)} %`,
    `memory ${bytes(sum(({ memoryBytes }) => memoryBytes))}`,
    count(
      sum(({ tasks }) => tasks),
      'task',
    ),
  ].join(', ');
}

function bytes(value: number | undefined): string {
  if (value === undefined) return '-';
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 || scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)}${units[unit]}`;
}
