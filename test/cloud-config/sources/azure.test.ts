// Azure: the metadata service, the disc of the first boot, the agent's folder.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { azureSource } from '../../../src/cloud-config/sources/azure.ts';
import { azureDvdSource } from '../../../src/cloud-config/sources/azure-dvd.ts';
import { waagentSource } from '../../../src/cloud-config/sources/waagent.ts';
import { answer, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const instance = {
  compute: {
    name: 'resource-name',
    osProfile: { adminUsername: 'core', computerName: 'examplevm' },
    publicKeys: [{ keyData: 'ssh-rsa AAAA azure\r\n', path: '/home/core/.ssh/authorized_keys' }],
    userData: base64(config),
    vmId: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
  },
  network: {
    interface: [
      {
        ipv4: {
          ipAddress: [{ privateIpAddress: '10.144.133.132', publicIpAddress: '' }],
          subnet: [{ address: '10.144.133.128', prefix: '26' }],
        },
        ipv6: { ipAddress: [{ privateIpAddress: 'fd00::5' }] },
        macAddress: '0011AAFFBB22',
      },
    ],
  },
};

/** The service as it is: strict about its header, about forwarding, and about versions. */
const service = (newest = '2021-08-01', changes: object = {}) =>
  serve(({ path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://169.254.169.254');
    if (headers['metadata'] !== 'true')
      return answer('400 Bad Request', '{"error":"Bad request. Required metadata header not specified"}');
    if (pathname !== '/metadata/instance') return answer('404 Not Found');
    if ((searchParams.get('api-version') ?? '') > newest) {
      return answer(
        '400 Bad Request',
        '{"error":"Bad request. api-version is invalid","newest-versions":[]}',
      );
    }
    return ok(JSON.stringify({ ...instance, ...changes }), {
      'Content-Type': 'application/json; charset=utf-8',
    });
  });

const known = {
  hostname: 'examplevm',
  instanceId: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
  sshKeys: ['ssh-rsa AAAA azure'],
  addresses: { private_ipv4: '10.144.133.132', private_ipv6: 'fd00::5' },
};

test('the whole document is asked for once', async () => {
  await using server = await service();
  const source = azureSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), known);
  assert.deepEqual(server.paths(), ['GET /metadata/instance?api-version=2021-08-01']);
});

test('an older service is asked in its version', async () => {
  await using server = await service('2019-06-01', { compute: { name: 'old', vmId: 'v' } });
  const source = azureSource(server.base, quick);
  assert.equal(await source.available(signal), true);
  assert.equal((await source.userData(signal)).length, 0);
  assert.equal((await source.metadata(signal)).hostname, 'old');
  assert.equal(server.asked.at(-1)?.path, '/metadata/instance?api-version=2019-06-01');
  const unasked = azureSource(server.base, quick);
  assert.equal((await unasked.metadata(signal)).instanceId, 'v');
});

test('a busy service is asked again, a page is not taken for the service', async () => {
  await using server = await serve(() =>
    server.asked.length < 3 ? answer('429 Too Many Requests') : ok(JSON.stringify(instance)),
  );
  const source = azureSource(server.base, quick);
  assert.equal(await source.available(signal), false);
  assert.match(source.whyNot?.() ?? '', /answered 429 Too Many Requests$/);
  assert.deepEqual(await source.metadata(signal), known);
  await using other = await serve(() => ok('<html>'));
  const page = azureSource(other.base, quick);
  assert.equal(await page.available(signal), false);
  assert.match(page.whyNot?.() ?? '', /\/metadata\/instance is not JSON/);
});

test('no proxy is asked, though the environment names one', async (context) => {
  await using proxy = await serve(() => ok('{}'));
  await using server = await service();
  const before = process.env['HTTP_PROXY'];
  process.env['HTTP_PROXY'] = proxy.base;
  context.after(() => {
    if (before === undefined) delete process.env['HTTP_PROXY'];
    else process.env['HTTP_PROXY'] = before;
  });
  // Also this machine, but by an address that no rule excepts.
  const base = server.base.replace('127.0.0.1', '0.0.0.0');
  assert.equal(await azureSource(base, quick).available(signal), true);
  assert.equal(proxy.asked.length, 0);
});

test('user data that are not base64 are an error with its place; the metadata count', async () => {
  await using server = await service('2021-08-01', { compute: { ...instance.compute, userData: '#cloud' } });
  const source = azureSource(server.base, quick);
  await assert.rejects(
    source.userData(signal),
    /compute\.userData in .*\/metadata\/instance cannot be decoded/,
  );
  assert.equal((await source.metadata(signal)).hostname, 'examplevm');
});

