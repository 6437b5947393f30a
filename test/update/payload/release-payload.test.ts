// A release as the engine asks for it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { publicPem } from '../../../src/disk/index.ts';
import { releasePayload } from '../../../src/update/payload/index.ts';
import type { PayloadJob } from '../../../src/update/payload-port.ts';
import { TestMachine } from '../../disk/slots/machine.ts';
import { scratch } from '../../disk/slots/scratch.ts';
import { stubPath } from '../../disk/stub.ts';
import { FileServer } from './file-server.ts';
import { noise } from './noise.ts';
import { newPair, publish } from './published.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
const key = newPair();
let folder = '';
const at = (name: string) => join(folder, name);

before(async () => {
  folder = await scratch('keelson-port-');
  if (stub === undefined) return;
  for (const version of ['2', '3'])
    await publish(stub, at(version), version, noise(200 * 4096, version), key);
  await mkdir(at('keys'));
  await writeFile(at('keys/key.pem'), publicPem(key.secret));
});
after(() => rm(folder, { recursive: true, force: true }));

async function jobFor(server: FileServer, change: Partial<PayloadJob['offer']> = {}) {
  const manifest = await readFile(at('3/manifest.json'));
  const events: string[] = [];
  const job: PayloadJob = {
    offer: {
      ...{ version: '3', codebases: [server.url], packageName: 'manifest.json', sizeBytes: manifest.length },
      sha256: createHash('sha256').update(manifest).digest('base64'),
      ...{ isDelta: false, disablePayloadBackoff: true, maxFailureCountPerUrl: 10 },
      ...change,
    },
    ...{ codebase: server.url, downgrade: false, runningVersion: '2', force: false, again: false },
    bytesPerSecond: 0,
    ...{ user: '', password: '', slotFolder: '', slotExtension: '', signal: new AbortController().signal },
    onProgress: (part) => {
      if (events.at(-1) !== 'progress') events.push('progress');
      assert.ok(part >= 0 && part <= 1);
    },
    onVerifying: () => events.push('verifying'),
    onDownloaded: async () => {
      events.push('downloaded');
    },
  };
  return { job, events };
}

test('an offer becomes the slot that boots next, and the engine is told how far it is', {
  skip,
}, async () => {
  const machine = await TestMachine.make('plain-files', at('machine'), at('2'));
  await using server = await FileServer.of(at('3'));
  const said: string[] = [];
  const say = (_fields: object, message: string) => void said.push(message);
  const payload = releasePayload({
    ...{ stateFolder: at('state'), env: {}, keyFolders: [at('keys')], slots: machine.manager() },
    log: { debug: say, info: say, warn: say, error: say },
  });
  const refused = async (change: Partial<PayloadJob['offer']>, code: number) => {
    const { job } = await jobFor(server, change);
    const error = await payload.apply(job).catch((one: unknown) => one);
    assert.equal(payload.codeOf(error), code, String(error));
  };
  await refused({ packageName: 'update.gz' }, 28);
  await refused({ sha256: Buffer.alloc(32).toString('base64') }, 10);
  await refused({ sizeBytes: 5 }, 11);
  await refused({ version: '4' }, 12);
  const { job, events } = await jobFor(server);
  await payload.apply(job);
  assert.deepEqual(events, ['progress', 'verifying', 'downloaded']);
  assert.match(said.at(-1) ?? '', /^Version 3 is in slot B: \d+ bytes travelled/);
  assert.equal((await machine.boot()).version, '3');
});
