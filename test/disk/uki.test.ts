// UKIs put together by the real objcopy out of systemd's stub, read back, and damaged in every field.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { diskErrors, extractSection, readUki, writeUki } from '../../src/disk/index.ts';
import { parsePe } from '../../src/disk/pe.ts';
import { cmdlineValue } from '../../src/disk/uki.ts';
import { stubPath } from './stub.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
const kernel = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(70_001, 'kernel ')]);
const initrd = Buffer.alloc(9000, 'initrd ');
let folder = '';
let path = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-uki-'));
  path = join(folder, 'a.efi');
  await writeFile(join(folder, 'vmlinuz'), kernel);
  await writeFile(join(folder, 'initrd'), initrd);
  if (stub !== undefined) await writeUki(partsFor(path));
});
after(() => rm(folder, { recursive: true, force: true }));

function partsFor(output: string) {
  return {
    stub: stub ?? '',
    osRelease: 'ID=keelson\nIMAGE_VERSION="4.1"\n# no\n',
    cmdline: 'usrhash=first quiet usrhash=last\n',
    linux: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd'),
    output,
  };
}

test('what goes in comes out, section by section', { skip }, async () => {
  const uki = await readUki(path);
  assert.notEqual(uki.machine, 'other');
  assert.equal(uki.cmdline, 'usrhash=first quiet usrhash=last');
  assert.equal(cmdlineValue(uki.cmdline, 'usrhash'), 'last');
  assert.equal(cmdlineValue(uki.cmdline, 'usr'), undefined);
  assert.deepEqual(Object.fromEntries(uki.osRelease), { ID: 'keelson', IMAGE_VERSION: '4.1' });
  const copy = join(folder, 'copy');
  await extractSection(uki, '.linux', copy);
  assert.deepEqual(await readFile(copy), kernel);
  await extractSection(uki, '.initrd', copy);
  assert.deepEqual(await readFile(copy), initrd);
});

test('the same parts give the same bytes at another time; nothing is left beside', { skip }, async () => {
  const again = join(folder, 'b.efi');
  // The headers have a field for the time in seconds.
  await setTimeout(1100);
  await writeUki(partsFor(again));
  assert.deepEqual(await readFile(again), await readFile(path));
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.')),
    [],
  );
});

test('sections are loaded apart from each other, in pages of their own', { skip }, async () => {
  const { sections } = await readUki(path);
  const added = ['.osrel', '.cmdline', '.initrd', '.linux'].map((name) => sections.get(name));
  for (const [index, section] of added.entries()) {
    assert.ok(section !== undefined);
    assert.equal(section.virtualAddress % 4096, 0);
    const before = added[index - 1];
    if (before !== undefined) assert.ok(section.virtualAddress >= before.virtualAddress + before.bytes);
  }
});

test('a truncated UKI is refused at every length', { skip }, async () => {
  const whole = await readFile(path);
  const { sections } = await readUki(path);
  const last = sections.get('.linux');
  assert.ok(last !== undefined);
  const end = last.offset + last.bytes;
  const cut = join(folder, 'cut.efi');
  for (const length of [0, 1, 63, 64, 200, 400, 700, 4096, last.offset, end - 4096, end - 1]) {
    await writeFile(cut, whole.subarray(0, length));
    await assert.rejects(
      readUki(cut),
      (error) => diskErrors.is(error, 'damaged') && /offset \d+/.test(error.message),
      `${length} bytes of ${whole.length}`,
    );
  }
});

test('a UKI without a kernel in it, and a file that is none, are refused by name', { skip }, async () => {
  const other = join(folder, 'other.efi');
  await assert.rejects(
    readUki(stub ?? ''),
    /no whole UKI: it ends at \d+ without a section \.osrel|\.cmdline|\.initrd/,
  );
  const linux = join(folder, 'text');
  await writeFile(linux, 'no kernel');
  await assert.rejects(writeUki({ ...partsFor(other), linux }), /\.linux is no kernel/);
  await assert.rejects(readUki(other), (error) => diskErrors.is(error, 'absent'));
  await assert.rejects(writeUki({ ...partsFor(other), stub: linux }), /text is damaged at offset 0/);
});

test('damaged headers never throw anything but the error that names the place', { skip }, async () => {
  const whole = await readFile(path);
  const pe = whole.readUInt32LE(0x3c);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: pe + 24 + 240 + 40 * 12 }),
      fc.integer({ min: 0, max: 255 }),
      (at, value) => {
        const header = Buffer.from(whole.subarray(0, 64 * 1024));
        header.writeUInt8(value, at);
        try {
          for (const section of parsePe('x', header, whole.length).sections) {
            assert.ok(section.offset + section.bytes <= whole.length);
          }
        } catch (error) {
          assert.ok(diskErrors.is(error, 'damaged'), String(error));
          assert.match(error.message, /^x is damaged at offset \d+: /);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
