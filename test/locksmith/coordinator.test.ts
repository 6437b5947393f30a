// coordinator.conf: one program has it, it is replaced whole, and it is free when its holder has gone.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { takeCoordinator } from '../../src/locksmith/coordinator.ts';

test('states are written whole, in the form of a file for shells; the lock goes along', async () => {
  const folder = await mkdtemp('/tmp/keelson-locksmith-');
  try {
    const path = join(folder, 'deeper', 'coordinator.conf');
    const never = (name: string) => assert.fail(`${name} has it`);
    const first = await takeCoordinator('etcd-lock', never, path);
    assert.ok(first !== undefined);
    for (const state of ['starting', 'running', 'reboot-planned', 'rebooting', 'disabled'] as const) {
      await first.update(state);
      const expected = `NAME=locksmithd\nSTRATEGY=etcd-lock\nSTATE=${state}\n`;
      assert.equal(await readFile(path, 'utf8'), expected);
      // Another program sees it taken, after each replacement.
      const { status } = await run('flock', ['-n', path, 'true'], { accept: 'any' });
      assert.notEqual(status, 0, state);
    }
    let holder = '';
    const second = await takeCoordinator('reboot', (name) => (holder = name), path);
    assert.equal(second, undefined);
    assert.equal(holder, 'locksmithd');
    await Promise.all([first.update('running'), first.update('reboot-planned')]);
    await first[Symbol.asyncDispose]();
    assert.match(await readFile(path, 'utf8'), /STATE=reboot-planned/);
    await using third = await takeCoordinator('reboot', never, path);
    assert.ok(third !== undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a file that another program left is taken over', async () => {
  const folder = await mkdtemp('/tmp/keelson-locksmith-');
  try {
    const path = join(folder, 'coordinator.conf');
    await writeFile(path, 'NAME=other\n');
    await using coordinator = await takeCoordinator('reboot', (name) => assert.fail(name), path);
    await coordinator?.update('running');
    assert.match(await readFile(path, 'utf8'), /^NAME=locksmithd$/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
