// What a boot takes of an extension when something is wrong with it: damaged images, folders that are none, a second run.

import assert from 'node:assert/strict';
import { access, appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  extensionFolder,
  initExtension,
  locateSlots,
  parseGrubEnv,
  type SlotManager,
  slotManager,
  takenExtension,
  takenExtensions,
} from '../../../src/disk/index.ts';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { architecture, makeExtensionRelease, extensionName as name } from './release.ts';
import { scratch } from './scratch.ts';

let work = '';
let count = 0;
const release = (version: string) => join(work, `release-${version}`);

before(async () => {
  work = await scratch('keelson-extension-');
  for (const version of ['1', '2', '3']) await makeExtensionRelease(release(version), version);
});
after(() => rm(work, { recursive: true, force: true }));

/** A machine with version 1 in slot A, taken by a boot. */
async function machineOf(): Promise<string> {
  count += 1;
  const root = join(work, `machine-${count}`);
  await initExtension(name, release('1'), { architecture, root });
  await boot(root);
  return root;
}

async function manager(root: string): Promise<SlotManager> {
  const { lockFile: _, ...host } = await locateSlots({ extension: name, root });
  return slotManager(host);
}

/** What the script says, and its exit status; /run is empty before. */
async function boot(root: string): Promise<{ status: number; said: string }> {
  await rm(join(root, 'run'), { recursive: true, force: true });
  const { status, stdout } = await run('sh', [join(homeDirectory(), 'units/extensions'), root], {
    accept: 'any',
  });
  return { status, said: stdout };
}

const image = (root: string, slot: 'A' | 'B') => join(extensionFolder(name, root), slot, 'usr');
const taken = async (root: string) => {
  const one = await takenExtension(name, root);
  return one && `${one.slot} ${one.version}${one.onTrial ? ' trial' : ''}`;
};
const states = async (root: string) =>
  (await (await manager(root)).status()).slots.map(({ version, state }) => `${version} ${state}`);

test('a boot takes it, a trial is counted once a boot, and the block stays one', async () => {
  const root = await machineOf();
  assert.equal(await taken(root), 'A 1');
  await (await manager(root)).write(release('2'));
  const { said } = await boot(root);
  assert.equal(said, 'tools: version 2, slot B, on trial\n');
  assert.deepEqual(await takenExtensions(root), [{ name, slot: 'B', version: '2', onTrial: true }]);
  // Started again in the same boot.
  await run('sh', [join(homeDirectory(), 'units/extensions'), root]);
  const block = await readFile(join(extensionFolder(name, root), 'slots.env'));
  assert.equal(parseGrubEnv(block, 'block').get('tries'), '2');
  await (await manager(root)).bless();
  await boot(root);
  assert.equal(await taken(root), 'B 2');
});

for (const [what, damage] of [
  ['cut short', (path: string) => truncate(path, 4096)],
  ['longer', (path: string) => appendFile(path, 'x')],
  ['changed', (path: string) => writeFile(path, Buffer.alloc(100 * 4096))],
  ['gone', (path: string) => rm(path)],
] as const) {
  test(`a version on trial whose image is ${what} is not tried, and known as failed`, async () => {
    const root = await machineOf();
    await (await manager(root)).write(release('2'));
    await damage(image(root, 'B'));
    const { status, said } = await boot(root);
    assert.deepEqual([status, await taken(root)], [0, 'A 1']);
    assert.match(said, /slot B \(2\) is damaged, and left/);
    assert.equal((await (await manager(root)).status()).running, 'A');
    await boot(root);
    assert.equal(await taken(root), 'A 1');
    await (await manager(root)).write(release('3'));
    await boot(root);
    assert.equal(await taken(root), 'B 3 trial');
  });
}

test('a good image that is damaged is left for the one that was good before, which is not counted', async () => {
  const root = await machineOf();
  await (await manager(root)).write(release('2'));
  await boot(root);
  await (await manager(root)).bless();
  await truncate(image(root, 'B'), 4096);
  const { status, said } = await boot(root);
  assert.deepEqual([status, await taken(root)], [0, 'A 1']);
  assert.match(said, /slot B \(2\) is damaged, and left/);
  assert.match(
    (await (await manager(root)).status()).problems.join(),
    /B\/usr ends at offset 4096 instead of/,
  );
  // Somebody who looked at it says that this is what is wanted.
  await (await manager(root)).bless();
  assert.equal((await states(root))[0], '1 good');
});

test('a version that used up its tries is not taken when the good one is damaged', async () => {
  const root = await machineOf();
  await (await manager(root)).write(release('2'));
  for (let tries = 0; tries < 3; tries += 1) await boot(root);
  await boot(root);
  assert.deepEqual([await taken(root), await states(root)], ['A 1', ['1 good', '2 failed']]);
  await truncate(image(root, 'A'), 4096);
  const { status, said } = await boot(root);
  assert.deepEqual([status, await taken(root)], [1, undefined]);
  assert.match(said, /tools: neither slot can be used/);
  await assert.rejects(access(join(root, 'run/extensions/tools.raw')));
});

test('a block that is damaged names no slot, and one that is whole is taken', async () => {
  const root = await machineOf();
  await writeFile(join(extensionFolder(name, root), 'slots.env'), 'good_slot=B\n');
  assert.equal((await boot(root)).status, 0);
  assert.equal(await taken(root), 'A 1');
});

test('other things in the folder are passed over, and a machine without any has nothing of it', async () => {
  const root = await machineOf();
  const folder = join(root, 'var/lib/keelson/extensions');
  for (const odd of ['half', '.hidden', 'Odd name', 'a;b'])
    await mkdir(join(folder, odd, 'A'), { recursive: true });
  await writeFile(join(folder, 'Odd name/slots.env'), '');
  await writeFile(join(folder, 'file'), '');
  assert.equal((await boot(root)).status, 0);
  assert.deepEqual(await readdir(join(root, 'run/extensions')), ['tools.raw']);
  const empty = join(work, 'empty');
  await mkdir(empty);
  assert.deepEqual(await boot(empty), { status: 0, said: '' });
  assert.deepEqual(await readdir(empty), []);
  await assert.rejects(locateSlots({ extension: 'tools', root: empty }), /no extension tools/);
  await assert.rejects(locateSlots({ extension: '../x', root: empty }), /cannot be the name of an extension/);
});

test('it is made once, and interrupted before its end it is made again', async () => {
  const root = await machineOf();
  await assert.rejects(initExtension(name, release('2'), { architecture, root }), /has slots already/);
  await rm(join(extensionFolder(name, root), 'slots.env'));
  assert.deepEqual(await initExtension(name, release('2'), { architecture, root }), {
    slot: 'A',
    version: '2',
  });
  await assert.rejects(
    initExtension('other', release('2'), { architecture, root }),
    /of the extension tools, and/,
  );
  await assert.rejects(
    initExtension(name, release('2'), { architecture: 's390x', root }),
    /this machine is s390x/,
  );
});
