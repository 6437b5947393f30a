// A service's hash changes with what it is made of, and with nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ingredient, servicesText } from '../../src/machine/services.ts';

const home = '/usr/lib/keelson';
const unit = (name: string, program: string, type: string): Ingredient => ({
  target: `/usr/lib/systemd/system/${name}`,
  sha256: name,
  text: `[Service]\nType=${type}\nExecStart=${home}/bin/node ${home}/dist/${program}.js\n`,
});
const file = (path: string, sha256: string, text = ''): Ingredient => ({
  target: `${home}/${path}`,
  sha256,
  text,
});

const base: readonly Ingredient[] = [
  unit('fleet.service', 'fleetd', 'notify'),
  unit('other.service', 'other', 'notify'),
  unit('cloudinit@.service', 'cloudinit', 'oneshot'),
  file('bin/node', 'node'),
  file('package.json', 'json'),
  file('dist/fleetd.js', 'f', "import './chunks/a.js';"),
  file('dist/chunks/a.js', 'a', "await import('./b.js')"),
  file('dist/chunks/b.js', 'b', "import '../fleetd.js'"),
  file('dist/other.js', 'o'),
  file('dist/cloudinit.js', 'c'),
];

/** The services whose line differs when the file at `target` has another hash. */
function changedBy(target: string): string[] {
  const lines = (all: readonly Ingredient[]) => servicesText(all, home).trim().split('\n');
  const before = new Set(lines(base));
  const after = lines(base.map((one) => (one.target === target ? { ...one, sha256: 'new' } : one)));
  return after.filter((line) => !before.has(line)).map((line) => line.split(' ')[0] ?? '');
}

test('only long-running services are listed', () => {
  const names = servicesText(base, home).match(/^\S+/gm);
  assert.deepEqual(names, ['fleet.service', 'other.service']);
});

test('a bundle, a chunk behind a chunk and the unit count for their service alone', () => {
  for (const path of [
    `${home}/dist/fleetd.js`,
    `${home}/dist/chunks/b.js`,
    '/usr/lib/systemd/system/fleet.service',
  ])
    assert.deepEqual(changedBy(path), ['fleet.service']);
  assert.deepEqual(changedBy(`${home}/dist/cloudinit.js`), []);
});

test('runtime and version count for every service', () => {
  for (const path of [`${home}/bin/node`, `${home}/package.json`])
    assert.deepEqual(changedBy(path), ['fleet.service', 'other.service']);
});
