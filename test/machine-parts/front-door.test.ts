// The front door as a user meets it: its help, its wrong usage, its speed of saying the version.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';

const entry = resolve(import.meta.dirname, '../../src/keelson.ts');
const keelson = (...args: readonly string[]) => run(process.execPath, [entry, ...args], { accept: 'any' });

const names = async () =>
  [...(await keelson('--help')).stdout.matchAll(/^ {2}([a-z-]+) {2}/gm)].map((match) => match[1] ?? '');

test('every command is named once, and has a help page', async () => {
  const found = await names();
  assert.ok(found.includes('install') && found.includes('doctor'));
  assert.deepEqual(found, [...new Set(found)]);
  for (const name of found) {
    const { stdout, status } = await keelson('help', name);
    assert.equal(status, 0, name);
    assert.match(stdout, new RegExp(`^Usage: keelson ${name} `));
  }
});

test('a wrong word, a wrong option and a wrong argument end with 2', async () => {
  const mistyped = await keelson('instal');
  assert.deepEqual([mistyped.status, mistyped.stdout], [2, '']);
  assert.equal(mistyped.stderr, 'keelson: There is no command instal.\nDid you mean keelson install?\n');
  assert.equal((await keelson('--frobnicate')).status, 2);
  assert.equal((await keelson('install', '--frobnicate')).status, 2);
  assert.equal((await keelson('completion', 'tcsh')).status, 2);
});

test('completion scripts know every command', async () => {
  const found = await names();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await keelson('completion', shell);
    for (const name of found) assert.match(stdout, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
  }
  const { stdout } = await keelson('completion', 'bash');
  const asked = `${stdout}\nCOMP_WORDS=(keelson ins); COMP_CWORD=1; _keelson; echo "\${COMPREPLY[@]}"`;
  assert.equal((await run('bash', ['-c', asked])).stdout, 'install\n');
  const deeper = `${stdout}\nCOMP_WORDS=(keelson seal-usr cl); COMP_CWORD=2; _keelson; echo "\${COMPREPLY[@]}"`;
  assert.equal((await run('bash', ['-c', deeper])).stdout, 'close\n');
});
