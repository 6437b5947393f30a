// GRUB's environment block, with the real grub-editenv as the oracle.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { formatGrubEnv, parseGrubEnv, readGrubEnv, updateGrubEnv } from '../../src/disk/grubenv.ts';
import { diskErrors } from '../../src/disk/index.ts';
import { run, runErrors } from '../../src/host/index.ts';

const editor = await run('grub-editenv', ['--version']).then(
  () => true,
  (error) => !runErrors.is(error, 'missing'),
);
const skip = !editor && 'grub-editenv is not installed (apt-get install grub-common)';
const ours = ['good_slot', 'try_slot', 'tries'];
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-grubenv-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('grub-editenv reads what we write, and we read what it writes', { skip }, async () => {
  const path = join(folder, 'env');
  await writeFile(
    path,
    formatGrubEnv(
      [
        ['good_slot', 'A'],
        ['odd', 'back\\slash'],
        ['tries', '2'],
      ],
      ours,
    ),
  );
  assert.equal((await readFile(path)).length, 1024);
  const { stdout } = await run('grub-editenv', [path, 'list']);
  assert.equal(stdout, 'good_slot=A\ntry_slot=\ntries=2\nodd=back\\slash\n');
  await run('grub-editenv', [path, 'set', 'try_slot=B', 'other=a\\b\nc']);
  const read = await readGrubEnv(path);
  assert.equal(read.get('try_slot'), 'B');
  assert.equal(read.get('other'), 'a\\b\nc');
  await updateGrubEnv(path, { try_slot: '', tries: '0' }, ours);
  const { stdout: later } = await run('grub-editenv', [path, 'list']);
  assert.deepEqual(later.split('\n').slice(0, 3), ['good_slot=A', 'try_slot=', 'tries=0']);
  assert.match(later, /other=a\\b\nc/);
});

test('any variables come back as they went in', () => {
  const name = fc.stringMatching(/^[a-z_]{1,8}$/);
  const value = fc.stringMatching(/^[ -~\n]{0,20}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 12 }),
      (pairs) => {
        assert.deepEqual([...parseGrubEnv(formatGrubEnv(pairs), 'x')], pairs);
      },
    ),
  );
});

test('a change of ours leaves every byte behind the first sector alone', () => {
  const others: [string, string][] = Array.from({ length: 12 }, (_, index) => [
    `other${index}`,
    'x'.repeat(50),
  ]);
  const one = formatGrubEnv([...others, ['good_slot', 'A'], ['try_slot', 'B'], ['tries', '3']], ours);
  const two = formatGrubEnv([...others, ['good_slot', 'A'], ['try_slot', 'B'], ['tries', '0']], ours);
  assert.deepEqual(one.subarray(512), two.subarray(512));
  assert.notDeepEqual(one.subarray(0, 512), two.subarray(0, 512));
});

test('what is no environment block is refused with the offset', async () => {
  const path = join(folder, 'damaged');
  const refused = async (block: Uint8Array, message: RegExp) => {
    await writeFile(path, block);
    await assert.rejects(readGrubEnv(path), (error) => {
      assert.ok(diskErrors.is(error, 'damaged'));
      assert.match(error.message, message);
      return true;
    });
  };
  const good = formatGrubEnv([['good_slot', 'A']]);
  await refused(good.subarray(0, 1000), /offset 1000: .*has 1024 bytes, this has 1000/);
  await refused(Buffer.concat([good, good]), /has 1024 bytes, this has 1025/);
  await refused(Buffer.alloc(1024), /offset 0: no environment block/);
  const torn = Buffer.from(good);
  torn.write('\0\0', 94, 'latin1');
  await refused(torn, /offset 94: expected NAME=VALUE/);
  await assert.rejects(readGrubEnv(join(folder, 'missing')), (error) => diskErrors.is(error, 'absent'));
});

test('variables that do not fit are refused and leave the block as it was', async () => {
  const path = join(folder, 'full');
  await writeFile(path, formatGrubEnv([['other', 'x'.repeat(900)]]));
  const earlier = await readFile(path);
  await assert.rejects(
    updateGrubEnv(path, { more: 'y'.repeat(100) }, ours),
    /has 1024 bytes, its variables need/,
  );
  assert.deepEqual(await readFile(path), earlier);
  assert.throws(() => formatGrubEnv([['tries', 'z'.repeat(500)]], ours), /do not fit in 512 bytes/);
  await truncate(path, 10);
  await assert.rejects(updateGrubEnv(path, { tries: '1' }, ours), /offset 10/);
});