const ovfEnv = (customData: string, keys: string) => `\uFEFF<?xml version="1.0" encoding="utf-8"?>
<ns0:Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:ns0="http://schemas.dmtf.org/ovf/environment/1"
  xmlns:ns1="http://schemas.microsoft.com/windowsazure" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <ns1:ProvisioningSection><ns1:Version>1.0</ns1:Version>
    <ns1:LinuxProvisioningConfigurationSet>
      <ns1:ConfigurationSetType>LinuxProvisioningConfiguration</ns1:ConfigurationSetType>
      <ns1:UserName>core</ns1:UserName>
      <ns1:DisableSshPasswordAuthentication>true</ns1:DisableSshPasswordAuthentication>
      <ns1:HostName>from-disc</ns1:HostName>
      <ns1:CustomData>${customData}</ns1:CustomData>
      <ns1:SSH><ns1:PublicKeys>${keys}</ns1:PublicKeys></ns1:SSH>
    </ns1:LinuxProvisioningConfigurationSet>
  </ns1:ProvisioningSection>
</ns0:Environment>`;

const key = (value: string) =>
  `<ns1:PublicKey><ns1:Fingerprint>EB0C</ns1:Fingerprint><ns1:Path>/home/core/.ssh/authorized_keys</ns1:Path>${value}</ns1:PublicKey>`;

async function folder(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('the disc of the first boot, alone', async () => {
  const keys = key('<ns1:Value>ssh-rsa BBBB disc</ns1:Value>') + key('');
  await using made = await folder({ 'ovf-env.xml': ovfEnv(base64(config), keys) });
  const source = azureDvdSource(made.path);
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), {
    hostname: 'from-disc',
    sshKeys: ['ssh-rsa BBBB disc'],
    addresses: {},
    warnings: [`${made.path}/ovf-env.xml has an SSH key as a fingerprint only, which cannot be used.`],
  });
  assert.equal(await azureDvdSource(`${made.path}/none`).available(signal), false);
});

test('the service completes the disc', async () => {
  await using server = await service();
  await using made = await folder({
    'ovf-env.xml': ovfEnv('', key('<ns1:Value>ssh-rsa AAAA azure</ns1:Value>')),
  });
  const source = azureDvdSource(made.path, server.base, quick);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), { ...known, hostname: 'from-disc' });
});

test('a disc or a service that cannot be read is told, and the other counts', async () => {
  await using server = await service();
  await using made = await folder({ 'ovf-env.xml': '<!DOCTYPE x><x/>' });
  const broken = azureDvdSource(made.path, server.base, quick);
  await assert.rejects(broken.userData(signal), /ovf-env\.xml is not XML that can be read: a document type/);
  const { problems, ...rest } = await broken.metadata(signal);
  assert.equal(problems?.length, 1);
  assert.deepEqual(rest, known);
  await writeFile(join(made.path, 'ovf-env.xml'), ovfEnv(base64(config), ''));
  const alone = await azureDvdSource(made.path, 'http://127.0.0.1:9/', quick).metadata(signal);
  assert.equal(alone.hostname, 'from-disc');
  assert.match(alone.problems?.[0] ?? '', /127\.0\.0\.1:9\/metadata\/instance.* connect ECONNREFUSED/);
});

const sharedConfig = `<?xml version="1.0" encoding="utf-8"?>
<SharedConfig version="1.0.0.0" goalStateIncarnation="1">
  <Deployment name="c8f9e4c9" guid="{x}" incarnation="1"><Service name="example" guid="{0}"/></Deployment>
  <Incarnation number="1" instance="example-1" guid="{y}"/>
  <Instances>
    <Instance id="example-0" address="10.0.0.4"><InputEndpoints/></Instance>
    <Instance id="example-1" address="10.0.0.5">
      <FaultDomains randomId="1" updateId="0" updateCount="0"/>
      <InputEndpoints>
        <Endpoint name="none" address="10.0.0.5:80" protocol="tcp" loadBalancedPublicAddress=""/>
        <Endpoint name="ssh" address="10.0.0.5:22" protocol="tcp" loadBalancedPublicAddress="191.239.39.77:22"/>
        <Endpoint name="web" address="10.0.0.5:80" protocol="tcp" loadBalancedPublicAddress="191.239.39.78:80"/>
      </InputEndpoints>
    </Instance>
  </Instances>
</SharedConfig>`;

test("the agent's folder", async () => {
  await using made = await folder({ CustomData: config });
  const source = waagentSource(made.path);
  assert.equal(await source.available(signal), false);
  await writeFile(join(made.path, 'provisioned'), '');
  assert.equal(await source.available(signal), true);
  assert.equal(String(Buffer.from(await source.userData(signal))), config);
  assert.deepEqual(await source.metadata(signal), { sshKeys: [], addresses: {} });
  await writeFile(join(made.path, 'SharedConfig.xml'), sharedConfig);
  assert.deepEqual(await source.metadata(signal), {
    sshKeys: [],
    addresses: { private_ipv4: '10.0.0.5', public_ipv4: '191.239.39.77' },
  });
  await writeFile(join(made.path, 'SharedConfig.xml'), '<SharedConfig>');
  assert.match((await source.metadata(signal)).problems?.[0] ?? '', /SharedConfig\.xml is not XML/);
});
