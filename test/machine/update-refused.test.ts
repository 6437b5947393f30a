// What a machine does not take, from a server that may do anything: the slots stay as they are, the status says why,
// and the next check with what is good succeeds.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newKeyPair, parsePrivateKey, signRelease } from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';
import { netCommand } from '../../src/sandbox/cluster.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { slotHashes, type Version } from './update-releases.ts';
import { bootUpdated, inside, slotsOf, type UpdatedCluster } from './updated-cluster.ts';

const server = { host: '10.77.0.1', port: '8001' } as const;

let updated: UpdatedCluster;
let machine: Machine;
let folder = '';
let stop = async () => {};
before(async () => {
  updated = await bootUpdated({
    machines: 1,
    etcd: false,
    settings: { SERVER: `http://${server.host}:${server.port}/v1/update/`, REBOOT_STRATEGY: 'off' },
  });
  machine = updated.cluster.machine('m1');
  folder = join(updated.folder, '../hostile');
  await mkdir(folder);
  const script = join(import.meta.dirname, 'hostile-server.ts');
  const argv = await netCommand(updated.cluster.name, [
    process.execPath,
    script,
    folder,
    server.host,
    server.port,
  ]);
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  stop = async () => {
    const closed = once(child, 'close');
    if (child.exitCode === null && child.kill('SIGKILL')) await closed;
  };
  await once(child.stdout, 'data');
});
after(async () => {
  await stop();
  await updated?.[Symbol.asyncDispose]();
});

/** Offers that release, of which every file may be replaced. */
async function offer(version: Version): Promise<string> {
  for (const name of ['answer.xml', 'cut', 'release'])
    await rm(join(folder, name), { recursive: true, force: true });
  const release = join(folder, 'release');
  await run('cp', ['-al', updated.releases.folder(version), release]);
  return release;
}

/** Another file of that name: the one that is there is shared. */
async function replace(path: string, content: Buffer | string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

interface Said {
  readonly reason: string;
  readonly code: number;
}

/** A check by hand that does not end well; nothing that boots has changed. */
async function refused(what: 'nothing' | 'the idle slot'): Promise<Said> {
  const slots = updated.slots(machine);
  const kept = async () =>
    [...(await slotHashes(slots))].filter(([path]) => what === 'nothing' || !path.startsWith('B/'));
  const [hashes, status] = [await kept(), await slotsOf(machine)];
  assert.deepEqual(status, { slots: ['A 1.0.0 good', 'B - empty'], runs: '1.0.0' });
  const answer = await inside(machine, 'update_engine_client', '-update');
  assert.equal(answer.status, 1, answer.stderr);
  assert.deepEqual(await kept(), hashes);
  assert.deepEqual(await slotsOf(machine), status);
  const { stdout } = await inside(machine, 'update_engine_client', '-status', '-json');
  const { detail }: { detail: { reason: string; lastCode: number } } = JSON.parse(stdout);
  return { reason: detail.reason, code: detail.lastCode & 0xffff };
}

test('answers that would grow without bound, or name files, are no answers', async () => {
  await offer('3.0.0');
  const laughs = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  ).join('');
  const documents = [
    `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><response protocol="3.0">&l9;</response>`,
    `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/shadow">]><response protocol="3.0">&f;</response>`,
  ];
  for (const document of documents) {
    await writeFile(join(folder, 'answer.xml'), document);
    const { reason, code } = await refused('nothing');
    assert.match(reason, /a document type is declared/);
    assert.equal(code, 31);
  }
});

test('a release that somebody else has signed is not taken', async () => {
  const release = await offer('3.0.0');
  await rm(join(release, 'manifest.json.sig'));
  const { privatePem, id } = newKeyPair();
  await signRelease(release, parsePrivateKey(privatePem, 'a new key'));
  const { reason, code } = await refused('nothing');
  assert.match(reason, new RegExp(id));
  assert.equal(code, 17);
});

test('a slot that has no room is not begun', async () => {
  await offer('2.0.0');
  const inSlots = '/var/lib/keelson/machine-slots';
  const full = `mkdir -p /run/full && mount -t tmpfs -o size=180m tmpfs /run/full &&
    cp -a ${inSlots}/. /run/full/ && mount --bind /run/full ${inSlots}`;
  assert.equal((await inside(machine, 'sh', '-c', full)).status, 0);
  const sums = `cd ${inSlots} && find . -type f | sort | xargs sha256sum`;
  const before = (await inside(machine, 'sh', '-c', sums)).stdout;
  const { reason, code } = await refused('nothing');
  assert.equal((await inside(machine, 'sh', '-c', sums)).stdout, before);
  assert.match(reason, /has room for \d+/);
  assert.equal(code, 14);
  assert.equal((await inside(machine, 'sh', '-c', `umount ${inSlots} /run/full`)).status, 0);
});

test('a download that breaks off again and again is given up', async () => {
  await offer('3.0.0');
  await writeFile(join(folder, 'cut'), '');
  const { reason, code } = await refused('nothing');
  assert.match(reason, new RegExp(`${server.host}:${server.port}`));
  assert.equal(code, 9);
});

test('a chunk that is not as it was signed is not written', async () => {
  const release = await offer('3.0.0');
  const path = join(release, 'usr.squashfs');
  const bytes = await readFile(path);
  const offset = await firstDifference(bytes, join(updated.releases.folder('1.0.0'), 'usr.squashfs'));
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  await replace(path, bytes);
  const { reason, code } = await refused('the idle slot');
  assert.match(reason, /usr\.squashfs/);
  assert.equal(code, 10);
});

test('an old answer is not taken again, however well it is signed', async () => {
  await offer('2.0.0');
  const { reason, code } = await refused('the idle slot');
  assert.match(reason, /2\.0\.0 is an old answer: 3\.0\.0 was offered to this machine before/);
  assert.equal(code, 12);
});

test('what is good is taken at the next check', async () => {
  await offer('3.0.0');
  const { status, stderr } = await inside(machine, 'update_engine_client', '-update');
  assert.equal(status, 0, stderr);
  assert.deepEqual((await slotsOf(machine)).slots, ['A 1.0.0 good', 'B 3.0.0 trial']);
});

/** Where two images begin to differ: what is there has to come from the server. */
async function firstDifference(bytes: Buffer, other: string): Promise<number> {
  await using file = await open(other);
  const block = Buffer.alloc(1024 * 1024);
  for (let start = 0; start < bytes.length; start += block.length) {
    const { bytesRead } = await file.read(block, 0, block.length, start);
    for (let index = 0; index < bytesRead; index += 1) {
      if (bytes[start + index] !== block[index]) return start + index;
    }
  }
  throw new Error('The two images are the same.');
}
