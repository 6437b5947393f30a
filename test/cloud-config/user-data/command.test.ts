// Parts of user-data through the whole command: what is printed, applied below another root, and kept.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { notFound, ok, serve } from '../sources/serve.ts';

let folder = '';
let server: Awaited<ReturnType<typeof serve>>;
const pages: Record<string, string> = {
  '/first': '#cloud-config\nhostname: first\n',
  '/once': '#cloud-config\nwrite_files:\n  - {path: /etc/once, content: "$private_ipv4"}\n',
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'user-data-'));
  server = await serve(({ path }) => {
    const page = pages[path.replace(/\?.*/, '')];
    return page === undefined ? notFound() : ok(page);
  });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function command(content: string | Uint8Array, ...args: string[]) {
  const path = join(folder, 'user-data');
  await writeFile(path, content);
  const entry = join(homeDirectory(), 'src/coreos-cloudinit.ts');
  return run(process.execPath, [entry, `--from-file=${path}`, ...args], { accept: 'any' });
}

test('findings of parts as JSON name file and part', async () => {
  const message = `Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/cloud-config\n\nhostnme: a\n--b\nContent-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\n${Buffer.from('usrs: []\n').toString('base64')}\n--b--\n`;
  const { stdout, status } = await command(message, '--validate', '--json');
  assert.equal(status, 0);
  const file = join(folder, 'user-data');
  assert.deepEqual(
    JSON.parse(stdout).findings.map((finding: Record<string, unknown>) => [
      finding.file,
      finding.part,
      finding.line,
      finding.column,
      finding.message,
    ]),
    [
      [file, 'part 1', 6, 1, 'unrecognized key "hostnme"'],
      [`${file}[part 2]`, undefined, 1, 1, 'unrecognized key "usrs"'],
    ],
  );
});

test('what is included is applied, and of include-once kept for root only', async () => {
  const root = join(folder, 'root');
  await mkdir(join(root, 'etc'), { recursive: true });
  const include = `#include ${server.base}/first\n#include-once\n${server.base}/once?token=secret\n${server.base}/none\n`;
  const first = await command(include, `--root=${root}`, '--json');
  assert.equal(first.status, 1, first.stderr);
  assert.match(first.stdout, /cannot include http:.*\/none/);
  assert.doesNotMatch(first.stdout, /secret/);
  assert.match(await readFile(join(root, 'etc/once'), 'utf8'), /^$/);
  const kept = join(root, 'var/lib/coreos-cloudinit/includes');
  const [instance = ''] = await readdir(kept);
  const [document = ''] = await readdir(join(kept, instance));
  assert.equal((await stat(join(kept, instance, document))).mode & 0o777, 0o600);
  assert.equal(await readFile(join(kept, instance, document), 'utf8'), pages['/once']);
  const asked = () => server.asked.filter(({ path }) => path.startsWith('/once')).length;
  assert.equal(asked(), 1);
  await command(include, `--root=${root}`, '--json');
  assert.equal(asked(), 1);
  // A check keeps nothing and relies on nothing kept.
  await command(include, '--validate');
  assert.equal(asked(), 2);
});

test('Ignition, packed or not, is one line and status 0', async () => {
  const config = '{"ignition": {"version": "3.3.0"}}';
  for (const content of [config, gzipSync(config), Buffer.from(config).toString('base64')]) {
    const { stdout, stderr, status } = await command(content, `--root=${join(folder, 'nowhere')}`);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^[^\n]*Ignition[^\n]*\n$/);
  }
});

test('--strict: warnings and infos fail too', async () => {
  const text = '#cloud-config\nhostname: a\n---\nusers: []\n';
  assert.equal((await command(text, '--validate')).status, 0);
  assert.equal((await command(text, '--validate', '--strict')).status, 1);
});
