// Detection: from a folder that looks like a machine's / to the sources that it speaks for.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseFlags } from '../../../src/cloud-config/ctl/flags.ts';
import { presetNames, withPreset } from '../../../src/cloud-config/ctl/presets.ts';
import { sourcesOf } from '../../../src/cloud-config/ctl/sources.ts';
import { detect } from '../../../src/cloud-config/detect/candidates.ts';
import { gatherEvidence, type Smbios } from '../../../src/cloud-config/detect/evidence.ts';
import { platformNames, platformOf } from '../../../src/cloud-config/detect/platform.ts';
import { scratch } from '../sources/scratch.ts';

const noSmbios: Smbios = {
  sysVendor: '',
  productName: '',
  productSerial: '',
  productUuid: '',
  biosVendor: '',
  biosVersion: '',
  chassisAssetTag: '',
};
const nothing = {
  smbios: noSmbios,
  labels: [],
  virtfsTags: [],
  commandLine: [],
  seeds: [],
  configDrives: [],
  ovfEnvironment: false,
  lxd: false,
  azureAgent: false,
  azureDvd: false,
};
const found = (evidence: Parameters<typeof detect>[0]) =>
  detect(evidence).candidates.map(({ flag, value }) => `${flag}=${value}`);

test('each cloud by its SMBIOS', () => {
  for (const [name, smbios] of [
    ['azure', { sysVendor: 'Microsoft Corporation', chassisAssetTag: '7783-7084-3265-9085-8269-3286-77' }],
    ['oracle', { sysVendor: 'QEMU', chassisAssetTag: 'OracleCloud.com' }],
    ['ec2', { sysVendor: 'Amazon EC2', productName: 't3.micro' }],
    ['ec2', { sysVendor: 'Xen', biosVersion: '4.11.amazon', productUuid: 'ec2f58b1-0000' }],
    ['ec2', { productUuid: 'EC2F58B1-0000' }],
    ['gce', { sysVendor: 'Google', productName: 'Google Compute Engine' }],
    ['digitalocean', { sysVendor: 'DigitalOcean', productName: 'Droplet' }],
    ['hetzner', { sysVendor: 'Hetzner', productName: 'vServer' }],
    ['vultr', { sysVendor: 'Vultr', productName: 'VC2' }],
    ['akamai', { sysVendor: 'Akamai' }],
    ['akamai', { sysVendor: 'Linode' }],
    ['scaleway', { sysVendor: 'Scaleway', productName: 'SCW-DEV1-S' }],
    ['exoscale', { sysVendor: 'Exoscale', productName: 'Exoscale Compute Platform' }],
    ['upcloud', { sysVendor: 'UpCloud' }],
    ['alibaba', { sysVendor: 'Alibaba Cloud', productName: 'Alibaba Cloud ECS' }],
    ['cloudstack', { sysVendor: 'Apache Software Foundation', productName: 'CloudStack KVM Hypervisor' }],
    ['cloudsigma', { productName: 'CloudSigma' }],
    ['openstack', { sysVendor: 'OpenStack Foundation', productName: 'OpenStack Nova' }],
    ['vmware', { sysVendor: 'VMware, Inc.', productName: 'VMware7,1' }],
    [undefined, { sysVendor: 'Microsoft Corporation', productName: 'Virtual Machine' }],
    [undefined, { sysVendor: 'QEMU', productName: 'Standard PC (Q35 + ICH9, 2009)' }],
    [undefined, { sysVendor: 'Dell Inc.', productSerial: 'SC2EC21' }],
  ] as const) {
    const platform = platformOf({ ...nothing, smbios: { ...noSmbios, ...smbios } });
    assert.equal(platform?.name, name, JSON.stringify(smbios));
  }
});

test('the kernel command line names the platform, before the SMBIOS', () => {
  const smbios = { ...noSmbios, sysVendor: 'Hetzner' };
  for (const [word, name] of [
    ['flatcar.oem.id=vultr', 'vultr'],
    ['ignition.platform.id=aws', 'ec2'],
    ['ds=Exoscale;x', 'exoscale'],
    ['coreos.oem.id=constructor', 'hetzner'],
    ['quiet', 'hetzner'],
  ] as const) {
    assert.equal(platformOf({ ...nothing, smbios, commandLine: [word] })?.name, name);
  }
});

test('what lies on the machine comes before the network', () => {
  const evidence = {
    ...nothing,
    smbios: { ...noSmbios, sysVendor: 'Vultr', productSerial: 'ds=nocloud;s=http://192.0.2.1/' },
    labels: ['config-2', 'CIDATA'],
    virtfsTags: ['config-2'],
    commandLine: ['cloud-config-url=http://192.0.2.2/', 'ds=nocloud-net;s=/opt/seed'],
    seeds: ['/var/lib/cloud/seed/nocloud'],
    fwCfg: 'opt/keelson/cloud-config',
    lxd: true,
  };
  assert.deepEqual(found(evidence), [
    'from-fw-cfg=/sys/firmware/qemu_fw_cfg/by_name',
    'from-nocloud=/var/lib/cloud/seed/nocloud',
    'from-nocloud=/media/cidata',
    'from-configdrive=/media/configdrive',
    'from-configdrive=/media/configvirtfs',
    'from-lxd=/dev/lxd/sock',
    'from-nocloud=ds=nocloud-net;s=/opt/seed',
    'from-nocloud=ds=nocloud;s=http://192.0.2.1/',
    'from-vultr-metadata=http://169.254.169.254/',
    'from-proc-cmdline=true',
  ]);
  assert.deepEqual(found(nothing), []);
  assert.match(detect(evidence).candidates[2]?.why ?? '', /labelled CIDATA/);
});

