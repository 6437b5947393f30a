// Power fails in the middle of a write: after every step, in the middle of copying, by SIGKILL at any moment, and in
// the middle of FAT's rename. Whatever was reached, the machine boots what ran or the whole new version, and
// the next write starts over and ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, readdir, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { diskErrors, type WriteStepName, writeStepNames } from '../../../src/disk/index.ts';
import { stubPath } from '../stub.ts';
import { type Booted, type Kind, kinds, TestMachine } from './machine.ts';
import { makeExtensionRelease, makeRelease } from './release.ts';
import { scratch } from './scratch.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
/** More of them show more: KEELSON_POWER_CUTS=200 node --test test/disk/slots/power-cut.test.ts */
const kills = Number(process.env['KEELSON_POWER_CUTS'] ?? 3);
let folder = '';
const releaseOf = (kind: Kind) => (version: string) =>
  join(folder, `${kind === 'extension' ? 'extension' : 'release'}-${version}`);
const release = releaseOf('systemd-boot');

before(async () => {
  folder = await scratch('keelson-power-');
  if (stub === undefined) return;
  for (const version of ['1', '2', '3', '4']) {
    await makeRelease(stub, release(version), version);
    await makeExtensionRelease(releaseOf('extension')(version), version);
  }
});
after(() => rm(folder, { recursive: true, force: true }));

class PowerCut extends Error {}

/**
 * A machine that runs version 2 from slot A, blessed, with an older one in slot B that was good as well: what is
 * there to be lost is most then.
 */
async function machineWithTwo(kind: Kind, name: string): Promise<TestMachine> {
  const release = releaseOf(kind);
  const machine = await TestMachine.make(kind, join(folder, name), release('1'));
  await machine.manager().write(release('2'));
  await machine.boot();
  await machine.manager().bless();
  return machine;
}

/** The machine after the power is back: old or new as `expected`, and able to be updated. */
async function recovers(
  machine: TestMachine,
  expected: 'old' | 'new' | 'either',
  when: string,
): Promise<Booted> {
  const booted = await machine.boot();
  const versions = { old: ['2'], new: ['3'], either: ['2', '3'] }[expected];
  assert.ok(versions.includes(booted.version), `${when}: booted ${booted.version}`);
  assert.equal(booted.starts, 1, `${when}: came up at the first start`);
  await machine.manager().bless();
  const next = booted.version === '3' ? '4' : '3';
  await machine.manager().write(releaseOf(machine.kind)(next));
  assert.deepEqual(
    await machine.boot(),
    { slot: booted.slot === 'A' ? 'B' : 'A', version: next, starts: 1 },
    when,
  );
  const problems = (await machine.manager().status()).problems;
  assert.deepEqual(problems, [], when);
  return booted;
}

/** From the slot's first change to its last, no entry is there that could start it, whatever else were to happen. */
async function nothingStartsHalf(machine: TestMachine, step: WriteStepName): Promise<void> {
  const { slots, problems } = await machine.manager().status();
  const idle = slots.find(({ running }) => !running)?.state;
  const begun = writeStepNames.indexOf(step) >= writeStepNames.indexOf('disarm');
  assert.equal(idle, step === 'arm' ? 'trial' : begun ? 'empty' : idle, `after ${step}`);
  const others = problems.filter((problem) => !problem.endsWith('was left by a write that did not end.'));
  assert.deepEqual(others, [], `after ${step}`);
}

for (const kind of kinds) {
  describe(kind, { skip }, () => {
    const release = releaseOf(kind);
    test('after each step of a write', async () => {
      const machine = await machineWithTwo(kind, `${kind}-steps`);
      for (const step of writeStepNames) {
        const copy = await machine.copy(join(folder, `${kind}-after-${step}`));
        const writing = copy.manager().write(release('3'), {
          afterStep: (name) => {
            if (name === step) throw new PowerCut();
          },
        });
        await assert.rejects(writing, PowerCut);
        await nothingStartsHalf(copy, step);
        await recovers(copy, step === 'arm' ? 'new' : 'old', `after ${step}`);
        await rm(copy.folder, { recursive: true });
      }
    });

    // Copying is the same with two loaders as with one, and as under GRUB, whose files these are.
    if (kind.includes(' with ') || kind === 'gpt-priority') return;

    test('in the middle of copying image and tree', async () => {
      const machine = await machineWithTwo(kind, `${kind}-middle`);
      for (const share of [0.4, 0.99]) {
        const copy = await machine.copy(join(folder, `${kind}-at-${share}`));
        const writing = copy.manager().write(release('3'), {
          onProgress: (done, total) => {
            if (done / total > share) throw new PowerCut();
          },
        });
        await assert.rejects(writing, PowerCut);
        await recovers(copy, 'old', `at ${share}`);
      }
    });

    test('by SIGKILL, at moments that nobody chose', async () => {
      const machine = await machineWithTwo(kind, `${kind}-kill`);
      // How long a whole write takes here and now.
      const trial = await machine.copy(join(folder, `${kind}-timed`));
      const begin = performance.now();
      assert.equal(await writeInChild(trial), true);
      const wholeMs = performance.now() - begin;
      for (let kill = 0; kill < kills; kill += 1) {
        const copy = await machine.copy(join(folder, `${kind}-kill-${kill}`));
        // The first third of it is the child's own start.
        const afterMs = wholeMs * (0.3 + 0.7 * Math.random());
        const ended = await writeInChild(copy, afterMs);
        await recovers(
          copy,
          ended ? 'new' : 'either',
          `killed after ${Math.round(afterMs)} of ${Math.round(wholeMs)} ms`,
        );
        await rm(copy.folder, { recursive: true });
      }
    });
  });
}

