// The cloud-configs that we show to others: the examples, and those of the guide with what it says of them.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { homeDirectory, run } from '../../src/host/index.ts';

const home = homeDirectory();
const examples = join(home, 'cloud-config/examples');

const command = (cwd: string, ...args: string[]) =>
  run(process.execPath, [join(home, 'src/coreos-cloudinit.ts'), ...args], { cwd, accept: 'any' });

test('there is nothing to say against the examples', async () => {
  const files = (await readdir(examples)).filter((name) => name.endsWith('.yml'));
  assert.ok(files.includes('single.yml') && files.includes('member.yml'), files.join());
  for (const file of files) {
    const { status, stderr } = await command(examples, '--validate', '--strict', `--from-file=${file}`);
    assert.deepEqual([file, status, stderr], [file, 0, '']);
  }
});

test('the guide shows what the command says', async () => {
  const guide = await readFile(join(home, 'docs/guides/first-cloud-config.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind, text]) => ({ kind, text }));
  assert.deepEqual(
    blocks.map(({ kind }) => kind),
    ['yaml', 'findings', 'yaml', 'plan'],
  );
  const [wrong, findings, right, plan] = blocks.map(({ text }) => text ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  try {
    await writeFile(join(folder, 'web.yml'), wrong ?? '');
    const first = await command(folder, '--validate', '--from-file=web.yml');
    assert.deepEqual([first.status, first.stderr], [1, findings]);
    await writeFile(join(folder, 'web.yml'), right ?? '');
    const second = await command(folder, '--validate', '--strict', '--from-file=web.yml');
    assert.deepEqual([second.status, second.stderr], [0, '']);
    // Below another root nothing is asked of systemd; test/machine looks at the rest of the plan.
    const root = join(folder, 'root');
    const third = await command(folder, '--dry-run', `--root=${root}`, '--from-file=web.yml');
    const files = (plan ?? '').split('\n').filter((line) => !/^would {2}(reload|start) /.test(line));
    assert.equal(third.stdout, files.join('\n'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
