// A folder of releases, small and whole, of a test's own.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const hash = (digit: string) => digit.repeat(64);

/** Makes the folder; its disposal takes it away. */
export async function releaseFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-releases-'));
  const put = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  };
  return {
    folder,
    put,
    /** A release as keelson image build makes it, as far as a server looks. */
    async release(path: string, version: string, more: object = {}, signed = true) {
      const manifest = {
        ...{ format: 1, name: 'keelson', version, architecture: 'amd64' },
        usr: { file: 'usr.squashfs', bytes: 4096, sha256: hash('1') },
        verity: {
          ...{ file: 'usr.verity', bytes: 10, sha256: hash('2'), rootHash: hash('3'), salt: hash('4') },
          uuid: '01234567-89ab-cdef-0123-456789abcdef',
        },
        uki: { file: 'keelson.efi', bytes: 5, sha256: hash('5') },
        ...more,
      };
      await put(`${path}/usr.squashfs`, Buffer.alloc(4096, version));
      await put(`${path}/usr.verity`, Buffer.alloc(10));
      await put(`${path}/keelson.efi`, 'MZuki');
      if (signed) await put(`${path}/manifest.json.sig`, '{}');
      await put(`${path}/manifest.json`, JSON.stringify(manifest));
    },
    payload: (path: string, content = 'CrAU payload') => put(`${path}/update.gz`, content),
    channels: (value: unknown) => put('channels.json', JSON.stringify(value)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