test('a machine is read as it shows itself', async () => {
  await using root = await scratch({
    'sys/class/dmi/id/sys_vendor': 'QEMU\n',
    'sys/class/dmi/id/product_serial': 'ds=nocloud;s=http://192.0.2.1/\n',
    'dev/disk/by-label/OVF\\x20ENV': '',
    'sys/bus/virtio/drivers/9pnet_virtio/virtio1/mount_tag': 'config-2\0',
    'proc/cmdline': 'quiet ds=nocloud\n',
    'media/configdrive/openstack/latest/user_data': '',
    'var/lib/cloud/seed/nocloud/meta-data': '',
    'sys/firmware/qemu_fw_cfg/by_name/opt/org.flatcar-linux/config/raw': '{}',
    'run/credentials/@system/keelson.cloud-config': '#cloud-config\n',
    'var/lib/waagent/provisioned': '',
    'media/azuredvd/ovf-env.xml': '',
  });
  const evidence = await gatherEvidence(root.path, {});
  assert.deepEqual(evidence, {
    ...nothing,
    smbios: { ...noSmbios, sysVendor: 'QEMU', productSerial: 'ds=nocloud;s=http://192.0.2.1/' },
    labels: ['OVF ENV'],
    virtfsTags: ['config-2'],
    commandLine: ['quiet', 'ds=nocloud'],
    seeds: ['/var/lib/cloud/seed/nocloud'],
    configDrives: ['/media/configdrive'],
    fwCfg: 'opt/org.flatcar-linux/config',
    credential: { directory: '/run/credentials/@system', name: 'keelson.cloud-config' },
    azureAgent: true,
    azureDvd: true,
  });
  await root.write('run/systemd/container', 'systemd-nspawn');
  await root.write('proc/1/cmdline', '/sbin/init\0ds=none\0');
  const inContainer = await gatherEvidence(root.path, {});
  assert.deepEqual(inContainer.smbios, noSmbios);
  assert.equal(inContainer.fwCfg, undefined);
  assert.deepEqual(inContainer.commandLine, ['ds=none']);
  await using empty = await scratch();
  assert.deepEqual(await gatherEvidence(empty.path, {}), nothing);
});

test('sources by detection and by flags are one list', async () => {
  await using root = await scratch({
    'sys/class/dmi/id/sys_vendor': 'DigitalOcean\n',
    'var/lib/cloud/seed/nocloud/user-data': '',
  });
  const of = async (...args: string[]) =>
    (await sourcesOf(parseFlags([...args, `--detect-root=${root.path}`]))).map(({ type }) => type);
  assert.deepEqual(await of('--detect'), ['nocloud', 'digitalocean-metadata-service']);
  assert.deepEqual(await of('--detect', '--without-network'), ['nocloud']);
  assert.deepEqual(await of('--detect', '--from-url=http://127.0.0.1/', '--from-configdrive=/x'), [
    'nocloud',
    'cloud-drive',
    'url',
    'digitalocean-metadata-service',
  ]);
  const named = parseFlags(['--from-nocloud=http://127.0.0.1/', '--from-file=/x', '--from-lxd']);
  const types = (await sourcesOf(named)).map(({ type }) => type);
  assert.deepEqual(types, ['local-file', 'lxd', 'nocloud-net']);
  await assert.rejects(sourcesOf(parseFlags([])), /No source of user-data is named/);
  await assert.rejects(of('--from-file=/x'), /--detect-root means something with --detect only/);
  await mkdir(join(root.path, 'empty'));
  await writeFile(join(root.path, 'empty/x'), '');
  assert.deepEqual(await sourcesOf(parseFlags(['--detect', `--detect-root=${root.path}/empty`])), []);
});

test('every platform is a preset, and every preset names sources that can be made', async () => {
  for (const name of platformNames) assert.ok(presetNames.includes(name), name);
  for (const name of presetNames) {
    const flags = withPreset(parseFlags([`--oem=${name}`]));
    assert.notEqual((await sourcesOf(flags)).length, 0, name);
  }
  const own = withPreset(parseFlags(['--oem=hetzner', '--from-hetzner-metadata=http://127.0.0.1:1/']));
  assert.equal(own.get('from-hetzner-metadata'), 'http://127.0.0.1:1/');
});

test('guestinfo that cannot be asked is no source', async () => {
  await using root = await scratch({ 'sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n' });
  const path = process.env['PATH'];
  process.env['PATH'] = root.path;
  try {
    const flags = parseFlags(['--detect', `--detect-root=${root.path}`]);
    assert.deepEqual(await sourcesOf(flags), []);
    // The shell's own words only: there is no other program on this PATH.
    const only = (key: string) =>
      `#!/bin/sh\ncase $2 in *guestinfo.${key}) echo http://192.0.2.1/;; *) echo "No value found"; exit 1;; esac\n`;
    await root.write('vmtoolsd', only('userdata'), 0o755);
    const early = new Map(flags).set('without-network', 'true');
    const types = async (given: typeof flags) => (await sourcesOf(given)).map(({ type }) => type);
    assert.deepEqual([await types(flags), await types(early)], [['vmware'], ['vmware']]);
    await root.write('vmtoolsd', only('coreos.config.url'), 0o755);
    assert.deepEqual([await types(flags), await types(early)], [['vmware'], []]);
  } finally {
    process.env['PATH'] = path;
  }
});
