// The engine's settings out of the texts of its files.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseKeyValues } from '../../../src/update/config/key-values.ts';
import { readConfig, showFinding } from '../../../src/update/config/read.ts';
import { readSettings } from '../../../src/update/config/settings.ts';
import { boardOf, readMachineFacts } from '../../../src/update/machine-facts.ts';

const etc = '/etc/coreos/update.conf';
const usr = '/usr/share/coreos/update.conf';
const release = '/usr/share/coreos/release';
const server = 'https://updates.example/v1/update/';

test('without any file updates are off, and the reason names what to set', () => {
  const { settings, findings } = readSettings({});
  assert.equal(settings.server, undefined);
  assert.match(settings.serverProblem ?? '', /no SERVER= is set in \/etc\/coreos\/update\.conf/);
  assert.equal(settings.group, 'stable');
  assert.equal(settings.version, undefined);
  assert.equal(settings.appId, '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}');
  assert.deepEqual(findings, []);
});

test('the first file that has a key wins, a key at a time', () => {
  const { settings } = readSettings({
    [etc]: 'GROUP=beta\n',
    [usr]: `GROUP=stable\nSERVER=${server}\n`,
    [release]:
      'COREOS_RELEASE_VERSION=1911.3.0\nCOREOS_RELEASE_BOARD=amd64-usr\nSERVER=https://other.example/x\n',
  });
  assert.equal(settings.group, 'beta');
  assert.equal(settings.server, server);
  assert.equal(settings.version, '1911.3.0');
  assert.equal(settings.board, 'amd64-usr');
});

test('an empty value leaves it to the default', () => {
  const { settings } = readSettings({ [etc]: 'GROUP=\nMACHINE_ALIAS=\n' });
  assert.equal(settings.group, 'stable');
});

test('what an operator writes over the image’s server is custom; the image’s own is not', () => {
  assert.equal(readSettings({ [usr]: `SERVER=${server}` }).settings.customServer, false);
  assert.equal(readSettings({ [etc]: `SERVER=${server}` }).settings.customServer, true);
  const both = { [etc]: `SERVER=${server}`, [usr]: `SERVER=${server}` };
  assert.equal(readSettings(both).settings.customServer, false);
  assert.equal(readSettings({}).settings.customServer, false);
});

for (const [text, expected] of [
  ['http://one.example', 'http://one.example/v1/update/'],
  ['https://one.example:8000/', 'https://one.example:8000/v1/update/'],
  ['https://one.example/v1/update', 'https://one.example/v1/update'],
  ['"https://one.example/quoted"', 'https://one.example/quoted'],
  ['https://one.example/x # mine', 'https://one.example/x'],
] as const) {
  test(`SERVER=${text}`, () => {
    assert.equal(readSettings({ [etc]: `SERVER=${text}` }).settings.server, expected);
  });
}

for (const text of [
  'disabled',
  'none',
  'ftp://one.example/',
  'file:///etc/passwd',
  'localhost',
  'https://',
]) {
  test(`SERVER=${text} is off`, () => {
    const { settings } = readSettings({ [etc]: `SERVER=${text}` });
    assert.equal(settings.server, undefined);
    assert.match(settings.serverProblem ?? '', /^Updates are off: SERVER=.*\.$/);
  });
}

test('a key that nobody reads is told with its line, and the one that was meant', () => {
  const { findings } = readSettings({ [etc]: '# mine\nSERVR=beta\nREBOOT_STRATEGY=off\nLOCKSMITHD_FOO=1\n' });
  assert.deepEqual(findings.map(showFinding), [
    '/etc/coreos/update.conf:2: Nobody reads the key SERVR. Did you mean SERVER?',
  ]);
});

test('a line that is no pair is told, and the others count', () => {
  const { settings, findings } = readSettings({ [etc]: 'this is nothing\nGROUP=alpha\n' });
  assert.equal(settings.group, 'alpha');
  assert.match(
    showFinding(findings[0] ?? { path: '', line: 0, message: '' }),
    /update\.conf:1: .*no KEY=VALUE/,
  );
});

for (const [text, bytes] of [
  ['500K', 512_000],
  ['2M', 2_097_152],
  ['1g', 1_073_741_824],
  ['1234', 1234],
] as const) {
  test(`DOWNLOAD_LIMIT=${text} is ${bytes} bytes a second`, () => {
    assert.equal(readSettings({ [etc]: `DOWNLOAD_LIMIT=${text}` }).settings.downloadLimit, bytes);
  });
}

