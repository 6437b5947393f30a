// What the calendar says may jump at any time: it is written down for people, and decides nothing.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const fleet = resolve(import.meta.dirname, '../../src/fleet');

/** Who asks for the date, and what for. */
const allowed = new Map([
  ['mark-away.ts', 'since when a machine is away, for lists'],
  ['services.ts', 'the same'],
  ['agent/notebook.ts', 'when a unit finished, for lists'],
  ['api/v2-machines.ts', 'since when a machine is drained, and asked to even out, for lists'],
  ['candidate.ts', 'since when this daemon leads, for metrics'],
  [
    'run-daemon.ts',
    'the age of the copy of the schedule, which is as old as a boot ago: no other clock tells',
  ],
]);

test('nothing in the daemon asks for the date but to tell it', async () => {
  const files = await readdir(fleet, { recursive: true });
  const asking: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.startsWith('ctl/'))) {
    if (/Date\.now\(|new Date\(\)/.test(await readFile(join(fleet, file), 'utf8'))) asking.push(file);
  }
  assert.deepEqual(asking.sort(), [...allowed.keys()].sort());
});
