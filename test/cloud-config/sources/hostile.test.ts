// Metadata services that answer anything at all: what comes out is metadata, or an error that says where.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cloudConfigErrors } from '../../../src/cloud-config/errors.ts';
import { azureMetadata } from '../../../src/cloud-config/sources/azure.ts';
import { digitalOceanSource } from '../../../src/cloud-config/sources/digitalocean.ts';
import { ec2Source } from '../../../src/cloud-config/sources/ec2.ts';
import { gceSource } from '../../../src/cloud-config/sources/gce.ts';
import { openStackSource } from '../../../src/cloud-config/sources/openstack-http.ts';
import { packetSource } from '../../../src/cloud-config/sources/packet.ts';
import type { Source } from '../../../src/cloud-config/sources/source.ts';
import { ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();

/** JSON whose keys are often those that the sources look for. */
const { document } = fc.letrec((tie) => {
  const names = [
    'hostname',
    'public_keys',
    'keys',
    'uuid',
    'id',
    'ssh_keys',
    'network',
    'addresses',
    'address',
  ];
  names.push(
    'interfaces',
    'public',
    'private',
    'ipv4',
    'ip_address',
    'network_config',
    'content_path',
    'compute',
  );
  names.push(
    'publicKeys',
    'keyData',
    'interface',
    'ipAddress',
    'privateIpAddress',
    'address_family',
    '__proto__',
  );
  const key = fc.constantFrom(...names);
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constantFrom(null, true, '', '10.0.0.1', '/../x', 'a\nb'),
  );
  return {
    document: fc.oneof(
      { depthSize: 'large', withCrossShrink: true },
      leaf,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(key, tie('document'), { maxKeys: 6 }),
    ),
  };
});

async function isSound(source: Source): Promise<void> {
  try {
    const { sshKeys, addresses, hostname, instanceId } = await source.metadata(signal);
    assert.ok(sshKeys.every((key) => typeof key === 'string' && key !== ''));
    assert.ok(Object.values(addresses).every((address) => /^[\da-fA-F.:]+(%.*)?$/.test(address)));
    assert.ok([hostname, instanceId].every((text) => text === undefined || typeof text === 'string'));
  } catch (error) {
    if (!cloudConfigErrors.is(error)) throw error;
    assert.match(error.message, /^http:\/\/127\.0\.0\.1/);
  }
}

test('documents of any shape', async () => {
  let body: string | Uint8Array = '';
  await using server = await serve(() => ok(body));
  const makers = [digitalOceanSource, packetSource, openStackSource];
  const property = fc.asyncProperty(document, fc.constantFrom(...makers), async (data, make) => {
    body = JSON.stringify(data);
    await isSound(make(server.base, quick));
    azureMetadata(data, 'here');
  });
  await fc.assert(property, { numRuns: 150 });
});

test('bytes of any kind', async () => {
  let body: string | Uint8Array = '';
  await using server = await serve(() => ok(body));
  const makers = [digitalOceanSource, packetSource, openStackSource, ec2Source, gceSource];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.stringMatching(/^(\d+=\w*\n){0,4}[\s\S]{0,20}$/),
  );
  const property = fc.asyncProperty(bytes, fc.constantFrom(...makers), async (content, make) => {
    body = content;
    await isSound(make(server.base, quick));
  });
  await fc.assert(property, { numRuns: 60 });
});
