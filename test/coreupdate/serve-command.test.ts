// keelson update serve as people run it: what it says, its signals, and that a kill costs nothing.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { targetOf } from '../../src/coreupdate/ctl/serve.ts';
import { readResponse, updateOffer } from '../../src/omaha/index.ts';
import * as samples from '../omaha/samples.ts';
import { releaseFolder } from './folder.ts';

const keelson = resolve(import.meta.dirname, '../../src/keelson.ts');

/** Starts it on a port of its own choice; ends it, however the test ends. */
async function start(folder: string, ...flags: string[]) {
  const child = spawn(
    process.execPath,
    [keelson, 'update', 'serve', folder, '--listen', '127.0.0.1:0', ...flags],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] },
    },
  );
  // Not its exit: what it said last may come after that.
  const ended = once(child, 'close');
  const said = { text: '' };
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    said.text += piece;
  });
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(said.text);
      if (found !== null) return found;
      if (child.exitCode !== null || child.signalCode !== null) assert.fail(`it ended: ${said.text}`);
      await sleep(20);
    }
  };
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  };
  let port: string;
  try {
    [, port = ''] = await until(/at 127\.0\.0\.1:(\d+)/);
  } catch (error) {
    await stop();
    throw error;
  }
  return { child, ended, said, until, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

const check = (url: string, body: string = samples.updateEngineCheck) =>
  fetch(`${url}/v1/update/`, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, body }).then(
    (answer) => answer.text(),
  );
const offerOf = async (url: string) => updateOffer(readResponse(await check(url)), samples.appId);

async function signalled(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<unknown[]>) {
  child.kill(signal);
  return ended;
}

test('it says what it serves and does, reads again when told, ends when told', async () => {
  await using made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0');
  await made.channels({ stable: '2000.0.0', broken: 1 });
  await using server = await start(made.folder);
  assert.match(server.said.text, /warning: channels\.json:1:\d+: "broken" is left out/);
  assert.match(server.said.text, /Releases: 2000\.0\.0 \(amd64\)\. Channels: stable: 2000\.0\.0\./);
  assert.equal((await offerOf(server.url)).kind, 'update');
  await server.until(/grant {3}abce671d61774703ac7be60715220bfe stable: 1911\.3\.0 → 2000\.0\.0/);
  await made.channels({ stable: { version: '2000.0.0', paused: 'for now' } });
  server.child.kill('SIGHUP');
  await server.until(/Channels: stable: 2000\.0\.0\.[\s\S]*Channels: stable: 2000\.0\.0\./);
  const offer = await offerOf(server.url);
  assert.deepEqual(offer.kind === 'none' && offer.reason, 'Channel "stable" is paused: for now.');
  await check(server.url, 'junk\n<fake line>');
  await server.until(/warning: Refused: The request is no XML/);
  assert.deepEqual(await signalled(server.child, 'SIGTERM', server.ended), [0, null]);
  assert.match(server.said.text, /Stopping/);
});

test('killed in the middle of its work it goes on where it was', async () => {
  await using made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0');
  await made.channels({ stable: { version: '2000.0.0', maxInProgress: 1 } });
  await using first = await start(made.folder);
  assert.equal((await offerOf(first.url)).kind, 'update');
  const journal = join(made.folder, '.updates.jsonl');
  // On disk a moment later; then many more ask while it is killed.
  while (!(await readFile(journal, 'utf8').catch(() => '')).includes('"grant"')) await sleep(20);
  const others = Array.from({ length: 200 }, (_, i) =>
    check(first.url, samples.updateEngineCheck.replace('abce671d', i.toString(16).padStart(8, '0'))).catch(
      () => '',
    ),
  );
  await others[0];
  first.child.kill('SIGKILL');
  await first.ended;
  await Promise.all(others);
  await using second = await start(made.folder);
  // It knows who has the one place: that machine gets the same again, and no other does.
  const other = samples.updateEngineCheck.replace('abce671d', 'ffffffff');
  assert.equal(updateOffer(readResponse(await check(second.url, other)), samples.appId).kind, 'none');
  assert.equal((await offerOf(second.url)).kind, 'update');
  assert.deepEqual(await signalled(second.child, 'SIGINT', second.ended), [0, null]);
  const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
  for (const line of lines) assert.equal(typeof JSON.parse(line).kind, 'string');
});

