// QEMU's command line, from what a machine is to be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qemuArguments } from '../../../src/sandbox/vm/arguments.ts';
import { uefiFiles } from '../../../src/sandbox/vm/firmware.ts';
import type { Hardware } from '../../../src/sandbox/vm/model.ts';

const disks = [
  { path: '/d/one,two.qcow2', format: 'qcow2' },
  { path: '/d/drive', format: 'raw', readOnly: true },
] as const;
const uefi = { code: '/code.fd', variables: '/vars.fd' };

function line(hardware: Partial<Hardware>, accelerator: 'kvm' | 'tcg' = 'tcg', files = {}): string {
  const whole: Hardware = { name: 'm1', firmware: 'seabios', disks, ...hardware };
  return qemuArguments(whole, accelerator, uefi, files, '/node').join(' ');
}

test('accelerator and processor go together', () => {
  assert.match(line({}), /-accel tcg,thread=multi -cpu max /);
  assert.match(line({}, 'kvm'), /-accel kvm -cpu host /);
});

test('a comma in a path begins no new option, and the first disk is booted first', () => {
  const text = line({});
  assert.match(
    text,
    /file=\/d\/one,,two\.qcow2,discard=unmap -device virtio-blk-pci,drive=disk0,serial=disk0,bootindex=0/,
  );
  assert.match(text, /format=raw,file=\/d\/drive,readonly=on,/);
});

test('another disk may be booted first', () => {
  const [one, two] = disks;
  const text = line({ disks: [one, { ...two, bootsFirst: true }] });
  assert.match(text, /serial=disk0,bootindex=1 .*serial=disk1,bootindex=0/);
});

test('each firmware brings its own', () => {
  assert.match(
    line({ firmware: 'ovmf' }),
    /unit=0,format=raw,readonly=on,file=\/code\.fd .*unit=1,format=raw,file=uefi-variables\.fd/,
  );
  assert.doesNotMatch(line({ firmware: 'seabios' }), /pflash|-kernel/);
  const kernel = { image: '/k', initrd: '/i', commandLine: 'a=b quiet' };
  assert.match(line({ firmware: 'direct', kernel }), /-kernel \/k -initrd \/i -append a=b quiet/);
  // QEMU refuses two of them.
  assert.doesNotMatch(line({ firmware: 'direct', kernel }), /bootindex=0/);
  assert.throws(() => line({ firmware: 'direct' }), { code: 'sandbox.invalid' });
});

test('credentials may hold anything, their names may not', () => {
  const text = line({ credentials: { 'keelson.user-data': 'a,b=c\n' } });
  assert.match(text, /-smbios type=11,value=io\.systemd\.credential\.binary:keelson\.user-data=YSxiPWMK/);
  assert.throws(() => line({ credentials: { 'a,b': '' } }), { code: 'sandbox.invalid' });
});

test('firmware configuration comes from files', () => {
  assert.match(line({}, 'tcg', { 'opt/a,b': 'f0' }), /-fw_cfg name=opt\/a,,b,file=f0/);
});

test('a network of QEMU’s own reaches only what it names', () => {
  const text = line({
    network: {
      kind: 'user',
      forwards: [22],
      services: [{ address: '10.0.2.100', port: 80, to: { host: '127.0.0.1', port: 8099 } }],
    },
  });
  assert.match(
    text,
    /-netdev user,id=net0,restrict=on,hostfwd=tcp:127\.0\.0\.1:0-:22,guestfwd=tcp:10\.0\.2\.100:80-cmd:\/node -e /,
  );
  assert.match(text, / 127\.0\.0\.1 8099 -device virtio-net-pci,netdev=net0,romfile=/);
});

test('a boot from the network comes before the disks', () => {
  const text = line({ network: { kind: 'user', boot: { folder: '/tftp', file: 'boot.ipxe' } } });
  assert.match(text, /tftp=\/tftp,bootfile=boot\.ipxe -device virtio-net-pci,netdev=net0,bootindex=0/);
  assert.match(text, /drive=disk0,serial=disk0,bootindex=1/);
});

test('a tap device is used as it is', () => {
  const text = line({ network: { kind: 'tap', name: 'vb-m1', mac: '52:54:00:00:00:01' } });
  assert.match(text, /-netdev tap,id=net0,ifname=vb-m1,script=no,downscript=no .*,mac=52:54:00:00:00:01/);
});

test('UEFI firmware is found where a distribution keeps it, whole or not at all', () => {
  assert.equal(
    uefiFiles((path) => path.startsWith('/usr/share/edk2/ovmf/')).code,
    '/usr/share/edk2/ovmf/OVMF_CODE.fd',
  );
  assert.throws(() => uefiFiles((path) => path.endsWith('OVMF_CODE_4M.fd')), {
    code: 'sandbox.tools',
    message: /OVMF/,
  });
});
