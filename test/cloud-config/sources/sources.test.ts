// The local sources, against real files.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configDriveSource } from '../../../src/cloud-config/sources/config-drive.ts';
import { urlOnCommandLine } from '../../../src/cloud-config/sources/proc-cmdline.ts';

const { signal } = new AbortController();

test('the last URL with a value on the command line counts', () => {
  assert.equal(
    urlOnCommandLine(['cloud-config-url=a', 'cloud_config_url=b', 'cloud-config-url', 'cloud-config-url=']),
    'b',
  );
  assert.equal(urlOnCommandLine(['quiet', 'x=cloud-config-url=a']), undefined);
});

test('a config drive may lack either file, but broken JSON is an error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  try {
    const source = configDriveSource(folder);
    assert.equal((await source.userData(signal)).length, 0);
    assert.deepEqual(await source.metadata(signal), { sshKeys: [], addresses: {} });
    await mkdir(join(folder, 'openstack/latest'), { recursive: true });
    const path = join(folder, 'openstack/latest/meta_data.json');
    await writeFile(path, JSON.stringify({ hostname: 'h', public_keys: { a: 'k1', b: 2 } }));
    assert.deepEqual(await source.metadata(signal), { hostname: 'h', sshKeys: ['k1'], addresses: {} });
    await writeFile(path, '');
    assert.deepEqual(await source.metadata(signal), { sshKeys: [], addresses: {} });
    await writeFile(path, '{');
    await assert.rejects(source.metadata(signal), /meta_data\.json is not JSON/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
