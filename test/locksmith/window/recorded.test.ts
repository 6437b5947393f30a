// Windows as Go's own time package reads and counts them: what the original would have done, over both changes of
// the clocks in four zones. recorded.jsonl was written by a program of a few lines around time.Date,
// time.ParseDuration and fmt.Sscanf (Go 1.19); a line is one window looked at from one instant, or its error.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  currentOccurrence,
  msToStart,
  nextOccurrence,
  readWindow,
} from '../../../src/locksmith/window/window.ts';
import { utc, zoneNamed } from '../../../src/locksmith/window/zone.ts';

interface Line {
  readonly start: string;
  readonly length: string;
  readonly error?: string;
  readonly zone: string;
  readonly from: string;
  readonly inside: boolean;
  readonly toStartMs: number;
  readonly next: readonly (readonly [string, string])[];
}

const text = readFileSync(join(import.meta.dirname, 'recorded.jsonl'), 'utf8');
const lines: readonly Line[] = text
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

test('every text that the original refuses is refused, for the same reason and with a place', () => {
  const refused = lines.filter(({ error }) => error !== undefined);
  assert.ok(refused.length >= 45);
  for (const { start, length, error = '' } of refused) {
    const { problem } = readWindow(start, length, utc);
    const of = JSON.stringify([start, length]);
    assert.ok(problem !== undefined, `${of} is read; expected: ${error}`);
    // How Go quotes strange characters is its own affair.
    const known = error.replace(/^time: /, '').replace(/ "(?:[^"\\]|\\.)*"$/, '');
    assert.ok(problem.message.startsWith(known.split(' "')[0] ?? ''), `${of}: ${problem.message}; ${error}`);
    assert.ok(problem.column >= 1 && problem.column <= [...problem.text].length + 1, of);
    assert.notEqual(problem.expected, '', of);
  }
});

test('every other window is in the same places', () => {
  const windows = new Set(lines.map(({ start, length }) => `${start}\n${length}`));
  assert.ok(windows.size >= 110);
  for (const { start, length, error, zone: name, from, inside, toStartMs, next } of lines) {
    if (error !== undefined) continue;
    const zone = zoneNamed(name);
    assert.ok(zone !== undefined);
    const { window, problem } = readWindow(start, length, zone);
    const of = JSON.stringify([start, length, name, from]);
    assert.ok(window !== undefined, `${of}: ${problem?.message}`);
    const atMs = Date.parse(from);
    assert.equal(currentOccurrence(window, atMs) !== undefined, inside, of);
    assert.equal(msToStart(window, atMs), toStartMs, of);
    let fromMs = atMs;
    const found = next.map(() => {
      const { startMs, endMs } = nextOccurrence(window, fromMs);
      fromMs = startMs;
      return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
    });
    assert.deepEqual(found, next, of);
  }
});
