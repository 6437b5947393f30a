// A connection that several commands use: private, ended in its time, and never lent to who may not have it.

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../src/ssh/index.ts';
import { shareFolder } from '../../src/ssh/share-folder.ts';
import { loginTraits, shareName } from '../../src/ssh/share-name.ts';
import { sshd } from './sshd.ts';

/** In /tmp itself: the path of a socket must be short, and TMPDIR may be long. */
function folder(t: { after(end: () => void): void }): string {
  const path = mkdtempSync('/tmp/ssh-share-');
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('whatever a login depends on makes another connection', (t) => {
  const home = folder(t);
  const known = join(home, 'known');
  const strict = { connectTimeoutS: 10, strictHostKeyChecking: true, knownHostsFiles: [known] };
  const name = (settings: typeof strict, agent: string, host: object = {}) =>
    shareName(loginTraits(settings, { SSH_AUTH_SOCK: agent }), [], { host: 'h', ...host }, 'core', '');
  const names = [
    name(strict, 'a'),
    name(strict, 'b'),
    name({ ...strict, strictHostKeyChecking: false }, 'a'),
    name({ ...strict, knownHostsFiles: ['/other'] }, 'a'),
    name(strict, 'a', { port: 22 }),
    name(strict, 'a', { user: 'root' }),
  ];
  assert.equal(names[0], name({ ...strict, connectTimeoutS: 3 }, 'a'));
  writeFileSync(known, 'a key');
  names.push(name(strict, 'a'));
  writeFileSync(known, '');
  names.push(name(strict, 'a'));
  assert.equal(new Set(names).size, names.length);
  for (const one of names) assert.match(one, /^[0-9a-f]{20}$/);
});

test('a folder that is not ours alone is not used', (t) => {
  const runtime = folder(t);
  const own = join(runtime, 'fleetctl');
  assert.equal(shareFolder({ XDG_RUNTIME_DIR: runtime }), own);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  rmSync(own, { recursive: true });
  mkdirSync(own, { mode: 0o770 });
  assert.notEqual(shareFolder({ XDG_RUNTIME_DIR: runtime }), own);
  rmSync(own, { recursive: true });
  symlinkSync(folder(t), own);
  assert.notEqual(shareFolder({ XDG_RUNTIME_DIR: runtime }), own);
});

test('a shared connection ends in its time, and a dead one is replaced', { timeout: 120_000 }, async (t) => {
  await using host = await sshd();
  process.env.XDG_RUNTIME_DIR = folder(t);
  process.env.SSH_AUTH_SOCK = await host.agent('user');
  const settings = {
    connectTimeoutS: 30,
    strictHostKeyChecking: true,
    knownHostsFiles: [host.known('host')],
    jumps: [{ host: '127.0.0.1', port: host.port, user: 'root' }],
    shareS: 2,
  };
  const use = async () => {
    await using connections = new Connections(settings, () => {});
    return (await connections.jump({ forward: '/run/nothing.sock' })).controlPath;
  };
  const first = await use();
  const shared = join(process.env.XDG_RUNTIME_DIR, 'fleetctl');
  for (const name of readdirSync(shared))
    if (existsSync(join(shared, name))) assert.equal(statSync(join(shared, name)).mode & 0o022, 0, name);
  // Its link stays and leads nowhere.
  for (let tries = 0; existsSync(first) && tries < 600; tries++) await sleep(50);
  assert.ok(!existsSync(first), 'the connection outlives its time');
  const before = host.logins();
  assert.equal(await use(), first);
  assert.equal(host.logins(), before + 1);
});
