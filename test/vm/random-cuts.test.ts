// A cut at random keeps what a flush has made sure of, loses sectors only behind it, and is the same each time.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../machine/booted.ts';
import { cutAtRandom } from './random-cuts.ts';
import type { RecordedUpdate } from './recorded-update.ts';
import type { LoggedWrite } from './write-log.ts';

const sector = 512;
const status: RecordedUpdate['before'] = JSON.parse('{}');

/** Write number n is eight sectors at its own place, full of n; a flush follows every fourth. */
async function record(folder: string): Promise<RecordedUpdate> {
  const writes: LoggedWrite[] = [];
  const contents: Buffer[] = [];
  for (let number = 1; number <= 40; number++) {
    const offset = number * 8 * sector;
    writes.push({ kind: 'data', offset, bytes: 8 * sector, at: contents.length * 8 * sector });
    contents.push(Buffer.alloc(8 * sector, number));
    if (number % 4 === 0) writes.push({ kind: 'flush', offset: 0, bytes: 0, at: 0 });
  }
  const [image, log] = [join(folder, 'image'), join(folder, 'log')];
  await writeFile(image, Buffer.alloc(64 * 8 * sector));
  await writeFile(log, Buffer.concat(contents));
  return { image, log, writes, begun: 10, before: status, after: status };
}

test('what was flushed is there, of the rest some sectors', async () => {
  const folder = await temporaryFolder();
  try {
    const recorded = await record(folder);
    const disk = join(folder, 'disk');
    const seen = new Set<number>();
    let lost = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const cut = await cutAtRandom(recorded, seed, disk);
      assert.ok(cut.count > recorded.begun && cut.count <= recorded.writes.length);
      const bytes = await readFile(disk);
      let kept = 0;
      for (const [index, { kind, offset }] of recorded.writes.entries()) {
        if (kind === 'flush') continue;
        const number = offset / sector / 8;
        const sectors = Array.from({ length: 8 }, (_, at) =>
          bytes.subarray(offset + at * sector).subarray(0, sector),
        );
        const whole = sectors.filter((one) => one.equals(Buffer.alloc(sector, number))).length;
        const empty = sectors.filter((one) => one.equals(Buffer.alloc(sector))).length;
        assert.equal(whole + empty, 8, `seed ${seed}: half a sector of write ${number}`);
        if (index < cut.sure) assert.equal(whole, 8, `seed ${seed}: write ${number} was flushed`);
        else if (index >= cut.count) assert.equal(empty, 8, `seed ${seed}: write ${number} is to come`);
        else kept += whole;
      }
      assert.equal(kept, cut.kept);
      lost += cut.unsure - cut.kept;
      seen.add(cut.count);
      assert.deepEqual(await cutAtRandom(recorded, seed, disk), cut);
      assert.ok((await readFile(disk)).equals(bytes));
    }
    assert.ok(seen.size > 10, `${seen.size} different moments`);
    assert.ok(lost > 40, `${lost} sectors lost`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
