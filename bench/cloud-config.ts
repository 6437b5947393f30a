// What checking and applying user-data costs: CPU of a small file over Node's bare start, next to Debian's
// cloud-init in the same rounds; how the time of a big one grows; how soon a bomb is refused. Runs the bundles
// in dist/; prints JSON. The part with cloud-init needs root and mmdebstrap, and is left out without.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeDirectory, run } from '../src/host/index.ts';
import { childrenCpuMs, cloudInitRoot, cpuInside, inside, runtimeInside } from './cloud-init-root.ts';

const rounds = Number(process.argv[2] ?? 15);
const command = join(homeDirectory(), 'dist/coreos-cloudinit.js');

const small = `#cloud-config
hostname: apple
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJnj1Ek0Zx9gZQ7v0y8o3h7g9c0pQm2yq3b5dQm1Zc0T me
users:
  - name: bob
    groups: [sudo]
write_files:
  - path: /etc/one
    content: hello
  - path: /etc/two
    permissions: "0600"
    content: |
      two
      lines
`;

/** A cloud-config of that many files, about 250 bytes each. */
function big(files: number): string {
  const entry = (index: number) =>
    `  - path: /srv/data/file-${index}\n    permissions: "0644"\n    owner: root:root\n    content: |\n      ${'x'.repeat(80)}\n      ${'y'.repeat(80)}\n`;
  return `#cloud-config\nwrite_files:\n${Array.from({ length: files }, (_, index) => entry(index)).join('')}`;
}

/** Nine levels of nine aliases. */
const laughs = `#cloud-config\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n${Array.from(
  { length: 8 },
  (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]\n`,
).join('')}`;

async function cpuOf(words: readonly string[]): Promise<number> {
  const script = '"$@" >/dev/null 2>&1; times';
  return childrenCpuMs((await run('bash', ['-c', script, 'bash', ...words], { accept: 'any' })).stdout);
}

type Measure = () => Promise<number>;

/** Medians of as many rounds; in turns, so that a busy minute falls on all of them. */
async function inTurns(measures: Readonly<Record<string, Measure>>): Promise<Record<string, number>> {
  const samples = new Map<string, number[]>(Object.keys(measures).map((name) => [name, []]));
  for (let round = 0; round < rounds + 2; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      const cpuMs = await measure();
      if (round >= 2) samples.get(name)?.push(cpuMs);
    }
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const rounded = (value: number): number => Math.round(value * 100) / 100;

const folder = await mkdtemp(join(tmpdir(), 'cloud-config-bench-'));
try {
  const texts = { 'empty.mjs': '', small, laughs, big: big(20_000) };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  const check = (file: string) => [command, '--validate', `--from-file=${file}`];
  const node =
    (...words: string[]) =>
    () =>
      cpuOf([process.execPath, ...words]);
  const root = await cloudInitRoot().catch((error: unknown) => {
    process.stderr.write(
      `Without cloud-init: ${error instanceof Error ? error.message.slice(0, 200) : error}\n`,
    );
  });
  const within =
    (...words: string[]) =>
    () =>
      cpuInside(root ?? '', folder, words);
  const ours = [runtimeInside(), `${inside}/dist/coreos-cloudinit.js`];
  const cpu = await inTurns({
    bare: node(join(folder, 'empty.mjs')),
    version: node(command, '--version'),
    small: node(...check(join(folder, 'small'))),
    laughs: node(...check(join(folder, 'laughs'))),
    ...(root === undefined
      ? {}
      : {
          apply: within(...ours, '--from-file=/bench/small'),
          'cloud-init schema': within('cloud-init', 'schema', '--config-file=/bench/small'),
          // Of its four stages the two in which names, users, keys and files are made.
          'cloud-init apply': within('sh', '-c', 'cloud-init init --local && cloud-init init'),
        }),
  });
  const growth: object[] = [];
  for (const files of [2_500, 5_000, 10_000, 20_000]) {
    const text = big(files);
    await writeFile(join(folder, 'growing'), text);
    growth.push({
      files,
      bytes: text.length,
      cpuMs: rounded(await node(...check(join(folder, 'growing')))()),
    });
  }
  const report = {
    benchmark: 'cloud-config',
    rounds,
    cpuMs: Object.fromEntries(Object.entries(cpu).map(([name, value]) => [name, rounded(value)])),
    overBare: Object.fromEntries(
      Object.entries(cpu).map(([name, value]) => [name, rounded(value / (cpu.bare ?? 1))]),
    ),
    growth,
    ...(root === undefined
      ? {}
      : {
          'cloud-init schema of 20,000 files': rounded(
            await within('cloud-init', 'schema', '--config-file=/bench/big')(),
          ),
        }),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
