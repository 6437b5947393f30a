// What is done before a reboot: hooks, the warning on terminals, inhibitors.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findHooks, runDirectly, runHooks } from '../../../src/locksmith/prepare/hooks.ts';
import { inhibitorNews } from '../../../src/locksmith/prepare/inhibitors.ts';
import { loginLines } from '../../../src/locksmith/prepare/utmp.ts';
import { broadcastText, rebootIn, tellTerminals } from '../../../src/locksmith/prepare/warn.ts';

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp('/tmp/keelson-locksmith-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function script(path: string, text: string, mode = 0o755): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, mode);
}

test('hooks are executables, in the order of their names, without what editors leave', async () => {
  await using at = await folder();
  for (const name of ['20-b', '10-a', '30-c.dpkg-old', '.hidden', '40-d~'])
    await script(join(at.path, name), ':');
  await script(join(at.path, '15-not-executable'), ':', 0o644);
  await mkdir(join(at.path, '17-folder'));
  assert.deepEqual(await findHooks(at.path), [join(at.path, '10-a'), join(at.path, '20-b')]);
  assert.deepEqual(await findHooks(join(at.path, 'missing')), []);
});

test('hooks know the reason; one that fails ends it by name, and later ones do not run', async () => {
  await using at = await folder();
  const log = join(at.path, 'log');
  await script(join(at.path, '10-a'), `echo "a: $LOCKSMITH_REASON" >>${log}`);
  await script(join(at.path, '20-b'), 'echo "no backup yet" >&2; exit 3');
  await script(join(at.path, '30-c'), `echo c >>${log}`);
  const options = {
    reason: 'an update',
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    run: runDirectly,
  };
  await assert.rejects(runHooks(await findHooks(at.path), options), (error: Error & { code: string }) => {
    assert.equal(error.code, 'locksmith.hindered');
    assert.match(error.message, /20-b does not let the machine reboot: .*status 3/);
    return true;
  });
  assert.equal(await readFile(log, 'utf8'), 'a: an update\n');
});

test('a hook that does not end is ended', async () => {
  await using at = await folder();
  await script(join(at.path, '10-a'), 'exec sleep 600');
  const options = { reason: 'x', timeoutMs: 500, signal: new AbortController().signal, run: runDirectly };
  await assert.rejects(runHooks(await findHooks(at.path), options), /10-a .* did not end within 0.5 s/);
});

test('the broadcast covers what stands on the screen', () => {
  const text = broadcastText(new Date('2026-11-22T14:00:00Z'), [rebootIn(300_000)]);
  const lines = text.split('\r\n');
  assert.equal(
    lines[1],
    `${'Broadcast message from locksmithd at 2026-11-22T14:00:00.000Z:'.padEnd(79)}\x07\x07`,
  );
  assert.equal(lines[2], 'System reboot in 5 minutes!'.padEnd(79));
  assert.equal(rebootIn(60_000), 'System reboot in 1 minute!');
  assert.equal(rebootIn(30_000), 'System reboot in 30 seconds!');
});

test('every terminal is told once; one that is gone counts as nobody', async () => {
  await using at = await folder();
  await mkdir(join(at.path, 'pts'));
  await writeFile(join(at.path, 'pts/0'), '');
  const lines = ['pts/0', 'pts/0', 'pts/9', '', '../../etc/passwd', ':0'];
  assert.equal(await tellTerminals(lines, 'hello', at.path), 1);
  assert.equal(await readFile(join(at.path, 'pts/0'), 'utf8'), 'hello');
});

test('logins are those of utmp, records of other kinds are none', () => {
  const record = (kind: number, line: string) => {
    const bytes = Buffer.alloc(384);
    bytes.writeInt16LE(kind, 0);
    bytes.write(line, 8, 32, 'latin1');
    bytes.write('somebody', 44);
    return bytes;
  };
  const full = 'p'.repeat(32);
  const records = [
    record(2, '~'),
    record(7, 'tty1'),
    record(8, 'pts/1'),
    record(7, 'pts/0'),
    record(7, full),
  ];
  const utmp = Buffer.concat([...records, Buffer.alloc(100)]);
  assert.deepEqual(loginLines(utmp, 384), ['tty1', 'pts/0', full]);
  assert.deepEqual(loginLines(Buffer.alloc(0), 384), []);
});

test('only what inhibits shutdown counts, and only what blocks has to go', () => {
  const one = (what: string, mode: string) => ({
    what: what.split(':'),
    who: 'apt',
    why: 'installs',
    mode,
    uid: 0,
    pid: 7,
  });
  const news = inhibitorNews([
    one('sleep:idle', 'block'),
    one('shutdown:sleep', 'block'),
    one('shutdown', 'delay'),
    one('handle-power-key', 'block'),
  ]);
  assert.deepEqual(news, { blocking: ['apt (pid 7): installs'], delaying: ['apt (pid 7): installs'] });
});
