// Choosing: which of several sources is taken, who is waited for, and when nobody is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSource } from '../../../src/cloud-config/sources/choose.ts';
import { noMetadata, type Source } from '../../../src/cloud-config/sources/source.ts';

const { signal } = new AbortController();

/** A source that is there from its `after`-th question on. */
function source(type: string, after: number, more: Partial<Source> = {}) {
  const asked: string[] = [];
  const made: Source = {
    type,
    location: `at ${type}`,
    mayAppear: true,
    available: async () => asked.push(type) >= after,
    userData: async () => new Uint8Array(),
    metadata: async () => noMetadata,
    ...more,
  };
  return { made, asked };
}

async function choice(sources: readonly Source[], certainMs?: number) {
  const said: string[] = [];
  let time = 0;
  const options = {
    signal,
    waitMs: 1000,
    now: () => (time += 10),
    explain: (text: string) => said.push(text),
  };
  const chosen = await chooseSource(sources, {
    ...options,
    ...(certainMs === undefined ? {} : { certainMs }),
  });
  return { chosen: chosen.type, said: said.join('\n') };
}

const certain = { evidence: { why: 'a volume is labelled X', certain: true } };

test('of several that are there the first is taken; the network is not even asked', async () => {
  const remote = source('remote', 1, { overNetwork: true });
  const second = source('second', 1);
  const { chosen, said } = await choice([
    source('first', 99).made,
    second.made,
    source('third', 1).made,
    remote.made,
  ]);
  assert.equal(chosen, 'second');
  assert.deepEqual(remote.asked, []);
  assert.equal(
    said,
    'Source: second (at second), the first of those named that is there. Not taken: first (at first), third (at third), remote (at remote).',
  );
});

test('one that was named alone needs no explanation', async () => {
  assert.deepEqual(await choice([source('only', 1).made]), { chosen: 'only', said: '' });
});

test('what is certain is waited for, though another is there already', async () => {
  const drive = source('drive', 2, certain);
  const remote = source('remote', 1, { overNetwork: true });
  const { chosen, said } = await choice([drive.made, remote.made]);
  assert.equal(chosen, 'drive');
  assert.deepEqual(remote.asked, []);
  assert.match(said, /^Source: drive \(at drive\), because a volume is labelled X\. Not taken: remote/);
});

test('but not for ever', async () => {
  const drive = source('drive', 99, certain);
  const remote = source('remote', 1, { overNetwork: true });
  assert.equal((await choice([drive.made, remote.made], 1)).chosen, 'remote');
});

test('when none can appear any more, or time is over, each says why it is not there', async () => {
  const gone = source('gone', 99, { mayAppear: false, whyNot: () => 'nothing at X' }).made;
  await assert.rejects(choice([gone]), /in time: gone \(nothing at X\)\./);
  const late = source('late', 99, certain).made;
  const options = { signal, waitMs: 1, now: () => performance.now() };
  await assert.rejects(
    chooseSource([gone, late], options),
    /late \(at late, because a volume is labelled X\)/,
  );
});

test('an abort ends the wait', async () => {
  const abort = new AbortController();
  const never = source('never', 99).made;
  const choosing = chooseSource([never], { signal: abort.signal, waitMs: 60_000, now: () => 0 });
  abort.abort();
  await assert.rejects(choosing, { name: 'AbortError' });
});

test('what is waited for is told once, and again when the reason is another', async () => {
  const reasons = ['no route', 'no route', 'answered 503'];
  let time = 0;
  const said: string[] = [];
  const late = source('late', 4, { whyNot: () => reasons.shift() });
  await chooseSource([late.made], {
    signal,
    waitMs: 60_000,
    now: () => (time += 2_000),
    explain: (sentence) => said.push(sentence),
  });
  assert.deepEqual(said, ['Waiting for late (no route).', 'Waiting for late (answered 503).']);
});
