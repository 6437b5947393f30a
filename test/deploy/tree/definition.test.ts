// The definition of a machine, ours and a person's own.

import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { readDefinition } from '../../../src/deploy/index.ts';

const ours = resolve(import.meta.dirname, '../../../image');
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'definition-'));
  await cp(ours, folder, { recursive: true });
});

after(() => rm(folder, { recursive: true }));

test('ours can be read, for each architecture, with one kernel', async () => {
  for (const architecture of ['amd64', 'arm64']) {
    const { packages, sources, files, users } = await readDefinition({ architecture });
    assert.deepEqual(
      packages.filter(({ section }) => section === 'kernel').map(({ name }) => name),
      [`linux-image-cloud-${architecture}`],
    );
    assert.match(sources, /bookworm-security main\n/);
    assert.doesNotMatch(sources, /#/);
    assert.ok(files.some(({ path }) => path.endsWith('99-image.preset')));
    assert.ok(users.ids.every(({ id }) => id >= 200 && id <= 500));
  }
});

test('another kernel takes the place of ours', async () => {
  const { packages } = await readDefinition({ kernel: 'linux-image-amd64', architecture: 'amd64' });
  assert.deepEqual(
    packages.filter(({ name }) => name.startsWith('linux-image')).map(({ name }) => name),
    ['linux-image-amd64'],
  );
  await assert.rejects(readDefinition({ kernel: '--simulate' }), { code: 'deploy.invalid' });
});

test('files are laid over as programs, texts and links; sudo’s are its own', async () => {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await writeFile(join(tree, 'usr/bin/tool'), '#!/bin/sh\n');
  await chmod(join(tree, 'usr/bin/tool'), 0o700);
  await symlink('tool', join(tree, 'usr/bin/alias'));
  const { files } = await readDefinition({ folder });
  const modeOf = (path: string) => files.find((file) => file.path === path)?.mode.toString(8);
  assert.equal(modeOf('usr/bin/tool'), '755');
  assert.equal(modeOf('etc/sudoers.d/10-sudo-group'), '440');
  assert.deepEqual(files.find(({ path }) => path === 'usr/bin/alias')?.content, { link: 'tool' });
});

test('a source that is none is refused where it is, and a folder that is no definition by name', async () => {
  await writeFile(join(folder, 'sources'), '# ours\nhttp://deb.debian.org/debian bookworm main\n');
  await assert.rejects(readDefinition({ folder }), {
    code: 'deploy.definition',
    message: new RegExp(`^${folder}/sources:2:1: `),
  });
  await writeFile(join(folder, 'sources'), '# none\n');
  await assert.rejects(readDefinition({ folder }), { message: /names no source/ });
  await assert.rejects(readDefinition({ folder: join(folder, 'tree') }), {
    code: 'deploy.definition',
    message: /tree is no definition of a machine: .*packages cannot be read \(ENOENT\)/,
  });
});
