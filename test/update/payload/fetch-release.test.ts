// A release from a web server into the idle slot: what travels, what is refused, and that a slot has nothing of what
// was refused.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { errnoOf } from '../../../src/host/index.ts';
import { type FetchOptions, fetchRelease, payloadCodeOf } from '../../../src/update/payload/index.ts';
import { type Kind, TestMachine } from '../../disk/slots/machine.ts';
import { architecture } from '../../disk/slots/release.ts';
import { scratch } from '../../disk/slots/scratch.ts';
import { stubPath } from '../../disk/stub.ts';
import { FileServer, type Trick } from './file-server.ts';
import { noise } from './noise.ts';
import { manifestIn, newPair, publish, rewrite } from './published.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
const key = newPair();
const now = Date.UTC(2026, 10, 22);
const imageBytes = 224 * 4096;
let folder = '';
const release = (name: string) => join(folder, `release-${name}`);

/** Version 3 is version 2 with some blocks changed, and something put in front of half of it. */
const image2 = noise(imageBytes, 'two');
const image3 = Buffer.concat([
  image2.subarray(0, 400_000),
  noise(8192, 'in front'),
  image2.subarray(400_000),
]);
for (const block of [10, 60, 150, 200]) noise(4096, `block ${block}`).copy(image3, block * 4096);

