// Runs on a booted machine (see ../systemd-services.test.ts): readiness, sockets, journal, logind.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectLogin1,
  connectManager,
  inhibit,
  type JournalEntry,
  type JournalOptions,
  type Manager,
  readJournal,
} from '../../../src/systemd/index.ts';

const node = process.execPath;
let manager: Manager;

before(async () => {
  const script = join(import.meta.dirname, 'service.ts');
  writeFileSync(
    '/etc/systemd/system/web.service',
    `[Service]\nType=notify\nNotifyAccess=all\nExecStart=${node} ${script}\n`,
  );
  writeFileSync(
    '/etc/systemd/system/web.socket',
    '[Socket]\nListenStream=/run/web-a.sock\nListenStream=/run/web-b.sock\nFileDescriptorName=web\n',
  );
  manager = await connectManager();
  await manager.reload();
});
after(() => manager[Symbol.asyncDispose]());

const end = async (verb: 'start' | 'stop', unit: string) => (await manager.job(verb, unit)).result;

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries += 1) {
    if (await check()) return;
    await sleep(20);
  }
  assert.fail(`not within 60 s: ${what}`);
}

/** What was logged until now: journald reads it a moment later. */
async function collect(options: JournalOptions): Promise<JournalEntry[]> {
  execFileSync('journalctl', ['--sync']);
  const entries: JournalEntry[] = [];
  for await (const entry of readJournal(options)) entries.push(entry);
  return entries;
}

test('a start ends when the service says that it is ready', async () => {
  assert.equal(await end('start', 'web.service'), 'done');
  assert.equal(await manager.unitProperty('web.service', 'SubState'), 'running');
  // The line break did not become an assignment.
  assert.equal(await manager.unitProperty('web.service', 'StatusText'), 'up MAINPID=1');
});

test('a reload is reported', async () => {
  await manager.killUnit('web.service', 'main', 1);
  const status = (word: string) => async () =>
    (await manager.unitProperty('web.service', 'StatusText')) === word;
  await eventually('reloaded', status('reloaded'));
  assert.equal(await end('stop', 'web.service'), 'done');
});

test('sockets of systemd are served, and hidden from children', async () => {
  assert.equal(await end('start', 'web.socket'), 'done');
  for (const path of ['/run/web-a.sock', '/run/web-b.sock']) {
    assert.equal(await text(createConnection(path)), '{"name":"web","left":[]}');
  }
  assert.equal(await end('stop', 'web.socket'), 'done');
  assert.equal(await end('stop', 'web.service'), 'done');
});

test('the journal of a unit is read, with priorities, and goes on after a cursor', async () => {
  const entries = await collect({ units: ['web.service'] });
  const mine = entries.filter((entry) => entry.message.startsWith('serving '));
  assert.deepEqual(
    mine.map((entry) => [entry.message, entry.priority, entry.unit]),
    [
      ['serving 0 sockets', 4, 'web.service'],
      ['serving 2 sockets', 4, 'web.service'],
    ],
  );
  assert.ok(Math.abs((mine[0]?.timestampUs ?? 0) / 1000 - Date.now()) < 120_000);
  const rest = await collect({ units: ['web.service'], afterCursor: mine[0]?.cursor ?? '' });
  assert.deepEqual(rest, entries.slice(entries.findIndex((entry) => entry.cursor === mine[0]?.cursor) + 1));
  assert.equal((await collect({ units: ['web.service'], lines: 1 })).length, 1);
});

test('messages that are long, not text, or missing come through', async () => {
  const long = 'x'.repeat(30_000);
  const cat = spawn('systemd-cat', ['-t', 'odd'], { stdio: ['pipe', 'inherit', 'inherit'] });
  cat.stdin.end(Buffer.concat([Buffer.from(`${long}\n`), Buffer.of(0x61, 0xff, 0x62, 0x0a)]));
  await once(cat, 'close');
  await eventually('both messages', async () => {
    const odd = (await collect({ sinceMs: Date.now() - 60_000 })).filter(
      (entry) => entry.identifier === 'odd',
    );
    return odd.length === 2 && odd[0]?.message === long && odd[1]?.message === 'a\ufffdb';
  });
});

test('the journal is followed until the signal aborts', async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const options = { units: ['web.service'], lines: 0, follow: true, signal: controller.signal };
    for await (const entry of readJournal(options)) seen.push(entry.message);
  })();
  try {
    // journalctl follows from when it has begun to, which nobody tells.
    await eventually('the new message', async () => {
      await end('start', 'web.service');
      await sleep(500);
      await end('stop', 'web.service');
      return seen.includes('serving 0 sockets');
    });
  } finally {
    controller.abort();
  }
  await following;
});

test('leaving the loop ends journalctl', async () => {
  for await (const entry of readJournal({ follow: true })) {
    assert.notEqual(entry.cursor, '');
    break;
  }
  const children = `/proc/${process.pid}/task/${process.pid}/children`;
  await eventually('no journalctl left', async () => readFileSync(children, 'utf8').trim() === '');
});

test('logind says what it can, and who holds it up', async () => {
  const logind = await connectLogin1();
  assert.equal(await logind.canReboot(), 'yes');
  const mine = async () => (await logind.listInhibitors()).filter((lock) => lock.who === 'keelson test');
  {
    await using lock = await inhibit({
      what: ['shutdown', 'sleep'],
      who: 'keelson test',
      why: 'to be seen',
      mode: 'delay',
    });
    const [seen] = await mine();
    assert.deepEqual(
      { what: seen?.what.toSorted(), why: seen?.why, mode: seen?.mode, uid: seen?.uid },
      { what: ['shutdown', 'sleep'], why: 'to be seen', mode: 'delay', uid: 0 },
    );
    assert.ok(lock.released instanceof Promise);
  }
  await eventually('released', async () => (await mine()).length === 0);
  await assert.rejects(inhibit({ what: ['nonsense'], who: 'x', why: 'y', mode: 'delay' }), /does not let x/);
});

test('an unprivileged user comes over the system bus, and is refused what is not his', () => {
  const script = join(import.meta.dirname, 'as-nobody.ts');
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const answer = execFileSync('setpriv', [...user, node, script], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(answer), {
    uid: 65534,
    state: 'active',
    refused: 'systemd.access-denied',
  });
});
