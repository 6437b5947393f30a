// VMware: guestinfo through a program that answers as VMware's do, and OVF environments.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { guestinfoSource } from '../../../src/cloud-config/sources/guestinfo.ts';
import { ovfSource } from '../../../src/cloud-config/sources/ovf.ts';
import { vmwareMetadata, vmwareUserData } from '../../../src/cloud-config/sources/vmware-keys.ts';
import { scratch } from './scratch.ts';
import { ok, serve } from './serve.ts';

const { signal } = new AbortController();
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const keysOf = (keys: Readonly<Record<string, string>>) => async (key: string) => keys[key];

/** A program that finds values in the files of a folder beside it, and speaks as vmware-rpctool does. */
const rpctool = `#!/bin/sh
for last; do :; done
key=\${last#info-get guestinfo.}
file=$(dirname "$0")/values/$key
if [ -e "$file" ]; then cat "$file"; echo; else echo "No value found"; exit 1; fi
`;

const environment = (properties: Readonly<Record<string, string>>) => `<?xml version="1.0" encoding="UTF-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1">
  <PlatformSection><Kind>VMware ESXi</Kind></PlatformSection>
  <PropertySection>
${Object.entries(properties)
  .map(([key, value]) => `    <Property oe:key="${key}" oe:value="${value}"/>\n`)
  .join('')}  </PropertySection>
</Environment>`;

test('the families of keys in their order, each encoding, and a wrong one', async () => {
  const config = '#cloud-config\nhostname: a\n';
  const packed = gzipSync(config).toString('base64');
  for (const keys of [
    { 'ignition.config.data': config, 'coreos.config.data': 'x', userdata: 'y' },
    { 'coreos.config.data': Buffer.from(config).toString('base64'), 'coreos.config.data.encoding': 'b64' },
    { userdata: packed, 'userdata.encoding': 'gzip+base64', 'coreos.config.url': 'http://x' },
  ]) {
    const found = await vmwareUserData(keysOf(keys));
    assert.equal(found !== undefined && 'bytes' in found && text(found.bytes), config);
  }
  assert.deepEqual(await vmwareUserData(keysOf({ 'coreos.config.url': 'http://x' })), { url: 'http://x' });
  assert.equal(await vmwareUserData(keysOf({ 'coreos.config.data': '' })), undefined);
  for (const encoding of ['rot13', 'base64']) {
    const keys = keysOf({ 'coreos.config.data': '?', 'coreos.config.data.encoding': encoding });
    await assert.rejects(vmwareUserData(keys), /guestinfo\.coreos\.config\.data cannot be decoded/);
  }
});

test('interfaces: numbers stop at the first gap, roles give addresses', async () => {
  const settings = {
    'dns.server.0': '8.8.8.8',
    'dns.server.2': '9.9.9.9',
    'interface.0.name': 'ens192',
    'interface.0.role': 'public',
    'interface.0.ip.0.address': '203.0.113.4/24',
    'interface.0.ip.1.address': '2001:db8::4/64',
    'interface.0.route.0.gateway': '203.0.113.1',
    'interface.0.route.0.destination': '0.0.0.0/0',
    'interface.1.mac': '00:50:56:00:00:01',
    'interface.1.dhcp': 'yes',
    'interface.1.role': 'private',
    'interface.1.ip.0.address': '192.0.2.4/24',
    'interface.3.name': 'unreached',
  };
  const metadata = await vmwareMetadata(keysOf({ ...settings, hostname: 'vm' }), 'here');
  assert.equal(metadata.hostname, 'vm');
  assert.deepEqual(metadata.addresses, {
    public_ipv4: '203.0.113.4',
    public_ipv6: '2001:db8::4',
    private_ipv4: '192.0.2.4',
  });
  const { 'dns.server.2': _gap, 'interface.3.name': _unreached, ...reached } = settings;
  assert.deepEqual(metadata.network, [{ form: 'vmware', data: reached, location: 'here' }]);
  await assert.rejects(vmwareMetadata(keysOf({ 'interface.0.role': 'dmz' }), 'here'), /"dmz"/);
  assert.deepEqual(await vmwareMetadata(keysOf({}), 'here'), { sshKeys: [], addresses: {} });
});

test("guestinfo is asked of VMware's program, whichever is installed", async () => {
  for (const program of ['vmware-rpctool', 'vmtoolsd']) {
    await using folder = await scratch({
      'values/hostname': 'by-guestinfo',
      'values/metadata': Buffer.from('instance-id: id-1\npublic-keys: [k]').toString('base64'),
      'values/metadata.encoding': 'base64',
      'values/coreos.config.data': '#cloud-config\n\nusers: []\n',
    });
    await folder.write(program, rpctool, 0o755);
    const source = guestinfoSource(folder.path);
    assert.equal(await source.available(signal), true);
    assert.equal(text(await source.userData(signal)), '#cloud-config\n\nusers: []\n');
    assert.deepEqual(await source.metadata(signal), {
      sshKeys: ['k'],
      addresses: {},
      instanceId: 'id-1',
      hostname: 'by-guestinfo',
    });
    await folder.write('values/ovfenv', environment({ 'guestinfo.coreos.config.data': '#!/bin/sh' }));
    assert.equal(text(await source.userData(signal)), '#!/bin/sh');
    assert.equal((await source.metadata(signal)).hostname, 'by-guestinfo');
  }
});

test('without the program, or outside of VMware, guestinfo is not there and says why', async () => {
  await using folder = await scratch();
  const source = guestinfoSource(folder.path);
  assert.equal(await source.available(signal), false);
  assert.match(source.whyNot?.() ?? '', /Neither vmware-rpctool nor vmtoolsd is installed/);
  assert.equal(source.mayAppear, false);
  const refusing = '#!/bin/sh\necho "Failed to open the channel: not a virtual machine" >&2\nexit 1\n';
  await folder.write('vmware-rpctool', refusing, 0o755);
  assert.equal(await source.available(signal), false);
  assert.match(source.whyNot?.() ?? '', /not a virtual machine/);
});

test('an OVF environment: data, a URL, what is broken', async () => {
  await using server = await serve(() => ok('#cloud-config\n'));
  await using folder = await scratch();
  const path = join(folder.path, 'ovf-env.xml');
  const source = ovfSource(path);
  assert.equal(await source.available(signal), false);
  await folder.write(
    'ovf-env.xml',
    environment({ 'guestinfo.hostname': 'ovf', 'guestinfo.coreos.config.data': '#!/bin/sh&#10;a &amp; b' }),
  );
  assert.equal(await source.available(signal), true);
  assert.equal(text(await source.userData(signal)), '#!/bin/sh\na & b');
  assert.equal((await source.metadata(signal)).hostname, 'ovf');
  await folder.write('ovf-env.xml', environment({ 'guestinfo.coreos.config.url': `${server.base}/c` }));
  assert.equal(text(await source.userData(signal)), '#cloud-config\n');
  const packed = Buffer.from('#cloud-config\n#b\n').toString('base64');
  await folder.write(
    'ovf-env.xml',
    environment({ 'user-data': packed, 'instance-id': 'id-2', 'public-keys': 'k', hostname: 'h' }),
  );
  assert.equal(text(await source.userData(signal)), '#cloud-config\n#b\n');
  assert.deepEqual(await source.metadata(signal), {
    sshKeys: ['k'],
    addresses: {},
    instanceId: 'id-2',
    hostname: 'h',
  });
  await folder.write('ovf-env.xml', '<Environment>');
  await assert.rejects(source.userData(signal), /ovf-env\.xml is not an OVF environment: .* in line 1/);
});
