// Both ends: what the update engine of a machine asks, answered by the server.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { serveUpdates } from '../../src/coreupdate/index.ts';
import { packageUrl } from '../../src/omaha/index.ts';
import { exchange } from '../../src/update/server/exchange.ts';
import { check, type Post, tell } from '../../src/update/server/server.ts';
import { releaseFolder } from './folder.ts';

const log = { info: () => {}, warn: () => {}, entry: () => {} };
const post: Post = (url, document, signal) => exchange(url, document, { signal, env: {} });
const { signal } = new AbortController();

type Identity = Parameters<typeof check>[2];

/** A machine of that version; its oem is what update_engine could not say. */
function machine(version: string): Identity {
  const facts = {
    ...{ machineId: 'abce671d61774703ac7be60715220bfe', bootId: '965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84' },
    ...{ architecture: 'x86_64', oem: 'my "own" <oem> & Ω', oemVersion: '' },
  };
  const settings = {
    appId: '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}',
    group: 'stable',
    machineAlias: '',
    board: '',
  };
  // Only what a request says of a machine; the rest of its facts and settings is not asked for here.
  return { version, alephVersion: '1.0.0', facts, settings } as unknown as Identity;
}

test('from the check to the last event', async () => {
  await using made = await releaseFolder();
  await made.release('1.2.3', '1.2.3', { minimumVersion: '1.0.0' });
  await made.channels({ stable: '1.2.3' });
  await using server = await serveUpdates({
    folder: made.folder,
    listen: { host: '127.0.0.1', port: 0 },
    log,
  });
  const base = `http://${server.address}`;
  const url = `${base}/v1/update/`;
  const ask = (version: string) =>
    check(post, url, machine(version), { interactive: false, event: undefined }, signal);

  const result = await ask('1.2.2');
  assert.ok(result.kind === 'offer', JSON.stringify(result));
  const { offer } = result;
  assert.equal(offer.version, '1.2.3');
  const manifest = Buffer.from(
    await (await fetch(packageUrl(offer.codebases[0] ?? '', offer.packageName))).arrayBuffer(),
  );
  assert.equal(manifest.length, offer.sizeBytes);
  assert.equal(createHash('sha256').update(manifest).digest('base64'), offer.sha256);

  assert.equal(await tell(post, url, machine('1.2.2'), { type: 13, result: 1 }, signal), true);
  assert.equal(
    await tell(post, url, machine('1.2.2'), { type: 3, result: 0, errorCode: 268_435_466 }, signal),
    true,
  );
  const { machines } = JSON.parse(await (await fetch(`${base}/v1/machines`)).text());
  assert.deepEqual(
    [machines[0].status, machines[0].errorCode, machines[0].oem],
    ['failed', 268_435_466, 'my "own" <oem> & Ω'],
  );

  const current = await ask('1.2.3');
  assert.ok(current.kind === 'none');
  assert.match(current.reason, /This machine is at 1\.2\.3/);
  const old = await ask('0.9.0');
  assert.ok(old.kind === 'none');
  assert.match(old.reason, /1\.2\.3 can be installed from 1\.0\.0 on/);
});
