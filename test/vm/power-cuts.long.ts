// Power fails at twenty random moments of an update by the update engine, from the first byte that it fetched to the
// moment in which it was installed. Each time the machine boots a slot that is whole: dm-verity reads it, and before
// that every block of it was held against its root hash.
//
//     KEELSON_VM_CUTS=100 node --test test/vm/power-cuts.long.ts        # more of them

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../machine/booted.ts';
import { bootVm, deadline, testTimeout } from './booted-vm.ts';
import { inRealRoot } from './console-lines.ts';
import { checkSlot, choiceOf } from './cuts.ts';
import { provideImage } from './image.ts';
import { cutAtRandom } from './random-cuts.ts';
import { type RecordedUpdate, recordUpdate, waitUntilBlessed } from './recorded-update.ts';
import { firstRootHash, provideSecondRelease, type SecondRelease } from './second-release.ts';
import { serveUpdates, type UpdateServer } from './update-server.ts';

const cuts = Number(process.env.KEELSON_VM_CUTS ?? 20);
let folder = '';
let first = '';
let release: SecondRelease;
let server: UpdateServer;
let recorded: RecordedUpdate;
before(
  async () => {
    folder = await temporaryFolder();
    const image = await provideImage();
    first = await firstRootHash(image);
    release = await provideSecondRelease(image);
    server = await serveUpdates(folder);
    recorded = await recordUpdate(
      folder,
      server.clientOf('off'),
      () => server.offer(release.folder),
      async (vm) => {
        await vm.exec(['update_engine_client', '-update'], { deadlineMs: await deadline(300) });
      },
    );
  },
  { timeout: testTimeout(4) },
);
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('the engine has installed the second version', () => {
  assert.deepEqual([recorded.before.next, recorded.after.next], ['A', 'B']);
});

const started: number[] = [];
for (let seed = 1; seed <= cuts; seed++) {
  test(`power fails, ${seed}: the machine boots a whole slot`, { timeout: testTimeout(1) }, async (t) => {
    const path = join(folder, 'cut.raw');
    const cut = await cutAtRandom(recorded, seed, path);
    const { slot, rootHash } = await choiceOf(path, 'systemd-boot', folder);
    assert.equal(rootHash, slot === 'A' ? first : release.rootHash);
    await checkSlot(path, slot, rootHash, folder);
    const total = recorded.writes.length - recorded.begun;
    t.diagnostic(
      `write ${cut.count - recorded.begun} of ${total}, ${cut.kept} of ${cut.unsure} unflushed sectors kept: slot ${slot}`,
    );
    await using vm = await bootVm({ disk: { path, format: 'raw' }, wait: false });
    await vm.power.waitForConsole(inRealRoot(rootHash), { timeoutMs: await deadline(120) });
    if (slot === 'A') started.push(seed);
  });
}

test('after the last cut before the end the engine goes on, and the update is installed', {
  timeout: testTimeout(3),
}, async () => {
  const seed = started.at(-1);
  assert.ok(seed !== undefined, 'no cut left slot A in its place');
  const path = join(folder, 'cut.raw');
  await cutAtRandom(recorded, seed, path);
  await using vm = await bootVm({ disk: { path, format: 'raw' }, ...server.clientOf('off') });
  await waitUntilBlessed(vm);
  await vm.exec(['update_engine_client', '-update'], { deadlineMs: await deadline(300) });
  const status = await waitUntilBlessed(vm);
  assert.deepEqual([status.running, status.next], ['A', 'B']);
  assert.deepEqual(status.problems, []);
});
