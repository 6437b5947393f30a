// Which accelerator is chosen, and that the answer is kept for as long as it holds.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootSector, chooseAccelerator, patience } from '../../../src/sandbox/vm/accelerator.ts';

test('the environment overrules, and a word that is neither is refused', async () => {
  const choose = (word: string) => chooseAccelerator({ env: { KEELSON_VM_ACCELERATOR: word } });
  assert.equal((await choose('kvm')).accelerator, 'kvm');
  assert.deepEqual(await choose('tcg'), {
    accelerator: 'tcg',
    reason: 'KEELSON_VM_ACCELERATOR says so',
  });
  await assert.rejects(choose('xen'), { code: 'sandbox.invalid' });
});

test('without a device nothing is tried', async () => {
  const choice = await chooseAccelerator({ env: {}, device: '/dev/no-such-kvm' });
  assert.deepEqual(choice, { accelerator: 'tcg', reason: 'there is no /dev/no-such-kvm that we may use' });
  assert.ok(patience('tcg') > patience('kvm'));
});

test('an answer holds until the host is booted again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-accelerator-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const cacheFile = join(folder, 'answer.json');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  let probes = 0;
  const probe = async () => {
    probes += 1;
    return false;
  };
  const options = { env: {}, device: '/dev/null', cacheFile, probe };
  await writeFile(cacheFile, JSON.stringify({ boot, accelerator: 'kvm', reason: '' }));
  assert.equal((await chooseAccelerator(options)).accelerator, 'kvm');
  assert.equal(probes, 0);
  // Of another boot, or no answer at all: KVM is tried again.
  const stale = [JSON.stringify({ boot: 'other', accelerator: 'kvm', reason: '' }), '{', '{}', 'null'];
  for (const [index, text] of stale.entries()) {
    await writeFile(cacheFile, text);
    const choice = await chooseAccelerator(options);
    assert.equal(choice.accelerator, 'tcg', text);
    assert.match(choice.reason, /boot sector/);
    assert.equal(probes, index + 1);
    assert.deepEqual(await chooseAccelerator(options), choice);
    assert.equal(probes, index + 1);
  }
});

test('a boot sector ends with its signature', () => {
  const disk = bootSector([1, 2, 3]);
  assert.deepEqual([...disk.subarray(0, 4)], [1, 2, 3, 0]);
  assert.deepEqual([...disk.subarray(510, 512)], [0x55, 0xaa]);
});
