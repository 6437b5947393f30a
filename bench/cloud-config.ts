// What a check of user-data costs: CPU of a small file over Node's bare start, and how the time of a big one
// grows. Runs the bundles in dist/; prints JSON.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeDirectory, run } from '../src/host/index.ts';

const rounds = 15;
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

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

async function cost(args: readonly string[]): Promise<Cost> {
  const started = performance.now();
  // The children's CPU: measured by the shell's `times`, whose second line is that of its children.
  const script = '"$@" >/dev/null 2>&1; times';
  const { stdout } = await run('bash', ['-c', script, 'bash', process.execPath, ...args], { accept: 'any' });
  const wallMs = performance.now() - started;
  const [, children = ''] = stdout.trim().split('\n');
  const cpuMs = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
  return { cpuMs, wallMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const rounded = (value: number): number => Math.round(value * 100) / 100;

const folder = await mkdtemp(join(tmpdir(), 'cloud-config-bench-'));
try {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const validate = async (name: string, text: string) => [
    command,
    '--validate',
    `--from-file=${await file(name, text)}`,
  ];
  const variants = {
    bare: [await file('empty.mjs', '')],
    version: [command, '--version'],
    small: await validate('small', small),
  };
  const samples: Record<string, number[]> = { bare: [], version: [], small: [] };
  // Interleaved, so that a busy minute falls on all of them.
  for (let round = 0; round < rounds + 2; round++) {
    for (const [name, args] of Object.entries(variants)) {
      const { cpuMs } = await cost(args);
      if (round >= 2) samples[name]?.push(cpuMs);
    }
  }
  const bare = median(samples.bare ?? []);
  const growth: object[] = [];
  for (const files of [2_500, 5_000, 10_000, 20_000]) {
    const text = big(files);
    const { cpuMs, wallMs } = await cost(await validate(`big-${files}`, text));
    growth.push({ files, bytes: text.length, cpuMs: rounded(cpuMs), wallMs: rounded(wallMs) });
  }
  const report = {
    bareStartCpuMs: rounded(bare),
    versionOverBare: rounded(median(samples.version ?? []) / bare),
    smallOverBare: rounded(median(samples.small ?? []) / bare),
    growth,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
