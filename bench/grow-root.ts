// What a boot with nothing to grow costs: user + system CPU of whole processes, in turns with the bare start of the
// runtime. On a loop device with a GPT, for each file system; root, after `npm run build`. JSON on standard output.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { growsExt4, loopDisk } from '../test/disk/grow/loop-disk.ts';

const rounds = Number(process.argv[2] ?? 20);
const home = resolve(import.meta.dirname, '..');
const node = process.execPath;

/** CPU of one run, in milliseconds. */
function cpuOf(words: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null';
  const run = spawnSync('/bin/bash', ['-c', script, ...words], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${words.join(' ')} failed: ${run.stderr}`);
  const [user = '0', system = '0'] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ');
  return (Number(user) + Number(system)) * 1000;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const results = [];
for (const fileSystem of ['ext4', 'xfs', 'btrfs'] as const) {
  await using disk = await loopDisk({ table: 'label: gpt\nsize=20MiB\nsize=320MiB\n', fileSystem });
  await disk.grow();
  if (fileSystem === 'ext4' && !growsExt4) await disk.growUnmounted();
  const bare = join(disk.folder, 'bare.mjs');
  writeFileSync(bare, '');
  const unit = ['/bin/sh', join(home, 'units/grow-root'), disk.mountPoint, join(disk.folder, 'record')];
  cpuOf([...unit, '/bin/true']);
  const cases: Readonly<Record<string, readonly string[]>> = {
    bare: [node, bare],
    'the unit, nothing changed': unit,
    'the program it starts else': [node, join(home, 'dist/boot/grow-root.js'), disk.mountPoint],
    'keelson grow-root': [node, join(home, 'dist/keelson.js'), 'grow-root', '--mount-point', disk.mountPoint],
  };
  const samples = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, words] of Object.entries(cases)) samples.get(name)?.push(cpuOf(words));
  }
  const floor = median(samples.get('bare') ?? []);
  for (const [name, values] of samples) {
    const cpuMs = median(values);
    results.push({ fileSystem, name, cpuMs: Math.round(cpuMs), ratio: Number((cpuMs / floor).toFixed(2)) });
  }
}
process.stdout.write(`${JSON.stringify({ benchmark: 'grow-root', rounds, results }, null, 2)}\n`);