before(async () => {
  folder = await scratch('keelson-fetch-');
  if (stub === undefined) return;
  await publish(stub, release('2'), '2', image2, key);
  await publish(stub, release('3'), '3', image3, key);
  await publish(stub, release('4'), '4', noise(imageBytes, 'four'), key);
  await publish(stub, release('1'), '1', noise(imageBytes, 'one'), key);
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** A machine that runs version 2 from slot A. */
async function machineOf(kind: Kind = 'plain-files'): Promise<TestMachine> {
  count += 1;
  return TestMachine.make(kind, join(folder, `machine-${count}`), release('2'));
}

type Given = Partial<FetchOptions> & { readonly urls?: readonly string[] };

async function fetchTo(machine: TestMachine, server: FileServer, given: Given = {}) {
  return await fetchRelease({
    codebases: given.urls ?? [server.url],
    expected: {},
    keys: [key.trusted],
    slots: machine.manager(),
    runningVersion: '2',
    stateFolder: join(machine.folder, 'update'),
    env: {},
    failures: 3,
    pauseMs: 1,
    nowMs: () => now,
    ...given,
  });
}

/** What slot B has on its disk, by hash; its entry and what is remembered of versions as well. */
async function slotBytes(machine: TestMachine): Promise<string> {
  const hash = createHash('sha256');
  const plain = machine.kind === 'plain-files';
  const names = plain
    ? ['plain/B/usr', 'plain/B/usr.verity', 'plain/B/root-hash', 'plain/B/vmlinuz', 'plain/slots.env']
    : ['USR-B', 'USR-B-VERITY', 'disk.img'];
  for (const name of names) {
    const bytes = await readFile(join(machine.folder, name)).catch((error) =>
      Buffer.from(String(errnoOf(error))),
    );
    hash.update(`${name} ${bytes.length} `).update(bytes);
  }
  return hash.digest('hex');
}

/** Fetching fails with that code and message, and the slot is as it was. */
async function refused(
  machine: TestMachine,
  server: FileServer,
  code: number,
  message: RegExp,
  given: Given = {},
): Promise<void> {
  const before = await slotBytes(machine);
  await assert.rejects(fetchTo(machine, server, given), (error) => {
    assert.match(String(error), message);
    assert.equal(payloadCodeOf(error), code, String(error));
    return true;
  });
  assert.equal(await slotBytes(machine), before, 'the slot is as it was');
}

for (const kind of ['plain-files', 'systemd-boot', 'grub with systemd-boot'] as const) {
  describe(kind, { skip }, () => {
    test('the new version boots; what the running slot has does not travel', async () => {
      const machine = await machineOf(kind);
      await using server = await FileServer.of(release('3'));
      const steps: string[] = [];
      let last: [number, number] = [0, 0];
      const outcome = await fetchTo(machine, server, {
        onStep: (name) => steps.push(name),
        onProgress: (done, total) => {
          last = [done, total];
        },
      });
      assert.deepEqual([outcome.version, outcome.slot, outcome.next], ['3', 'B', true]);
      assert.equal(steps[0], 'manifest');
      assert.equal(steps.at(-1), 'arm');
      assert.equal(last[0], last[1]);
      const { kept, copied, fetched } = outcome.image;
      assert.equal(kept + copied + fetched, image3.length);
      assert.ok(fetched < image3.length / 4, `${fetched} of the image travelled`);
      assert.equal(outcome.transferred, server.sent);
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
    });

    test('a running slot that is damaged costs a transfer, and is not copied', async () => {
      const machine = await machineOf(kind);
      const path = kind === 'plain-files' ? 'plain/A/usr' : 'USR-A';
      const running = await readFile(join(machine.folder, path));
      for (let at = 0; at < image2.length; at += 5000) running.writeUInt8(running.readUInt8(at) ^ 0x10, at);
      await writeFile(join(machine.folder, path), running);
      await using server = await FileServer.of(release('3'));
      const { image } = await fetchTo(machine, server);
      assert.equal(image.fetched, image3.length);
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
    });
  });
}

describe('a release that is not what it should be', { skip }, () => {
  /** A copy of version 3 that may be changed. */
  const changed = async (name: string): Promise<string> => {
    await cp(release('3'), release(name), { recursive: true });
    return release(name);
  };
  const flipped = async (path: string, at: number): Promise<void> => {
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
  };

  test('without a signature', async () => {
    const place = await changed('unsigned');
    await rm(join(place, 'manifest.json.sig'));
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 2404, /manifest\.json\.sig cannot be fetched: HTTP status 404/);
  });

  test('signed by a stranger', async () => {
    const place = await changed('stranger');
    await rm(join(place, 'manifest.json.sig'));
    await rewrite(place, newPair().secret, await manifestIn(place));
    await using server = await FileServer.of(place);
    await refused(
      await machineOf(),
      server,
      17,
      /signed by no key that counts \(not trusted here: [0-9a-f]{16}/,
    );
    await refused(await machineOf(), server, 17, /trusted: none/, { keys: [] });
  });

  test('signed by too few', async () => {
    await using server = await FileServer.of(release('3'));
    const keys = [key.trusted, newPair().trusted];
    await refused(await machineOf(), server, 17, /1 of the 2 keys/, { threshold: 2, keys });
  });

  test('with another manifest than was signed', async () => {
    const place = await changed('tampered');
    await writeFile(
      join(place, 'manifest.json'),
      JSON.stringify({ ...(await manifestIn(place)), version: '9' }),
    );
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 18, /signature by key [0-9a-f]{16} does not fit the manifest/);
  });

  test('with another manifest than the server announced', async () => {
    await using server = await FileServer.of(release('3'));
    await refused(await machineOf(), server, 10, /was announced/, { expected: { sha256: 'AAAA' } });
    await refused(await machineOf(), server, 11, /77 were announced/, { expected: { bytes: 77 } });
    await refused(await machineOf(), server, 12, /offers 5, and what is signed is 3/, {
      expected: { version: '5' },
    });
  });

  test('with a manifest without end', async () => {
    await using server = await FileServer.of(release('3'), (reply) => {
      if (reply.name === 'manifest.json') reply.body = Buffer.alloc(70_000, ' ');
      return undefined;
    });
    await refused(await machineOf(), server, 11, /has more than 65536 bytes/);
  });

  test('that was signed and is no manifest', async () => {
    const place = await changed('no-manifest');
    const path = join(place, 'manifest.json');
    const text = await readFile(path);
    const { signManifest, formatSignatures } = await import('../../../src/disk/release/signature.ts');
    const junk = Buffer.concat([text.subarray(0, 40), Buffer.from('junk')]);
    await writeFile(path, junk);
    await writeFile(`${path}.sig`, formatSignatures(signManifest(junk, key.secret)));
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 23, /manifest\.json is no manifest of a release: line /);
  });

  const parts: readonly [string, number, RegExp][] = [
    ['usr.squashfs.chunks', 10, /usr\.squashfs\.chunks is not what was signed/],
    ['keelson.efi.chunks', 10, /keelson\.efi\.chunks is not what was signed/],
    ['usr.verity', 10, /usr\.verity is not what was announced/],
    ['keelson.efi', 10, /keelson\.efi is not what was signed: the chunk of \d+ bytes at offset \d+/],
  ];
  for (const [name, code, message] of parts) {
    test(`with one bit of ${name} changed`, async () => {
      const place = await changed(`flipped-${name}`);
      // Where the running version's UKI has something else: what is the same is not fetched at all.
      const at = name === 'keelson.efi' ? (await readFile(join(place, name))).indexOf('IMAGE_VERSION') : 50;
      await flipped(join(place, name), at);
      await using server = await FileServer.of(place);
      const machine = await machineOf();
      await refused(machine, server, code, message);
      // From a mirror that has it right, it is taken.
      await using good = await FileServer.of(release('3'));
      await fetchTo(machine, server, { urls: [server.url, good.url] });
      assert.equal((await machine.boot()).version, '3');
    });
  }

  test('with one chunk of the image changed: no byte of it gets there, nothing boots it, a good mirror mends it', async () => {
    const place = await changed('flipped-image');
    await flipped(join(place, 'usr.squashfs'), 402_000);
    await using server = await FileServer.of(place);
    const machine = await machineOf();
    await assert.rejects(fetchTo(machine, server), (error) => {
      assert.match(
        String(error),
        /usr\.squashfs is not what was signed: the chunk of \d+ bytes at offset \d+ has/,
      );
      assert.equal(payloadCodeOf(error), 10);
      return true;
    });
    const there = await readFile(join(machine.plain, 'B/usr'));
    assert.equal(there.indexOf((await readFile(join(place, 'usr.squashfs'))).subarray(401_990, 402_020)), -1);
    assert.equal((await (await machine.copy(join(folder, 'flipped-copy'))).boot()).version, '2');
    await using good = await FileServer.of(release('3'));
    await fetchTo(machine, server, { urls: [server.url, good.url] });
    assert.equal((await machine.boot()).version, '3');
  });

  test('that is shorter than was signed', async () => {
    const place = await changed('short');
    const path = join(place, 'usr.verity');
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 11, /usr\.verity should have \d+ bytes: it has 5000/);
  });

  test('for another machine', async () => {
    const place = await changed('other-machine');
    await rewrite(place, key.secret, {
      ...(await manifestIn(place)),
      architecture: architecture === 'amd64' ? 'arm64' : 'amd64',
    });
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 7, /is for (arm|amd)64, this machine is/);
  });

  test('that was signed with an index beyond all measure', async () => {
    const place = await changed('index');
    const manifest = await manifestIn(place);
    const usr = manifest['usr'] as { chunks: object };
    const index = { ...manifest, usr: { ...usr, chunks: { ...usr.chunks, bytes: 2 ** 40 } } };
    await rewrite(place, key.secret, index);
    await using server = await FileServer.of(place);
    await refused(await machineOf(), server, 23, /which is too much/);
  });
});

