// The schedule of this machine as a text that is kept across boots: what it needs to start its units while
// it is cut off from the store. Entries and contents stand in it as the store has them, so that whatever they
// come to hold is kept too.

import { createHash } from 'node:crypto';
import type { Assignment } from '../model.ts';
import { asFields, readAssignment, writeAssignment } from '../registry/records.ts';

export interface ScheduleCopy {
  readonly machineID: string;
  /** When the store last said so, in ISO 8601. */
  readonly confirmedAt: string;
  /** What this machine had carried out, in the order of names. */
  readonly assignments: readonly Assignment[];
  /** Names of units that were to run once, and have. */
  readonly finished: readonly string[];
  /** Values of the store's contents, by hash. */
  readonly contents: ReadonlyMap<string, string>;
}

/** The text of a copy; its first line is the checksum of the rest. */
export function renderCopy(copy: ScheduleCopy): string {
  const finished = new Set(copy.finished);
  const units = copy.assignments.map((assignment) => ({
    name: assignment.unit,
    revision: assignment.revision ?? 0,
    value: writeAssignment(assignment),
    ...(finished.has(assignment.unit) ? { finished: true } : {}),
  }));
  const { machineID, confirmedAt, contents } = copy;
  const body = `${JSON.stringify({ machineID, confirmedAt, units, contents: Object.fromEntries(contents) })}\n`;
  return `${checksum(body)}\n${body}`;
}

/** What a text says, or what is wrong with it as the end of a sentence. */
export function readCopy(text: string): ScheduleCopy | { readonly damage: string } {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end === -1 || text.slice(0, end) !== checksum(body)) return { damage: 'its checksum does not fit' };
  const fields = parse(body);
  const { machineID, confirmedAt, units, contents } = fields ?? {};
  if (typeof machineID !== 'string' || typeof confirmedAt !== 'string' || !Array.isArray(units)) {
    return { damage: 'it is not of a form that this version knows' };
  }
  const assignments = units.flatMap((unit): Assignment[] => {
    const { name, revision, value } = asFields(unit) ?? {};
    if (typeof name !== 'string' || typeof revision !== 'number' || typeof value !== 'string') return [];
    const assignment = readAssignment(value, name, machineID, revision);
    return assignment === undefined ? [] : [assignment];
  });
  const finished = units.flatMap((unit) => {
    const { name, finished: done } = asFields(unit) ?? {};
    return typeof name === 'string' && done === true ? [name] : [];
  });
  const values = Object.entries(asFields(contents) ?? {}).flatMap(([hash, value]): [string, string][] =>
    typeof value === 'string' ? [[hash, value]] : [],
  );
  return { machineID, confirmedAt, assignments, finished, contents: new Map(values) };
}

/** Whether two copies say the same, whenever they said it. */
export function sameCopy(a: ScheduleCopy, b: ScheduleCopy): boolean {
  return renderCopy({ ...a, confirmedAt: '' }) === renderCopy({ ...b, confirmedAt: '' });
}

function checksum(body: string): string {
  return `sha256 ${createHash('sha256').update(body).digest('hex')}`;
}

function parse(body: string) {
  try {
    return asFields(JSON.parse(body));
  } catch {
    return undefined;
  }
}