test('a limit that is no number limits nothing and is told', () => {
  const { settings, findings } = readSettings({ [etc]: 'DOWNLOAD_LIMIT=fast' });
  assert.equal(settings.downloadLimit, 0);
  assert.match(findings[0]?.message ?? '', /DOWNLOAD_LIMIT=fast is no number/);
});

test('slots in plain files are in an absolute folder', () => {
  assert.equal(readSettings({ [etc]: 'SLOT_FOLDER=/var/slots' }).settings.slotFolder, '/var/slots');
  assert.equal(readSettings({ [etc]: 'SLOT_EXTENSION=tools' }).settings.slotExtension, 'tools');
  const both = readSettings({ [etc]: 'SLOT_FOLDER=/var/slots\nSLOT_EXTENSION=tools' });
  assert.deepEqual([both.settings.slotFolder, both.settings.slotExtension], ['', 'tools']);
  assert.match(both.findings[0]?.message ?? '', /SLOT_FOLDER=\/var\/slots does not count/);
  const odd = readSettings({ [etc]: 'SLOT_EXTENSION=../tools' });
  assert.equal(odd.settings.slotExtension, '');
  assert.match(odd.findings[0]?.message ?? '', /is no name of an extension/);
  for (const wrong of ['slots', '/var/../etc']) {
    const { settings, findings } = readSettings({ [etc]: `SLOT_FOLDER=${wrong}` });
    assert.equal(settings.slotFolder, '');
    assert.equal(findings.length, 1);
  }
});

test('of Debian’s os-release only the version of an image counts', () => {
  assert.equal(readSettings({ '/etc/os-release': 'VERSION_ID="12"\n' }).settings.version, undefined);
  const image = { '/etc/os-release': 'VERSION_ID="12"\nIMAGE_VERSION=1.4.0\n' };
  assert.equal(readSettings(image).settings.version, '1.4.0');
});

test('values are read as a shell reads them, and nothing is expanded', () => {
  const text = 'A=1\nexport B="two \\"2\\""\nC=\'three $HOME\'\nD=$(reboot)\nE=x # note\n F = 1\nG="open\n';
  const { pairs, findings } = parseKeyValues(text, 'x');
  assert.deepEqual(
    pairs.map(({ key, value }) => [key, value]),
    [
      ['A', '1'],
      ['B', 'two "2"'],
      ['C', 'three $HOME'],
      ['D', '$(reboot)'],
      ['E', 'x'],
      ['G', '"open'],
    ],
  );
  assert.deepEqual(
    findings.map(({ line }) => line),
    [6],
  );
});

test('the files of a machine, and what they say of it', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'update-config-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await put(etc, `SERVER=${server}\n`);
  await put('/etc/machine-id', 'abce671d61774703ac7be60715220bfe\n');
  await put('/proc/sys/kernel/random/boot_id', '965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84\n');
  await put('/usr/share/oem/oem-release', 'ID=ami\nVERSION_ID="0.1.1-r1"\nNAME="Amazon"\n');
  assert.equal((await readConfig(root)).settings.server, server);
  const facts = await readMachineFacts(root);
  assert.deepEqual(
    { ...facts, architecture: '' },
    {
      ...{ machineId: 'abce671d61774703ac7be60715220bfe', bootId: '965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84' },
      ...{ oem: 'ami', oemVersion: '0.1.1-r1', architecture: '', noUpdate: false },
    },
  );
  await put('/etc/oem-release', 'ID=mine\n');
  await put('/usr/.noupdate', '');
  assert.equal((await readMachineFacts(root)).oem, 'mine');
  assert.equal((await readMachineFacts(root)).noUpdate, true);
  await rm(join(root, etc));
  await mkdir(join(root, etc));
  const { settings, findings } = await readConfig(root);
  assert.equal(settings.server, undefined);
  assert.match(findings[0]?.message ?? '', /cannot be read: EISDIR/);
});

test('boards by architecture', () => {
  assert.equal(boardOf('x86_64'), 'amd64-usr');
  assert.equal(boardOf('aarch64'), 'arm64-usr');
  assert.equal(boardOf('riscv64'), 'riscv64-usr');
});