/** Writes version 3 in a process of its own; false when it was killed before it ended. */
async function writeInChild(machine: TestMachine, killAfterMs?: number): Promise<boolean> {
  const script = join(import.meta.dirname, 'write-child.ts');
  const args = [script, machine.kind, machine.folder, machine.cmdline, releaseOf(machine.kind)('3')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (killAfterMs !== undefined) {
    const early = await Promise.race([ended, setTimeout(killAfterMs, 'time' as const)]);
    if (early === 'time') child.kill('SIGKILL');
  }
  const status = await ended;
  assert.ok(status === 0 || (status === null && killAfterMs !== undefined), said);
  return status === 0;
}

describe('FAT, whose rename is two changes of a folder', { skip }, () => {
  const entry = 'esp/EFI/Linux/keelson_3+3.efi';
  const part = 'esp/EFI/Linux/keelson_3.part';

  test('the new name is there and the old one too', async () => {
    const machine = await machineWithTwo('systemd-boot', 'fat-both');
    await machine.manager().write(release('3'));
    await cp(join(machine.folder, entry), join(machine.folder, part));
    await recovers(machine, 'new', 'both names');
  });

  test('neither name is there', async () => {
    const machine = await machineWithTwo('systemd-boot', 'fat-neither');
    await machine.manager().write(release('3'));
    await rm(join(machine.folder, entry));
    await recovers(machine, 'old', 'no name');
  });

  test('the name is there with nothing behind it: no entry to systemd-boot, and said', async () => {
    const machine = await machineWithTwo('systemd-boot', 'fat-empty');
    await machine.manager().write(release('3'));
    await truncate(join(machine.folder, entry), 0);
    const { problems, next } = await machine.manager().status();
    assert.match(problems.join('\n'), /keelson_3\+3\.efi is damaged at offset 0/);
    assert.equal(next, 'B');
    await rm(join(machine.folder, entry));
    await recovers(machine, 'old', 'an empty file');
  });

  test('bless finds both names, and keeps the blessed one', async () => {
    const machine = await machineWithTwo('systemd-boot', 'fat-bless');
    await machine.manager().write(release('3'));
    await machine.boot();
    const entries = join(machine.folder, 'esp/EFI/Linux');
    await cp(join(entries, 'keelson_3+2-1.efi'), join(entries, 'keelson_3.efi'));
    assert.equal(await machine.manager().bless(), false);
    assert.deepEqual((await readdir(entries)).sort(), ['keelson_2.efi', 'keelson_3.efi']);
  });
});

describe('a damaged UKI', { skip }, () => {
  test('that was cut short after it was written costs its tries and no hands', async () => {
    const machine = await machineWithTwo('systemd-boot', 'truncated');
    await machine.manager().write(release('3'));
    await truncate(join(machine.folder, 'esp/EFI/Linux/keelson_3+3.efi'), 90_000);
    assert.match(
      (await machine.manager().status()).problems.join('\n'),
      /keelson_3\+3\.efi is damaged at offset 90000/,
    );
    assert.deepEqual(await machine.boot(), { slot: 'B', version: '2', starts: 4 });
    await machine.manager().write(release('4'));
    assert.deepEqual(await machine.boot(), { slot: 'A', version: '4', starts: 1 });
  });

  test('is never named an entry when it does not read as it was written', async () => {
    const machine = await machineWithTwo('systemd-boot', 'misread');
    const writing = machine.manager().write(release('3'), {
      afterStep: async (name) => {
        const part = join(machine.folder, 'esp/EFI/Linux/keelson_3.part');
        if (name === 'write-kernel') await truncate(part, 70_000);
      },
    });
    await assert.rejects(writing, (error) => {
      assert.ok(diskErrors.is(error, 'damaged'));
      assert.match(error.message, /keelson_3\.part does not read as it was written/);
      return true;
    });
    await recovers(machine, 'old', 'a part that was misread');
  });

  test('of the old name stays when only its case changed', async () => {
    const machine = await machineWithTwo('systemd-boot', 'upper-case');
    const entries = join(machine.folder, 'esp/EFI/Linux');
    await rename(join(entries, 'keelson_2.efi'), join(entries, 'KEELSON_2.EFI'));
    assert.equal((await machine.manager().status()).slots[1]?.state, 'good');
    await recovers(machine, 'old', 'a name in upper case');
  });
});