test('told to end, it lets a download come to its end, and takes no other', async () => {
  await using made = await releaseFolder();
  await made.release('2.0.0', '2.0.0');
  // More than sockets hold, and no more than a busy host reads in the time that is given.
  const bytes = 16 * 1024 * 1024;
  await made.put('2.0.0/usr.squashfs', Buffer.alloc(bytes, 'x'));
  const manifest = JSON.parse(await readFile(join(made.folder, '2.0.0/manifest.json'), 'utf8'));
  manifest.usr.bytes = bytes;
  await made.put('2.0.0/manifest.json', JSON.stringify(manifest));
  await using server = await start(made.folder);
  const answer = await fetch(`${server.url}/releases/2.0.0/usr.squashfs`);
  assert.equal(answer.status, 200);
  server.child.kill('SIGTERM');
  await server.until(/downloads under way have 10 s/);
  await assert.rejects(fetch(`${server.url}/healthz`));
  assert.equal((await answer.arrayBuffer()).byteLength, bytes);
  assert.deepEqual(await server.ended, [0, null]);
});

test('its log as JSON', async () => {
  await using made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0', {}, false);
  await using server = await start(made.folder, '--json', '--allow-unsigned', '--no-journal');
  await offerOf(server.url);
  await server.until(/"kind":"grant".*\n/);
  const lines = server.said.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(lines.every(({ level, text }) => level === 'info' && typeof text === 'string'));
  assert.equal(lines.at(-1).to, '2000.0.0');
  await assert.rejects(readFile(join(made.folder, '.updates.jsonl')), { code: 'ENOENT' });
});

const wrong: readonly (readonly [args: readonly string[], exit: number, words: RegExp])[] = [
  [[], 2, /missing required argument/],
  [['/nonexistent/folder'], 1, /\/nonexistent\/folder cannot be read \(ENOENT\)/],
  [['/', '--listen', 'nowhere'], 2, /--listen nowhere is no ADDRESS:PORT/],
  [['/', '--cert', 'a'], 2, /--cert and --key go together/],
  [['/', '--url', 'ftp://x'], 2, /--url ftp:\/\/x is no address/],
  [['/', '--poll-interval', 'soon'], 2, /--poll-interval soon is no number/],
  [['/', '--unknown'], 2, /unknown option/],
];
for (const [args, exit, words] of wrong) {
  test(`keelson update serve ${args.join(' ')} exits ${exit}`, async () => {
    const run = promisify(execFile)(process.execPath, [keelson, 'update', 'serve', ...args]);
    await assert.rejects(run, (error: Error & { code?: number; stderr?: string }) => {
      assert.match(error.stderr ?? '', words);
      assert.equal(error.code, exit);
      return true;
    });
  });
}

test('an address that is taken is named', async () => {
  await using made = await releaseFolder();
  await made.release('2000.0.0', '2000.0.0');
  await using server = await start(made.folder);
  const args = [
    keelson,
    'update',
    'serve',
    made.folder,
    '--no-journal',
    '--listen',
    server.url.slice('http://'.length),
  ];
  await assert.rejects(promisify(execFile)(process.execPath, args), /Cannot listen: .*EADDRINUSE/);
});

test('places to listen at', () => {
  assert.deepEqual(targetOf('0.0.0.0:80'), { host: '0.0.0.0', port: 80 });
  assert.deepEqual(targetOf('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(targetOf(':80'), { host: '::', port: 80 });
  assert.deepEqual(targetOf('/run/x.sock'), { path: '/run/x.sock' });
  for (const text of ['', '80', 'a:b', 'a:99999', '::1:80']) {
    assert.throws(() => targetOf(text), { code: 'coreupdate.usage' });
  }
});
