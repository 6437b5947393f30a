// What every kind of slots has to do, run against systemd-boot's entries, GRUB's environment block, plain files and
// extensions.

import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { diskErrors, type Slot, type SlotStatus, type WriteStepName } from '../../../src/disk/index.ts';
import { stubPath } from '../stub.ts';
import { listing } from './listing.ts';
import { type Kind, kinds, loaderPaths, TestMachine } from './machine.ts';
import { makeExtensionRelease, makeRelease } from './release.ts';
import { scratch } from './scratch.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
let folder = '';
const releaseOf = (kind: Kind) => (version: string) =>
  join(folder, `${kind === 'extension' ? 'extension' : 'release'}-${version}`);
const release = releaseOf('systemd-boot');

before(async () => {
  folder = await scratch('keelson-slots-');
  if (stub === undefined) return;
  for (const version of ['1', '2', '3', '4']) {
    await makeRelease(stub, release(version), version);
    await makeExtensionRelease(releaseOf('extension')(version), version);
  }
});
after(() => rm(folder, { recursive: true, force: true }));

const state = (status: SlotStatus, slot: Slot) => status.slots.find((one) => one.slot === slot)?.state;

for (const kind of kinds) {
  describe(kind, { skip }, () => {
    const release = releaseOf(kind);
    const isSystem = kind !== 'extension';
    let count = 0;
    /** A machine that runs version 2 from slot A. */
    const machineOf = () => {
      count += 1;
      return TestMachine.make(kind, join(folder, `${kind}-${count}`), release('2'));
    };
    const fails = (version: string) => (other: string) => other !== version;

    test('a fresh machine runs slot A, which is good; B is empty and idle', async () => {
      const manager = (await machineOf()).manager();
      const status = await manager.status();
      assert.equal(status.loader, kind.split(' ')[0]);
      assert.deepEqual([status.running, status.next], ['A', 'A']);
      assert.deepEqual([state(status, 'A'), state(status, 'B')], ['good', 'empty']);
      assert.deepEqual(status.problems, []);
      assert.equal(await manager.inactive(), 'B');
      assert.equal(await manager.bless(), false);
    });

    test('a new version is tried, blessed, and then is what an update must not touch', async () => {
      const machine = await machineOf();
      const steps: string[] = [];
      let progress: [number, number] = [0, 0];
      const written = await machine.manager().write(release('3'), {
        onStep: (name) => steps.push(name),
        onProgress: (done, total) => {
          progress = [done, total];
        },
      });
      assert.deepEqual(written, { slot: 'B', next: true });
      assert.equal(steps.at(-1), 'arm');
      assert.equal(progress[0], progress[1]);
      const armed = await machine.manager().status();
      assert.deepEqual([armed.running, armed.next, state(armed, 'B')], ['A', 'B', 'trial']);
      assert.equal(armed.slots[1]?.triesLeft, 3);

      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
      const trial = await machine.manager().status();
      assert.deepEqual([trial.running, state(trial, 'B'), state(trial, 'A')], ['B', 'trial', 'good']);
      assert.deepEqual([trial.slots[1]?.triesLeft, trial.slots[1]?.triesDone], [2, 1]);
      await assert.rejects(machine.manager().write(release('4')), (error) => {
        assert.ok(diskErrors.is(error, 'refused'));
        assert.match(error.message, /Slot B, which runs, is still on trial/);
        return true;
      });
      assert.equal(await machine.manager().bless(), true);
      assert.equal(await machine.manager().bless(), false);
      assert.equal(state(await machine.manager().status(), 'B'), 'good');
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
      assert.deepEqual(await machine.manager().write(release('4')), { slot: 'A', next: true });
      assert.deepEqual(await machine.boot(), { slot: 'A', version: '4', starts: 1 });
    });

    test('a version that does not come up is left after three tries, and remembered', async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      assert.deepEqual(await machine.boot(fails('3')), { slot: 'A', version: '2', starts: 4 });
      const status = await machine.manager().status();
      assert.deepEqual([status.next, state(status, 'B')], ['A', 'failed']);
      await assert.rejects(machine.manager().write(release('3')), (error) => {
        assert.ok(diskErrors.is(error, 'refused'));
        assert.match(error.message, /Version 3 was tried on this machine and did not come up/);
        return true;
      });
      await assert.rejects(machine.manager().activate('B'), /did not come up when it was tried/);
      // Unless somebody let it in again, which makes up for nothing else.
      const again = await machine.manager().write(release('3'), { again: true });
      assert.equal(again.slot, 'B');
      assert.deepEqual(await machine.boot(fails('3')), { slot: 'A', version: '2', starts: 4 });
      // Another version takes its place; the failure stays known.
      await machine.manager().write(release('4'));
      assert.deepEqual(await machine.boot(fails('4')), { slot: 'A', version: '2', starts: 4 });
      await machine.manager().bless();
      const failed = (await machine.manager().status()).failed.map(({ version }) => version);
      assert.deepEqual(failed, ['3', '4']);
      await assert.rejects(machine.manager().write(release('3')), /was tried on this machine/);
      await machine.manager().write(release('3'), { force: true });
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
      await machine.manager().bless();
      assert.deepEqual(
        (await machine.manager().status()).failed.map(({ version }) => version),
        ['4'],
      );
    });

    test('revert drops a version that waits; activate takes it up again', async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      assert.equal(await machine.manager().revert(), 'A');
      const status = await machine.manager().status();
      assert.deepEqual([status.next, state(status, 'A'), state(status, 'B')], ['A', 'good', 'set-aside']);
      assert.deepEqual(await machine.boot(), { slot: 'A', version: '2', starts: 1 });
      await machine.manager().activate('B');
      assert.equal((await machine.manager().status()).slots[1]?.triesLeft, 3);
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
    });

    test('revert goes back to the version before, on trial, and forward again by itself', async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      await machine.boot();
      await machine.manager().bless();
      assert.equal(await machine.manager().revert(), 'A');
      const copy = await machine.copy(join(folder, `${kind}-forward`));
      assert.deepEqual(await machine.boot(), { slot: 'A', version: '2', starts: 1 });
      await machine.manager().bless();
      assert.deepEqual(await machine.boot(), { slot: 'A', version: '2', starts: 1 });
      assert.equal(state(await machine.manager().status(), 'A'), 'good');
      assert.deepEqual(await copy.boot(fails('2')), { slot: 'B', version: '3', starts: 4 });
      await copy.manager().bless();
      assert.deepEqual(await copy.boot(), { slot: 'B', version: '3', starts: 1 });
    });

    test('revert on trial returns to the good slot at the next boot', async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      await machine.boot();
      assert.equal(await machine.manager().revert(), 'A');
      assert.deepEqual(await machine.boot(), { slot: 'A', version: '2', starts: 1 });
    });

    test('an older version can be written and activated', async () => {
      const machine = await machineOf();
      const { next } = await machine.manager().write(release('1'));
      assert.equal(next, (await machine.manager().status()).next === 'B');
      await machine.manager().activate('B');
      assert.equal((await machine.manager().status()).next, 'B');
      const copy = await machine.copy(join(folder, `${kind}-older`));
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '1', starts: 1 });
      await machine.manager().bless();
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '1', starts: 1 });
      assert.deepEqual(await copy.boot(fails('1')), { slot: 'A', version: '2', starts: 4 });
    });

    test('bless is for the slot that runs by its command line, and for no other', {
      skip: !isSystem && 'which slot of an extension runs is told by the boot, not by the kernel',
    }, async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      assert.equal(await machine.manager().bless(), false);
      assert.equal(state(await machine.manager().status(), 'B'), 'trial');
      // kexec: firmware and loader started slot A, the kernel that runs is slot B's.
      const { rootHash } = (await machine.manager().status()).slots[1] ?? {};
      machine.cmdline = `quiet usrhash=${rootHash}`;
      assert.equal(await machine.manager().bless(), true);
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
    });

    test('the kernel of a slot can be had for kexec', async () => {
      const machine = await machineOf();
      await machine.manager().write(release('3'));
      const into = await scratch('keelson-kexec-');
      try {
        if (!isSystem)
          return await assert.rejects(machine.manager().kernel('B', into), /Slot B has no kernel/);
        const { linux, initrd, cmdline } = await machine.manager().kernel('B', into);
        assert.match(await readFile(linux, 'latin1'), /^MZkernel 3 /);
        assert.match(await readFile(initrd, 'latin1'), /^initrd 3 /);
        const { rootHash } = (await machine.manager().status()).slots[1] ?? {};
        assert.equal(cmdline, `usrhash=${rootHash} quiet`);
        await machine.boot(fails('3'));
        await assert.rejects(machine.manager().kernel('B', into), /did not come up when it was tried/);
      } finally {
        await rm(into, { recursive: true });
      }
    });

    test('a start that goes past the loader spends a try, so that a slot that hangs then is left', async () => {
      const machine = await machineOf();
      assert.equal(await machine.manager().spendTry('A'), false, 'a good slot has none');
      await machine.manager().write(release('3'));
      assert.equal(await machine.manager().spendTry('B'), true);
      const [, b] = (await machine.manager().status()).slots;
      assert.deepEqual([b?.triesLeft, b?.triesDone, b?.next], [2, 1, true]);
      // It hung, and so it does when the loader starts it.
      const copy = await machine.copy(join(folder, `${kind}-spent`));
      assert.deepEqual(await machine.boot(fails('3')), { slot: 'A', version: '2', starts: 3 });
      assert.deepEqual(await copy.boot(), { slot: 'B', version: '3', starts: 1 });
      assert.equal(await copy.manager().spendTry('B'), true);
      assert.equal(await copy.manager().spendTry('B'), false, 'none is left');
      // The last try is running.
      assert.equal(state(await copy.manager().status(), 'B'), 'trial');
      await copy.manager().bless();
      assert.deepEqual(await copy.boot(), { slot: 'B', version: '3', starts: 1 });
    });

    test('a list of failed versions that is damaged is said, and stops nothing', async () => {
      const machine = await machineOf();
      await mkdir(join(machine.folder, 'state'));
      await writeFile(join(machine.folder, 'state/failed-versions.json'), '{"failed": [{"version": 7}]}');
      assert.match((await machine.manager().status()).problems.join(), /failed-versions\.json is damaged/);
      await machine.manager().write(release('3'));
      await machine.boot(fails('3'));
      await machine.manager().bless();
      const status = await machine.manager().status();
      assert.deepEqual(status.problems, []);
      assert.deepEqual(
        status.failed.map(({ version }) => version),
        ['3'],
      );
    });

    if (kind !== 'systemd-boot' && kind !== 'gpt-priority') {
      test('an environment block that is damaged is said, and made anew by a blessing', async () => {
        const machine = await machineOf();
        const block =
          kind === 'plain-files'
            ? join(machine.plain, 'slots.env')
            : kind === 'extension'
              ? join(machine.extension, 'slots.env')
              : join(machine.esp, 'keelson/grub/grubenv');
        await truncate(block, 100);
        const { problems } = await machine.manager().status();
        assert.match(
          problems.join(),
          /is damaged at offset 100: an environment block of GRUB has 1024 bytes/,
        );
        const before = await listing(machine.folder);
        const writing = machine.manager().write(release('3'), { force: true });
        await assert.rejects(writing, (error) => diskErrors.is(error, 'damaged'));
        assert.deepEqual(await listing(machine.folder), before);
        await machine.manager().bless();
        assert.deepEqual((await machine.manager().status()).problems, []);
        await machine.manager().write(release('3'));
        assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
      });
    }

    test('a machine that runs no slot is told so and changes nothing', async () => {
      const machine = await machineOf();
      if (!isSystem) await rm(join(machine.folder, 'run'), { recursive: true });
      const before = await listing(machine.folder);
      for (const cmdline of ['quiet', `usrhash=${'0'.repeat(64)}`, 'usrhash=../../etc']) {
        machine.cmdline = cmdline;
        const manager = machine.manager();
        const refused = (error: unknown) => diskErrors.is(error, 'unsupported');
        await assert.rejects(manager.write(release('3'), { force: true }), refused);
        await assert.rejects(manager.bless(), refused);
        await assert.rejects(manager.revert(), refused);
        await assert.rejects(manager.inactive(), refused);
      }
      assert.deepEqual(await listing(machine.folder), before);
    });

    test('a release that is damaged, or not for this machine, is refused before anything is written', async () => {
      const machine = await machineOf();
      const before = await listing(machine.folder);
      const bad = join(folder, `bad-${kind}`);
      const refused = async (message: RegExp, damage: (at: (name: string) => string) => Promise<unknown>) => {
        await rm(bad, { recursive: true, force: true });
        await cp(release('3'), bad, { recursive: true });
        await damage((name) => join(bad, name));
        await assert.rejects(machine.manager().write(bad, { force: true }), (error) => {
          assert.ok(diskErrors.is(error), String(error));
          assert.match(error.message, message);
          return true;
        });
        assert.deepEqual(await listing(machine.folder), before);
      };
      await refused(/ends at offset 1000; its manifest says 409600 bytes/, (at) =>
        truncate(at('usr.squashfs'), 1000),
      );
      await refused(/ends at offset 409601/, (at) => appendFile(at('usr.squashfs'), 'x'));
      await refused(/another SHA-256 than its manifest says/, (at) => flip(at('usr.squashfs'), 200_000));
      await refused(/another SHA-256/, (at) => flip(at('usr.verity'), 5000));
      await refused(/lacks .*usr.verity/, (at) => rm(at('usr.verity')));
      await refused(/no release: .*manifest.json cannot be read/, (at) => rm(at('manifest.json')));
      await refused(/no manifest of a release/, (at) => truncate(at('manifest.json'), 100));
      await refused(/version is "..\/x", expected a version/, (at) => edit(at, { version: '../x' }));
      await refused(/is for s390x, this machine is/, (at) => edit(at, { architecture: 's390x' }));
      await refused(/is one of .*, and these slots are for/, (at) =>
        cp(releaseOf(isSystem ? 'extension' : 'grub')('3'), at('.'), { recursive: true }),
      );
      if (!isSystem) {
        await refused(/is one of the extension other, and/, (at) => edit(at, { name: 'other' }));
        return;
      }
      await refused(/another SHA-256/, (at) => flip(at('keelson.efi'), 90_000));
      await refused(/lacks .*keelson.efi/, (at) => rm(at('keelson.efi')));
      await refused(/has the version 3, its manifest says 3.1/, (at) => edit(at, { version: '3.1' }));
    });

    test('a manifest that fits its files but not its root hash is refused', {
      skip: !isSystem && 'the image of an extension is known by its SHA-256',
    }, async () => {
      const machine = await machineOf();
      const before = await listing(machine.folder);
      const bad = join(folder, `wrong-${kind}`);
      await cp(release('3'), bad, { recursive: true });
      const three = JSON.parse(await readFile(join(bad, 'manifest.json'), 'utf8'));
      await edit((name) => join(bad, name), { verity: { ...three.verity, rootHash: 'ab'.repeat(32) } });
      await assert.rejects(machine.manager().write(bad), /has usrhash= [0-9a-f]{64}, its manifest says abab/);
      // The tree of another version, with the right hash of that file.
      await cp(join(release('4'), 'usr.verity'), join(bad, 'usr.verity'));
      const four = JSON.parse(await readFile(join(release('4'), 'manifest.json'), 'utf8'));
      await edit((name) => join(bad, name), {
        verity: { ...three.verity, sha256: four.verity.sha256 },
      });
      await assert.rejects(machine.manager().write(bad), /does not match its hash tree .* at offset 0/);
      assert.deepEqual(await listing(machine.folder), before);
    });

    test('the version that runs is never written beside itself', async () => {
      const machine = await machineOf();
      await assert.rejects(
        machine.manager().write(release('2'), { force: true }),
        /Version 2 is what runs, in slot A/,
      );
    });

    test('an image that is larger than its slot is refused with both numbers', {
      skip: kind === 'plain-files' && 'a folder has the room of its file system',
    }, async () => {
      const machine = await machineOf();
      const large = join(folder, `large-${kind}`);
      await cp(release('3'), large, { recursive: true });
      const before = await listing(machine.folder);
      const steps: string[] = [];
      const host = machine.host();
      const storage = { ...host.storage, capacity: async () => ({ usr: 4096, verity: 1 }) };
      const { slotManager } = await import('../../../src/disk/index.ts');
      const writing = slotManager({ ...host, storage }).write(large, { onStep: (name) => steps.push(name) });
      await assert.rejects(writing, (error) => {
        assert.ok(diskErrors.is(error, 'full'));
        assert.match(error.message, /has 409600 bytes; slot B has room for 4096/);
        return true;
      });
      // At once: a gibibyte is not read before.
      assert.deepEqual(steps, ['check-room'] satisfies WriteStepName[]);
      assert.deepEqual(await listing(machine.folder), before);
    });
  });
}

