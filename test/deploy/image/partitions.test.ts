// The file of partitions, and what the layout makes of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFits, layOut, numberOf, tableScript } from '../../../src/deploy/image/layout.ts';
import { parsePartitions } from '../../../src/deploy/image/partitions.ts';
import { homeDirectory } from '../../../src/host/index.ts';

const own = readFileSync(join(homeDirectory(), 'image/partitions'), 'utf8');
const rootHash = '0123456789abcdef'.repeat(4);
const mebibyte = 1024 * 1024;

function refusal(text: string): string {
  try {
    parsePartitions(text, 'image/partitions');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

test('the definition that is shipped has all partitions, ROOT last', () => {
  const labels = parsePartitions(own, 'p').map(({ label }) => label);
  assert.deepEqual(labels, [
    ...['EFI-SYSTEM', 'USR-A', 'USR-A-VERITY', 'USR-B', 'USR-B-VERITY', 'OEM', 'ROOT'],
  ]);
});

test('a mistake is named with file, line and column', () => {
  const replaced = (from: string | RegExp, to: string) => own.replace(from, to);
  const line = (label: string) => own.split('\n').findIndex((text) => text.startsWith(`${label} `)) + 1;
  const cases: readonly [string, string][] = [
    [replaced('OEM ', 'OME '), `image/partitions:${line('OEM')}:1: “OME” is no partition of an image`],
    [replaced(/64M/, '64Q'), `image/partitions:${line('OEM')}:15: “64Q” is no size`],
    [replaced(/64M/, '0M'), `image/partitions:${line('OEM')}:15: “0M” is no size`],
    [replaced(/64M/, '1025K'), `image/partitions:${line('OEM')}:15: 1025K is not a multiple of 1M`],
    [replaced(/64M/, ''), `image/partitions:${line('OEM')}:4: OEM needs a size`],
    [replaced(/64M/, '64M ext4'), `image/partitions:${line('OEM')}:19: “ext4” is one word too many`],
    [replaced(/256M/, '8M'), `image/partitions:${line('EFI-SYSTEM')}:15: 8M is too small for EFI-SYSTEM`],
    [replaced(/^USR-B .*$/m, 'USR-B 2G'), `:${line('USR-B')}:1: USR-A and USR-B differ in size`],
    [replaced(/^OEM .*\n/m, ''), 'There is no OEM.'],
    [`${own}OEM 64M\n`, `OEM is already in line ${line('OEM')}.`],
    [replaced(/^(OEM .*\n)(ROOT .*\n)/m, '$2$1'), 'OEM is behind ROOT'],
    ['', 'There is no EFI-SYSTEM, no USR-A'],
  ];
  for (const [text, message] of cases) {
    assert.ok(refusal(text).includes(message), `${refusal(text)}\nshould say: ${message}`);
  }
});

test('partitions lie one behind the other from 1 MiB on; the loader of BIOS machines before them', () => {
  const { partitions, diskBytes } = layOut(parsePartitions(own, 'p'));
  const inOrder = [...partitions].sort((a, b) => a.start - b.start);
  for (const [index, place] of inOrder.entries()) {
    assert.equal((place.start * 512) % 4096, 0, `${place.label} is aligned`);
    const before = inOrder[index - 1];
    if (before !== undefined) assert.equal(place.start, before.start + before.sectors);
  }
  assert.equal(inOrder[0]?.label, 'BIOS-BOOT');
  const last = inOrder.at(-1);
  assert.ok(last !== undefined && diskBytes - (last.start + last.sectors) * 512 >= 34 * 512);
  // So the numbers of the others are what they are on a disk without it.
  assert.equal(numberOf({ partitions, diskBytes }, 'EFI-SYSTEM'), 1);
});

test('the first partition begins where systemd-repart sees the end of the table: it discards what is between', () => {
  const begin = Math.min(...layOut(parsePartitions(own, 'p')).partitions.map(({ start }) => start));
  const firstUsable = 34;
  assert.equal(begin * 512, Math.ceil((firstUsable * 512) / 4096) * 4096);
});

test('the table carries the halves of the root hash at the slot, and the same each time', () => {
  const layout = layOut(parsePartitions(own, 'p'));
  const script = tableScript(layout, 'A', rootHash);
  assert.match(script, /uuid=01234567-89ab-cdef-0123-456789abcdef, name="USR-A"/);
  assert.match(script, /uuid=01234567-89ab-cdef-0123-456789abcdef, name="USR-A-VERITY"/);
  assert.equal(tableScript(layout, 'A', rootHash), script);
  const ids = [...script.matchAll(/uuid=(\S+),/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length - 1, 'only the two halves of this hash are alike');
  assert.notEqual(tableScript(layout, 'A', `f${rootHash.slice(1)}`), script);
});

test('what does not fit is refused with the numbers and the line', () => {
  const specs = parsePartitions(own, 'p');
  const fits = (bytes: number) =>
    checkFits(specs, [{ label: 'USR-A', what: 'The image of /usr', bytes }], 'p');
  fits(1024 * mebibyte);
  assert.throws(
    () => fits(1024 * mebibyte + 1),
    /^CodedError: p:\d+:1: The image of \/usr has 1073741825 bytes \(1025 MiB\) and does not fit into USR-A of 1024 MiB\.$/,
  );
});
