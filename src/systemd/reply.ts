// Guards at the border: what systemd answers is believed only in the shape that it promises.

import { systemdErrors } from './errors.ts';
import type { UnitFileChange } from './model.ts';

export function replyString(value: unknown): string {
  if (typeof value === 'string') return value;
  throw unexpected('a string', value);
}

export function replyNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw unexpected('a number', value);
}

export function replyList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected('a list', value);
}

export function replyRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw unexpected('a dictionary', value);
}

/** The number of a job from its object path. */
export function replyJobId(value: unknown): number {
  const id = /\/job\/(\d+)$/.exec(replyString(value))?.[1];
  if (id !== undefined) return Number(id);
  throw unexpected('the path of a job', value);
}

export function replyFileChanges(value: unknown): readonly UnitFileChange[] {
  return replyList(value).map((entry) => {
    const [type, path, destination] = replyList(entry);
    return { type: replyString(type), path: replyString(path), destination: replyString(destination) };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected(expected: string, value: unknown): Error {
  return systemdErrors.error('bad-reply', `systemd answered with ${typeof value} where ${expected} was due.`);
}
