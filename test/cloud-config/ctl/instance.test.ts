import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { instanceOf } from '../../../src/cloud-config/ctl/instance.ts';
import { noMetadata } from '../../../src/cloud-config/sources/source.ts';
import { noUserData } from '../../../src/cloud-config/user-data/read.ts';

test('an instance is what the metadata say, the machine where there are none, and unknown when they are lost', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  try {
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/machine-id'), '0a1b\n');
    const finding = { kind: 'error' as const, message: '', place: undefined, dropped: true };
    const none = noUserData(finding);
    const fetched = { user: none, vendor: none, metadata: noMetadata, findings: [], metadataLost: false };
    assert.equal(await instanceOf(root, fetched), 'machine 0a1b');
    assert.equal(await instanceOf(root, { ...fetched, metadataLost: true }), '');
    const metadata = { ...noMetadata, hostname: 'apple' };
    assert.equal(await instanceOf(root, { ...fetched, metadata }), '');
    assert.equal(await instanceOf(root, { ...fetched, metadata: { ...metadata, instanceId: 'i-1' } }), 'i-1');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
