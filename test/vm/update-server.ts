// keelson update serve on this host, for machines under test: the command itself, and what its journal says of them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { indexRelease, newKeyPair, signRelease } from '../../src/disk/index.ts';
import { readFileIfExists, writeFileAtomic } from '../../src/host/index.ts';
import { type BootOptions, deadline } from './booted-vm.ts';

const keelson = resolve(import.meta.dirname, '../../src/keelson.ts');
const address = '10.0.2.100';

/** One event of a machine, as the journal has it. */
export interface Heard {
  readonly kind: string;
  readonly to?: string;
  readonly type?: number;
  readonly result?: number;
  readonly errorCode?: number;
  readonly previousVersion?: string;
}

export interface UpdateServer extends AsyncDisposable {
  /** What a machine is booted with to be a client of it, with a reboot strategy. */
  readonly clientOf: (strategy: string) => Pick<BootOptions, 'coreos' | 'files' | 'network'>;
  /** Offers a release from now on, signed; the folder is copied. */
  readonly offer: (release: string) => Promise<void>;
  /** Events so far, as `type/result`, with the error code behind it when there is one. */
  readonly heard: () => Promise<readonly string[]>;
  /** Waits until it has heard that. */
  readonly hears: (event: string) => Promise<void>;
}

/** Serves a folder below `scratch`, with a key of its own. Ends with the test. */
export async function serveUpdates(scratch: string): Promise<UpdateServer> {
  const folder = join(scratch, 'releases');
  const journal = join(scratch, 'updates.jsonl');
  const { privatePem, publicPem } = newKeyPair();
  const key = createPrivateKey(privatePem);
  await writeFileAtomic(join(folder, 'channels.json'), '{"edge": "newest"}\n');
  const { port, stop } = await start(['update', 'serve', folder, '--journal', journal]);
  const heard = async () =>
    ((await readFileIfExists(journal)) ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Heard => JSON.parse(line))
      .filter(({ kind }) => kind === 'event')
      // The code is in the lower half; above it are flags of the machine.
      .map(({ type, result, errorCode }) =>
        errorCode === undefined ? `${type}/${result}` : `${type}/${result} ${errorCode & 0xffff}`,
      );
  return {
    clientOf: (strategy) => ({
      network: { services: [{ address, port: 80, to: { host: '127.0.0.1', port } }] },
      coreos: [`update: {server: 'http://${address}/v1/update/', group: edge, reboot_strategy: ${strategy}}`],
      files: [{ path: '/etc/keelson/update-keys/test.pem', content: publicPem }],
    }),
    offer: (release) => publish(release, folder, key),
    heard,
    hears: async (event) => {
      const end = Date.now() + (await deadline(60));
      for (;;) {
        const all = await heard();
        if (all.includes(event)) return;
        assert.ok(Date.now() < end, `the server never heard ${event}, only ${all.join(', ')}`);
        await sleep(1000);
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Lays a release beside, with indexes of its chunks and a signature, and gives it its name then. */
async function publish(release: string, folder: string, key: KeyObject): Promise<void> {
  const manifest = JSON.parse(await readFile(join(release, 'manifest.json'), 'utf8'));
  const target = join(folder, `.${manifest.version}`);
  await cp(release, target, { recursive: true });
  for (const part of ['usr', 'uki']) {
    manifest[part].chunks = await indexRelease(target, manifest[part].file);
  }
  await writeFileAtomic(join(target, 'manifest.json'), JSON.stringify(manifest));
  await signRelease(target, key);
  await rename(target, join(folder, `keelson_${manifest.version}.release`));
}

/** Starts the command on a port of its own choice. */
async function start(argv: readonly string[]): Promise<{ port: number; stop: () => Promise<void> }> {
  // It goes with the test, also when that is killed.
  const command = ['--pdeathsig', 'KILL', process.execPath, keelson, ...argv, '--listen', '127.0.0.1:0'];
  const child = spawn('setpriv', command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    said += piece;
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  for (;;) {
    const port = /at 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return { port: Number(port), stop };
    if (child.exitCode !== null) throw new Error(`The update server ended: ${said}`);
    await sleep(50);
  }
}