describe('a release that may not be installed now', { skip }, () => {
  const withRules = async (version: string, rules: object): Promise<string> => {
    count += 1;
    const place = release(`rules-${count}`);
    await cp(release(version), place, { recursive: true });
    await rewrite(place, key.secret, { ...(await manifestIn(place)), ...rules });
    return place;
  };

  test('because it expired', async () => {
    await using server = await FileServer.of(await withRules('3', { expires: '2026-11-21T00:00:00Z' }));
    await refused(await machineOf(), server, 12, /Release 3 expired on 2026-11-21/);
    await using later = await FileServer.of(await withRules('3', { expires: '2026-11-23T00:00:00Z' }));
    assert.equal((await fetchTo(await machineOf(), later)).version, '3');
  });

  test('because it runs, or is older', async () => {
    await using same = await FileServer.of(release('2'));
    await refused(await machineOf(), same, 35, /Version 2 is what runs/);
    await using older = await FileServer.of(release('1'));
    await refused(await machineOf(), older, 35, /Version 1 is older than 2.*not signed as a way back/);
  });

  test('unless it is signed as a way back', async () => {
    await using other = await FileServer.of(await withRules('1', { downgradeFrom: ['1.9', '2.1'] }));
    await refused(await machineOf(), other, 35, /not signed as a way back/);
    await using server = await FileServer.of(await withRules('1', { downgradeFrom: ['2'] }));
    const machine = await machineOf();
    assert.equal((await fetchTo(machine, server)).version, '1');
    assert.deepEqual(await machine.boot(), { slot: 'B', version: '1', starts: 1 });
  });

  test('because another one has to come first', async () => {
    await using server = await FileServer.of(await withRules('4', { minimumVersion: '3' }));
    await refused(await machineOf(), server, 35, /can be installed from 3 on; 2 runs here/);
  });

  test('because a newer one was accepted before: an old answer, played back', async () => {
    const machine = await machineOf();
    await using newest = await FileServer.of(release('4'));
    await fetchTo(machine, newest);
    await using server = await FileServer.of(release('3'));
    await refused(machine, server, 12, /Version 3 is an old answer: 4 was offered/);
    await using back = await FileServer.of(await withRules('3', { downgradeFrom: ['4'] }));
    assert.equal((await fetchTo(machine, back)).version, '3');
  });

  test('because the running version is not blessed', async () => {
    const machine = await machineOf();
    await using server = await FileServer.of(release('3'));
    await fetchTo(machine, server);
    await machine.boot();
    await using next = await FileServer.of(release('4'));
    const given = { runningVersion: '3' };
    const old = await readFile(join(machine.plain, 'A/usr'));
    await assert.rejects(fetchTo(machine, next, given), (error) => {
      assert.match(String(error), /is still on trial/);
      assert.equal(payloadCodeOf(error), 36);
      return true;
    });
    assert.ok((await readFile(join(machine.plain, 'A/usr'))).equals(old));
    assert.deepEqual(
      next.log.filter((line) => !line.startsWith('manifest')),
      [],
      'nothing else travelled',
    );
    await machine.manager().bless();
    assert.equal((await fetchTo(machine, next, given)).slot, 'A');
  });

  test('because it does not fit', async () => {
    const machine = await machineOf('systemd-boot');
    if (stub === undefined) return;
    await publish(stub, release('large'), '5', noise(300 * 4096, 'large'), key);
    await using server = await FileServer.of(release('large'));
    await refused(machine, server, 14, /has room for 1048576/);
  });
});

