// A life of a machine whose ESP is a small file system; run in a mount namespace of its own: FOLDER RELEASES.
// FOLDER/esp is mounted already.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskErrors } from '../../../src/disk/index.ts';
import { listing } from './listing.ts';
import { TestMachine } from './machine.ts';

const [folder = '', releases = ''] = process.argv.slice(2);
const machine = await TestMachine.make('systemd-boot', folder, join(releases, '2'));
const filler = join(machine.esp, 'something-else');
const fill = () => writeFile(filler, Buffer.alloc(1_700_000));
const isFull = (error: unknown) => {
  assert.ok(diskErrors.is(error, 'full'), String(error));
  return true;
};

await fill();
const before = await listing(folder);
const steps: string[] = [];
const refused = machine.manager().write(join(releases, '3'), { onStep: (name) => steps.push(name) });
await assert.rejects(refused, isFull);
assert.deepEqual(steps, ['check-room'], 'before the release is read');
assert.deepEqual(await listing(folder), before, 'nothing changed');
await rm(filler);

// Somebody else fills it after there was room.
const middle = machine.manager().write(join(releases, '3'), {
  afterStep: async (name) => {
    if (name === 'identify') await fill();
  },
});
await assert.rejects(middle, (error) => {
  isFull(error);
  assert.match(String(error), /Writing the kernel of 3 did not end: ENOSPC/);
  return true;
});
assert.deepEqual(await machine.boot(), { slot: 'A', version: '2', starts: 1 });
await rm(filler);
await machine.manager().write(join(releases, '3'));
assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
