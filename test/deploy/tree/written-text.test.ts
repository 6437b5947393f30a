// What is written into /usr for the rest of the system to be made from; systemd reads it as the judge.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sysusersText, unfixedIds } from '../../../src/deploy/tree/accounts.ts';
import {
  candidateVersions,
  installedPackages,
  outdated,
} from '../../../src/deploy/tree/installed-packages.ts';
import { imageVersion, osRelease } from '../../../src/deploy/tree/os-release.ts';
import { parseEntries, pathsOf, tmpfilesText, wantedEntries } from '../../../src/deploy/tree/var-tree.ts';
import { isInstalled, run } from '../../../src/host/index.ts';

const root = process.getuid?.() === 0 ? false : 'only root gives files to others';
const passwd = `root:x:0:0:root:/root:/bin/bash
sshd:x:211:65534::/run/sshd:/usr/sbin/nologin
etcd:x:212:212:etcd "100%":/var/lib/etcd:/usr/sbin/nologin
core:x:500:500:Admin:/home/core:/bin/bash
`;
const group = 'root:x:0:core\nnogroup:x:65534:\nsudo:x:27:core,etcd\netcd:x:212:\ncore:x:500:\n';

test('the users of a new version come to a machine with a passwd of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
  try {
    await mkdir(join(folder, 'etc'));
    await mkdir(join(folder, 'usr/lib/sysusers.d'), { recursive: true });
    // Of the version before: without etcd, and with a person that the machine has made itself.
    await writeFile(
      join(folder, 'etc/passwd'),
      'root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n',
    );
    await writeFile(join(folder, 'etc/group'), 'root:x:0:\nsudo:x:27:me\nme:x:1000:\n');
    await writeFile(join(folder, 'usr/lib/sysusers.d/image.conf'), sysusersText(passwd, group));
    const { stderr } = await run('systemd-sysusers', [`--root=${folder}`]);
    assert.doesNotMatch(stderr, /[Cc]onflict|ignor|[Ff]ail/);
    const users = (await readFile(join(folder, 'etc/passwd'), 'utf8')).split('\n');
    assert.ok(users.includes('me:x:1000:1000::/home/me:/bin/sh'));
    assert.ok(users.includes('root:x:0:0::/root:/bin/sh'));
    for (const line of passwd.split('\n').slice(1, -1))
      assert.ok(users.includes(line), `${line} in ${users}`);
    const groups = (await readFile(join(folder, 'etc/group'), 'utf8')).split('\n');
    assert.ok(groups.includes('etcd:x:212:'), groups.join());
    assert.ok(
      groups.some(
        (line) => /^sudo:x:27:/.test(line) && ['me', 'core', 'etcd'].every((name) => line.includes(name)),
      ),
      groups.join(),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('numbers that packages chose are told, as lines that fix them', () => {
  const fixed = [
    { kind: 'user', name: 'sshd' },
    { kind: 'user', name: 'core' },
    { kind: 'group', name: 'core' },
  ] as const;
  assert.deepEqual(unfixedIds(passwd, group, fixed), ['u etcd 212', 'g etcd 212']);
});

const listing = `d 755 root root /var/log
f 640 root adm /var/log/dpkg.log
d 700 root root /var/lib/app
f 600 root root /var/lib/app/first 100%.conf
d 755 root root /var/lib/dpkg/info
d 2775 root mail /var/mail
l 777 root root /var/run
f 644 root root /root/.profile
`;

test('systemd makes /var of what the tree had', { skip: root }, async () => {
  const entries = wantedEntries(parseEntries(listing));
  const text = tmpfilesText(entries, pathsOf(['# x\nq /var 0755 - - -\nd /var/log/ 0755 - - -\n']));
  assert.doesNotMatch(text, /dpkg\/info|dpkg\.log|\/var\/log/);
  const folder = await mkdtemp(join(tmpdir(), 'var-'));
  try {
    const factory = join(folder, 'usr/share/factory');
    await mkdir(join(factory, 'var/lib/app'), { recursive: true });
    await mkdir(join(factory, 'root'));
    await mkdir(join(folder, 'etc'));
    await mkdir(join(folder, 'usr/lib/tmpfiles.d'), { recursive: true });
    await writeFile(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
    await writeFile(join(folder, 'etc/group'), 'root:x:0:\nmail:x:8:\n');
    await writeFile(join(factory, 'var/lib/app/first 100%.conf'), 'kept');
    await writeFile(join(factory, 'root/.profile'), '');
    await writeFile(join(folder, 'usr/lib/tmpfiles.d/image.conf'), text);
    await run('systemd-tmpfiles', [`--root=${folder}`, '--create']);
    const mode = async (path: string) => ((await stat(join(folder, path))).mode & 0o7777).toString(8);
    assert.equal(await mode('var/lib/app'), '700');
    assert.equal(await mode('var/mail'), '2775');
    assert.equal((await stat(join(folder, 'var/mail'))).gid, 8);
    assert.equal(await readFile(join(folder, 'var/lib/app/first 100%.conf'), 'utf8'), 'kept');
    assert.equal(await mode('var/lib/app/first 100%.conf'), '600');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('os-release says what it is and what it is made of', () => {
  const text = osRelease('1.2.0', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
  assert.match(text, /^PRETTY_NAME="keelson 1\.2\.0 \(Debian 12\)"$/m);
  for (const line of [
    'ID=keelson',
    'ID_LIKE=debian',
    'VERSION_ID=1.2.0',
    'IMAGE_VERSION=1.2.0',
    'VERSION_CODENAME=bookworm',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
});

test('a version that file names or boot loaders would misread is refused', () => {
  for (const version of ['1.2.0', '1.2.0-rc.1', '20260101']) assert.equal(imageVersion(version), version);
  for (const version of ['', '1_2', '1+3', '../x', 'A', '1.', 'a b', 'x'.repeat(65)]) {
    assert.throws(() => imageVersion(version), { code: 'deploy.invalid' }, version);
  }
});

test('a tree is outdated by what the archive has in another version, and by what it has no more', () => {
  const status = ['one 1.0', 'two 2.0-1', 'three 3']
    .map((line) => line.split(' '))
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .concat('Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n')
    .join('\n');
  const packages = installedPackages(status);
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['one', 'three', 'two'],
  );
  const simulated =
    'Inst one (1.0 Debian:12.1/stable [amd64])\nInst two [2.0-0] (2.0-2 Debian [amd64]) []\nConf one (1.0 x)\n';
  assert.deepEqual(outdated(packages, candidateVersions(simulated)), ['three', 'two']);
});

test('the console says which system this is and how to log in, in words that agetty(8) fills in', {
  skip: !isInstalled('agetty') || !isInstalled('script') ? 'not installed: agetty, script' : false,
}, async () => {
  const issue = join(import.meta.dirname, '../../../image/tree/etc/issue');
  assert.match(await readFile(issue, 'utf8'), /^\\S\{PRETTY_NAME\}.*\\n.*\\l/);
  // It shows it to a terminal only.
  const { stdout } = await run('script', [
    '-qec',
    `agetty --show-issue --issue-file '${issue}'`,
    '/dev/null',
  ]);
  const [, name] = /^PRETTY_NAME="?(.*?)"?$/m.exec(await readFile('/etc/os-release', 'utf8')) ?? [];
  assert.ok(stdout.includes(`${name}, `), stdout);
  assert.match(stdout, /Log in with ssh, as core/);
  assert.doesNotMatch(stdout, /\\/, 'no escape is left');
});