describe('a transfer that is cut', { skip }, () => {
  const cutAll: Trick = (reply) => {
    if (reply.body.length > 5000) reply.cutAfter = 5000;
    return undefined;
  };

  test('by the server, again and again: it is gone on with', async () => {
    await using server = await FileServer.of(release('4'), cutAll);
    const machine = await machineOf();
    const { image } = await fetchTo(machine, server);
    assert.equal(image.fetched, imageBytes);
    assert.equal((await machine.boot()).version, '4');
  });

  test('for good: what is here stays, is hashed, and does not travel again', async () => {
    for (const kind of ['plain-files', 'systemd-boot'] as const) {
      const machine = await machineOf(kind);
      let sent = 0;
      await using bad = await FileServer.of(release('4'), (reply) => {
        if (reply.name === 'usr.squashfs') {
          sent += reply.body.length;
          if (sent > 2 * imageBytes || reply.body.length < imageBytes) reply.status = 500;
          else reply.cutAfter = 600_000;
        }
        return undefined;
      });
      await assert.rejects(fetchTo(machine, bad), (error) => {
        assert.equal(payloadCodeOf(error), 2500, String(error));
        return true;
      });
      const still = await machine.copy(join(folder, `cut-${kind}`));
      assert.equal((await still.boot()).version, '2');
      await using server = await FileServer.of(release('4'));
      const { image } = await fetchTo(machine, server);
      assert.ok(image.kept > 400_000, `kept ${image.kept}`);
      assert.equal(image.kept + image.fetched, imageBytes);
      assert.equal(
        server.log.filter((line) => line.startsWith('usr.verity ')).length,
        0,
        'the tree was here',
      );
      assert.equal((await machine.boot()).version, '4');
    }
  });

  test('by who asked', async () => {
    const machine = await machineOf();
    const stop = new AbortController();
    await using server = await FileServer.of(release('4'), (reply) => {
      if (reply.name === 'usr.squashfs') stop.abort(new Error('enough'));
      return undefined;
    });
    await assert.rejects(fetchTo(machine, server, { signal: stop.signal }), /enough/);
    assert.equal((await machine.boot()).version, '2');
  });

  test('and what was left in the slot is damaged meanwhile', async () => {
    const machine = await machineOf();
    await using server = await FileServer.of(release('4'));
    await fetchTo(machine, server, {
      afterStep: async (name) => {
        if (name === 'write-usr') throw new Error('cut');
      },
    }).catch((error) => assert.match(String(error), /cut/));
    const path = join(machine.plain, 'B/usr');
    const bytes = await readFile(path);
    for (const at of [0, 300_000, imageBytes - 1]) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x80, at);
    await writeFile(path, bytes);
    const { image } = await fetchTo(machine, server);
    assert.ok(image.kept > 0 && image.fetched > 0 && image.kept + image.fetched === imageBytes);
    assert.equal((await machine.boot()).version, '4');
  });
});