describe('the boot partition of systemd-boot', { skip }, () => {
  test('what an interrupted write left there goes at the blessing, and nothing else', async () => {
    for (const blessed of [true, false]) {
      const machine = await TestMachine.make('systemd-boot', join(folder, `left-${blessed}`), release('2'));
      if (!blessed) {
        await machine.manager().write(release('3'));
        await machine.boot();
      }
      const entries = join(machine.esp, 'EFI/Linux');
      for (const name of ['keelson_9.part', '.part-0123', 'other.part'])
        await writeFile(join(entries, name), 'half');
      await writeFile(join(machine.esp, '.part-4567'), 'half');
      assert.match((await machine.manager().status()).problems.join(), /keelson_9\.part was left by a write/);
      assert.equal(await machine.manager().bless(), !blessed);
      assert.deepEqual((await machine.manager().status()).problems, []);
      const left = [...(await readdir(entries)), ...(await readdir(machine.esp))];
      assert.deepEqual(
        left.filter((name) => name.includes('part')),
        ['other.part'],
      );
      assert.ok(left.includes(`keelson_${blessed ? 2 : 3}.efi`), left.join(' '));
    }
  });

  test('a loader that is gone from one of its two places is made anew from the other', async () => {
    const machine = await TestMachine.make('systemd-boot', join(folder, 'loader'), release('2'));
    const [fallback, own] = loaderPaths().map((path) => join(machine.esp, path)) as [string, string];
    for (const [lost, other] of [
      [fallback, own],
      [own, fallback],
    ] as const) {
      await rm(lost);
      const { problems } = await machine.manager().status();
      assert.deepEqual(problems, [
        `${lost} is missing: firmware that looks for its loader there starts nothing.`,
      ]);
      await machine.manager().bless();
      assert.deepEqual((await machine.manager().status()).problems, []);
      assert.deepEqual(await readFile(lost), await readFile(other));
    }
    await truncate(fallback, 0);
    assert.match((await machine.manager().status()).problems.join(), /is empty: firmware/);
    await machine.manager().write(release('3'));
    assert.deepEqual((await machine.manager().status()).problems, []);
    for (const path of [fallback, own]) await rm(path);
    assert.equal((await machine.manager().status()).problems.length, 2);
    assert.equal(await machine.manager().bless(), false);
  });
});

describe('a disk with both loaders', { skip }, () => {
  test('boots the same version after it has moved to a machine of the other firmware', async () => {
    for (const kind of ['systemd-boot with grub', 'grub with systemd-boot'] as const) {
      const machine = await TestMachine.make(kind, join(folder, `moved from ${kind}`), release('2'));
      await machine.manager().write(release('3'));
      await machine.boot();
      await machine.manager().bless();
      machine.firmware = machine.firmware === 'grub' ? 'systemd-boot' : 'grub';
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
      const status = await machine.manager().status();
      assert.deepEqual([status.running, status.next, state(status, 'B')], ['B', 'B', 'good']);
    }
  });
});

async function flip(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte.writeUInt8(byte.readUInt8(0) ^ 0x10, 0);
  await file.write(byte, 0, 1, offset);
}

async function edit(at: (name: string) => string, changes: object): Promise<void> {
  const path = at('manifest.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changes }));
}
