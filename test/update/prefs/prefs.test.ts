// What the engine remembers over a restart, and over a kill in the middle of a write.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPrefs } from '../../../src/update/prefs/prefs.ts';
import { openRecords } from '../../../src/update/prefs/records.ts';
import { loadRetry, saveRetry } from '../../../src/update/prefs/retry-prefs.ts';
import { freshRetry } from '../../../src/update/retry.ts';

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'update-prefs-'));
  context.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

test('a value comes back as it was written, and is gone when it was deleted', async (context) => {
  const prefs = await openPrefs(join(await folderFor(context), 'prefs'));
  assert.equal(await prefs.get('previous-version'), undefined);
  await prefs.set('previous-version', '');
  assert.equal(await prefs.get('previous-version'), '');
  await prefs.set('previous-version', '1911.3.0');
  assert.equal(await prefs.get('previous-version'), '1911.3.0');
  await prefs.delete('previous-version');
  await prefs.delete('previous-version');
  assert.equal(await prefs.get('previous-version'), undefined);
});

test('a number that is none is not there', async (context) => {
  const folder = await folderFor(context);
  const prefs = await openPrefs(folder);
  for (const [text, number] of [
    ['12', 12],
    ['12\n', 12],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['99999999999999999', undefined],
    ['9999999999999999', undefined],
    ['junk', undefined],
  ] as const) {
    await writeFile(join(folder, 'current-url-index'), text);
    assert.equal(await prefs.getNumber('current-url-index'), number, text);
  }
});

test('what is not new is not written', async (context) => {
  const folder = await folderFor(context);
  const prefs = await openPrefs(folder);
  await prefs.set('aleph-version', '1');
  const { ino } = await stat(join(folder, 'aleph-version'));
  await prefs.set('aleph-version', '1');
  assert.equal((await stat(join(folder, 'aleph-version'))).ino, ino);
});

test('the retry state comes back, its time in the field’s own clock', async (context) => {
  const folder = await folderFor(context);
  const prefs = await openPrefs(folder);
  assert.deepEqual(await loadRetry(prefs), freshRetry);
  const state = {
    ...{ urlIndex: 2, failureCount: 1, attempt: 4, signature: 'NumURLs = 1\n' },
    backoffUntilMs: Date.UTC(2026, 10, 22),
  };
  await saveRetry(prefs, state, freshRetry);
  assert.deepEqual(await loadRetry(prefs), state);
  assert.equal(await readFile(join(folder, 'backoff-expiry-time'), 'utf8'), '1795305600');
  // As engines before Flatcar's left it: microseconds since 1601.
  await writeFile(join(folder, 'backoff-expiry-time'), '13439779200000000');
  assert.deepEqual(await loadRetry(prefs), state);
  await saveRetry(prefs, { ...state, backoffUntilMs: 0 }, state);
  assert.equal((await loadRetry(prefs)).backoffUntilMs, 0);
  await writeFile(join(folder, 'backoff-expiry-time'), 'soon');
  assert.equal((await loadRetry(prefs)).backoffUntilMs, 0);
});

test('numbers without the answer that they are about count for nothing', async (context) => {
  const folder = await folderFor(context);
  const prefs = await openPrefs(folder);
  await prefs.set('current-url-index', 7);
  await prefs.set('backoff-expiry-time', 9_999_999);
  assert.deepEqual(await loadRetry(prefs), freshRetry);
});

test('failed versions are remembered once each, fifty at most, and can be forgotten', async (context) => {
  const records = openRecords(await folderFor(context), assert.fail);
  assert.deepEqual(await records.failed(), []);
  await records.addFailed({ version: '1.0.0', reason: 'One.', sinceS: 1 });
  await records.addFailed({ version: '1.0.0', reason: 'Two.', sinceS: 2 });
  assert.deepEqual(await records.failed(), [{ version: '1.0.0', reason: 'Two.', sinceS: 2 }]);
  assert.equal(await records.forgetFailed('2.0.0'), false);
  assert.equal(await records.forgetFailed('1.0.0'), true);
  assert.equal(await records.isLetIn('1.0.0'), true);
  await records.addFailed({ version: '1.0.0', reason: 'Again.', sinceS: 3 });
  assert.equal(await records.isLetIn('1.0.0'), false);
  await records.forgetFailed('1.0.0');
  for (let index = 0; index < 60; index++) {
    await records.addFailed({ version: `2.${index}`, reason: '.', sinceS: index });
  }
  const all = await records.failed();
  assert.equal(all.length, 50);
  assert.equal(all.at(-1)?.version, '2.59');
});

test('the pending update comes back; a damaged record is told and does not count', async (context) => {
  const folder = await folderFor(context);
  const problems: string[] = [];
  const records = openRecords(folder, (sentence) => problems.push(sentence));
  const pending = { version: '2.0.0', from: '1.0.0', bootId: 'x', armed: true };
  await records.setPending(pending);
  assert.deepEqual(await records.pending(), pending);
  await records.setPending(undefined);
  await records.setPending(undefined);
  assert.equal(await records.pending(), undefined);
  await writeFile(join(folder, 'pending-update.json'), '{"version": "2.0');
  assert.equal(await records.pending(), undefined);
  assert.match(problems[0] ?? '', /pending-update\.json is damaged/);
  for (const odd of [
    'null',
    '[]',
    '{}',
    '{"version":1,"from":"","bootId":"","armed":true}',
    '{"version":"1","from":"","bootId":""}',
    '"x"',
  ]) {
    await writeFile(join(folder, 'pending-update.json'), odd);
    assert.equal(await records.pending(), undefined, odd);
  }
});

const writer = `
const [folder] = process.argv.slice(1);
const { openPrefs } = await import(${JSON.stringify(new URL('../../../src/update/prefs/prefs.ts', import.meta.url).href)});
const { loadRetry, saveRetry } = await import(${JSON.stringify(new URL('../../../src/update/prefs/retry-prefs.ts', import.meta.url).href)});
const prefs = await openPrefs(folder);
let before = await loadRetry(prefs);
process.stdout.write('begun\\n');
for (let round = 1; ; round++) {
  // Each answer has numbers of its own.
  const state = { signature: 'answer ' + round, urlIndex: round, failureCount: round, attempt: round, backoffUntilMs: round * 1000 };
  await saveRetry(prefs, state, before);
  before = state;
}
`;

test('killed at any moment, no answer has the numbers of another one', async (context) => {
  const folder = await folderFor(context);
  for (const pauseMs of [3, 11, 17, 29, 41]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await sleep(pauseMs);
    child.kill('SIGKILL');
    await ended;
    const prefs = await openPrefs(folder);
    const state = await loadRetry(prefs);
    if (state.signature !== '') {
      const round = Number(state.signature.replace('answer ', ''));
      assert.deepEqual(state, {
        ...{ signature: `answer ${round}`, urlIndex: round, failureCount: round, attempt: round },
        backoffUntilMs: round * 1000,
      });
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.')),
      [],
    );
  }
});
