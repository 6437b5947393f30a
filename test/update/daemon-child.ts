// The daemon in a process of its own, for tests that end it: a machine below ROOT whose other slot is a file, and a
// payload that takes its time.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload } from '../../src/update/payload-port.ts';
import { runDaemon } from '../../src/update/run-daemon.ts';
import { slotsOf } from './world.ts';

const root = process.env['ROOT'] ?? '';
const slot = join(root, 'slot');

/** Twenty steps of a download; the slot is armed by its last step. */
const payload: Payload = {
  async apply({ offer, signal, onProgress, onVerifying, onDownloaded }) {
    for (let step = 1; step <= 20; step++) {
      await sleep(Number(process.env['STEP_MS'] ?? '2'), undefined, { signal });
      onProgress(step / 20);
    }
    onVerifying();
    await onDownloaded();
    await writeFile(slot, offer.version);
  },
  codeOf: () => 9,
};

await runDaemon({
  ...{ root, env: process.env, payload, verbose: true },
  async slots() {
    const version = (await readFile(slot, 'utf8').catch(() => '')).trim();
    const own = { version: '1.0.0' };
    if (version === '') return slotsOf(own);
    return slotsOf(own, { version, state: 'trial', next: true, triesLeft: 3 });
  },
});
process.exit(0);
