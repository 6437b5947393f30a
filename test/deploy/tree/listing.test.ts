// Two trees are the same, or the lines say where they are not.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareListings, listTree } from '../../../src/deploy/index.ts';
import { run } from '../../../src/host/index.ts';

test('names, kinds, modes, times, links and contents are compared', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'listing-'));
  try {
    const one = join(folder, 'one');
    const two = join(folder, 'two');
    await mkdir(join(one, 'etc'), { recursive: true });
    for (const name of ['same', 'content', 'mode', 'time', 'gone']) await writeFile(join(one, name), 'text');
    await symlink('same', join(one, 'link'));
    // Node's own cp gives folders and links the time of now.
    await run('cp', ['-a', one, two]);
    assert.deepEqual(compareListings(await listTree(one), await listTree(two)), []);
    await writeFile(join(two, 'content'), 'TEXT');
    await utimes(join(one, 'content'), 1, 1);
    await utimes(join(two, 'content'), 1, 1);
    await chmod(join(two, 'mode'), 0o600);
    await utimes(join(two, 'time'), 1, 1);
    await rm(join(two, 'gone'));
    await rm(join(two, 'link'));
    await symlink('mode', join(two, 'link'));
    for (const path of [one, two]) await utimes(path, 1, 1);
    const differences = compareListings(await listTree(one), await listTree(two));
    const paths = differences.map((line) => line.split(':')[0]);
    assert.deepEqual(paths, ['content', 'gone', 'link', 'mode', 'time']);
    assert.match(differences[1] ?? '', /≠ is not there/);
    assert.match(differences[2] ?? '', /→ same ≠ .*→ mode/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
