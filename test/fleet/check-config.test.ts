// fleetd's command line, as a program.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/host/index.ts';

const fleetd = resolve(import.meta.dirname, '../../src/fleetd.ts');
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetd-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function file(text: string): Promise<string> {
  const path = join(folder, 'fleet.conf');
  await writeFile(path, text);
  return path;
}

const start = (words: readonly string[], env: Record<string, string> = {}) =>
  run(process.execPath, [fleetd, ...words], { accept: 'any', env: { PATH: '/usr/bin:/bin', ...env } });

test('--check-config says all that is wrong, and nothing is started', async () => {
  const path = await file('token_limit=x\nagent_ttl=soon\nenable_grpc=1\n');
  const { status, stdout, stderr } = await start(['--check-config', '--config', path], { FLEET_X: '1' });
  assert.equal(status, 1);
  assert.deepEqual(stdout.trim().split('\n'), [
    `${path}:1: token_limit = "x": expected a number from 1 to 65535; it is ignored.`,
    `${path}:2: error: agent_ttl = "soon": expected a duration of at least one second, such as 10s.`,
    `${path}:3: note: enable_grpc is ignored: the experimental registry over gRPC does not exist here.`,
    'FLEET_X: unknown key x; it is ignored.',
  ]);
  assert.match(stderr, /fleet\.conf: 3 things to mend\./);
});

test('--check-config of a good one, with notes, exits with 0; files of TLS are looked at', async () => {
  const path = await file('enable_grpc=1\n');
  const good = await start([`-config=${path}`, '-check-config']);
  assert.equal(good.status, 0);
  assert.match(good.stdout, /nothing to mend\.\n$/);
  await file('etcd_servers=https://a:1\netcd_cafile=/nowhere/ca.pem\n');
  const bad = await start(['--config', path, '--check-config']);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /\/nowhere\/ca\.pem for etcd cannot be read/);
});

test('the version in all its forms; other arguments and missing files are refused with 1', async () => {
  for (const words of [['-version'], ['--version'], ['version']]) {
    const { status, stdout } = await start(words);
    assert.equal(status, 0);
    assert.match(stdout, /^fleetd version \d+\.\d+\.\d+\S*\n$/);
  }
  await mkdir(join(folder, 'directory'));
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['--confg', 'x'], /Unknown argument --confg/],
    [['start'], /Unknown argument start/],
    [['--config'], /--config needs the path/],
    [['--config', '/nowhere'], /\/nowhere: there is no such file/],
    [['--config', join(folder, 'directory')], /directory cannot be read/],
  ];
  for (const [words, message] of refused) {
    const { status, stderr } = await start(words);
    assert.equal(status, 1, words.join(' '));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});
