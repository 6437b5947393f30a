// The package and the installer, against dpkg itself and a scratch root.

import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { buildPackage, machineErrors } from '../../src/machine/index.ts';
import { install } from '../../src/machine/install.ts';
import { uninstall } from '../../src/machine/uninstall.ts';
import { temporaryFolder } from './booted.ts';
import { copyHome } from './copy-home.ts';
import { treeLines } from './tree-hash.ts';

const checkout = resolve(import.meta.dirname, '../..');
let work = '';
let home = '';

before(async () => {
  work = await temporaryFolder();
  home = join(work, 'home');
  await mkdir(home);
  await run(join(checkout, 'bin/keelson'), ['--version'], { deadlineMs: 300_000 });
  await copyHome(checkout, home);
});

after(() => rm(work, { recursive: true, force: true }));

const contents = async (path: string) => (await run('sha256sum', [path])).stdout.split(' ')[0];

test('the same files make the same bytes, and are not packed twice', async () => {
  const one = await buildPackage({ home, cache: join(work, 'one') });
  const two = await buildPackage({ home, cache: join(work, 'two') });
  assert.equal(await contents(one), await contents(two));
  const steps: string[] = [];
  assert.equal(
    await buildPackage({ home, cache: join(work, 'one'), onStep: (text) => steps.push(text) }),
    one,
  );
  assert.deepEqual(steps, []);
});

test('an installation packs the very same package', async () => {
  const first = await buildPackage({ home, cache: join(work, 'one') });
  await run('dpkg-deb', ['-x', first, join(work, 'unpacked')]);
  const again = await buildPackage({
    home: join(work, 'unpacked/usr/lib/keelson'),
    cache: join(work, 'three'),
  });
  assert.equal(await contents(again), await contents(first));
});

test('what is packed belongs to root, is summed right, and has no configuration files', async () => {
  const path = await buildPackage({ home, cache: join(work, 'one') });
  const listing = (await run('dpkg-deb', ['-c', path])).stdout.trim().split('\n');
  for (const line of listing) assert.match(line, /^[-dl](rwxr-xr-x|rw-r--r--|rwxrwxrwx) root\/root /);
  const unpacked = join(work, 'sums');
  await run('dpkg-deb', ['-R', path, unpacked]);
  await run('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], { cwd: unpacked });
  await assert.rejects(stat(join(unpacked, 'DEBIAN/conffiles')));
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm'])
    await run('sh', ['-n', join(unpacked, 'DEBIAN', script)]);
});

test('the packed runtime loads the native terminal', async () => {
  const root = join(work, 'unpacked/usr/lib/keelson');
  const program = `const pty = require('${root}/node_modules/node-pty');
    const shell = pty.spawn('/bin/echo', ['a terminal'], {});
    shell.onData((text) => process.stdout.write(text));`;
  const { stdout } = await run(join(root, 'bin/node'), ['-e', program], { cwd: '/' });
  assert.match(stdout, /a terminal/);
});

test('a folder that is no home is refused with a sentence', async () => {
  await assert.rejects(buildPackage({ home: work, cache: join(work, 'one') }), (error) =>
    machineErrors.is(error, 'incomplete'),
  );
});

/** Users and their homes stay: their ids may own files elsewhere. */
const accounts = /^etc\/(\.pwd\.lock|(passwd|group|g?shadow)-?)$|^home(\/|$)/;

async function scratchRoot(name: string): Promise<string> {
  const root = join(work, name);
  for (const folder of ['etc', 'usr/bin', 'usr/lib', 'var/lib', 'home']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'etc/machine-id'), '');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nsudo:x:27:\n');
  return root;
}

test('install and uninstall leave a system as it was', async () => {
  const root = await scratchRoot('scratch');
  const cache = join(work, 'one');
  const lines = () => treeLines(root, (path) => accounts.test(path));
  const untouched = await lines();
  await install({ home, root, force: false, cache });
  assert.match(await readFile(join(root, 'etc/group'), 'utf8'), /^sudo:x:27:core$/m);
  assert.match(await readFile(join(root, 'etc/passwd'), 'utf8'), /^core:x:500:500:/m);
  const again = await install({ home, root, force: false, cache });
  assert.equal(again.written, 0);
  await uninstall(root, true);
  assert.deepEqual(await lines(), untouched);
  await assert.rejects(uninstall(root, true), (error) => machineErrors.is(error, 'absent'));
});

test('an upgrade in place removes what the new version does not have', async () => {
  const root = await scratchRoot('upgrade');
  const cache = join(work, 'one');
  await writeFile(join(home, 'dist/chunks/old.js'), '// old');
  await install({ home, root, force: false, cache });
  await rm(join(home, 'dist/chunks/old.js'));
  const result = await install({ home, root, force: false, cache });
  assert.equal(result.removed, 1);
  await assert.rejects(stat(join(root, 'usr/lib/keelson/dist/chunks/old.js')));
});

test("somebody else's files are neither overwritten nor removed", async () => {
  const root = await scratchRoot('foreign');
  const cache = join(work, 'one');
  await writeFile(join(root, 'usr/bin/keelson'), 'mine');
  const untouched = await treeLines(root);
  await assert.rejects(install({ home, root, force: false, cache }), (error) => {
    assert.ok(machineErrors.is(error, 'conflict'));
    assert.match(error.message, /usr\/bin\/keelson/);
    return true;
  });
  assert.deepEqual(await treeLines(root), untouched);
  await install({ home, root, force: true, cache });
  await appendFile(join(root, 'usr/lib/systemd/system/fleet.service'), '# by hand\n');
  await assert.rejects(install({ home, root, force: false, cache }), (error) =>
    machineErrors.is(error, 'conflict'),
  );
  const { kept } = await uninstall(root, false);
  assert.deepEqual(kept, ['/usr/lib/systemd/system/fleet.service']);
  await assert.rejects(stat(join(root, 'usr/bin/keelson')));
});

test('what dpkg looks after is left to dpkg', async () => {
  const root = await scratchRoot('packaged');
  await mkdir(join(root, 'var/lib/dpkg/info'), { recursive: true });
  for (const name of ['list', 'md5sums'])
    await writeFile(join(root, `var/lib/dpkg/info/keelson.${name}`), '');
  await assert.rejects(install({ home, root, force: true, cache: join(work, 'one') }), (error) =>
    machineErrors.is(error, 'packaged'),
  );
});
