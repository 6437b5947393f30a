// The command itself, as a process: flags, exit statuses, what it prints.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseFlags } from '../../../src/cloud-config/ctl/flags.ts';
import { homeDirectory, run } from '../../../src/host/index.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const command = (...args: string[]) =>
  run(process.execPath, [join(homeDirectory(), 'src/coreos-cloudinit.ts'), ...args], { accept: 'any' });

async function validate(content: string | Uint8Array, ...args: string[]) {
  const path = join(folder, 'user-data');
  await writeFile(path, content);
  return command('--validate', `--from-file=${path}`, ...args);
}

test('flags are read as in Go', () => {
  const flags = parseFlags(['-validate', '--from-file', 'a', '-oem=gce', '--json=false']);
  assert.deepEqual(
    [...flags],
    [
      ['validate', 'true'],
      ['from-file', 'a'],
      ['oem', 'gce'],
      ['json', 'false'],
    ],
  );
  assert.throws(() => parseFlags(['--from-fiel=x']), /no flag --from-fiel/);
  assert.throws(() => parseFlags(['x']), /Unexpected argument/);
  assert.throws(() => parseFlags(['--from-file']), /needs a value/);
});

test('wrong use ends with 2 and says what to do', async () => {
  for (const [args, pattern] of [
    [[], /No source/],
    [['--from-fiel=x'], /Did you mean --from-file/],
    [['--from-ec2-metadata=ftp://x'], /"ftp:..x" is not an http or https URL/],
    [['--oem=mars'], /ec2-compat/],
  ] as const) {
    const { status, stderr } = await command(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, pattern);
  }
  assert.match((await command('--version')).stdout, /^coreos-cloudinit \d/);
  assert.equal((await command('-h')).status, 0);
});

test('a finding has its line, place, caret, expectation and advice', async () => {
  const { stderr, status } = await validate(
    '#cloud-config\nhostname: a\nwrite_files:\n  - path: /a\n    permissions: 384\n',
  );
  assert.equal(status, 1);
  assert.equal(
    stderr,
    `line 5: error: invalid value 384
  at ${folder}/user-data:5:18
  5 |     permissions: 384
    |                  ^^^
  expected a mode in octal, as "0644"
  Perhaps "0600", which is 384 in decimal.
`,
  );
});

test('warnings alone are no failure unless --strict', async () => {
  const text = '#cloud-config\nhostnme: a\n';
  assert.equal((await validate(text)).status, 0);
  assert.equal((await validate(text, '--strict')).status, 1);
  const { stdout } = await validate(text, '--json');
  assert.deepEqual(JSON.parse(stdout).findings, [
    {
      file: `${folder}/user-data`,
      line: 2,
      column: 1,
      kind: 'warning',
      message: 'unrecognized key "hostnme"',
      hint: 'Did you mean "hostname"?',
      applied: true,
    },
  ]);
});

test('every kind of user-data is told from the others', async () => {
  const clean = [
    '',
    '#!/bin/sh\n',
    '#cloud-config \nhostname: a\n',
    '{"ignition":{"version":"3.0.0"}}',
    gzipSync('#cloud-config\n'),
  ];
  for (const text of clean) assert.equal((await validate(text)).status, 0, String(text));
  for (const [text, pattern] of [
    ['\n#cloud-config\n', /must be exactly "#cloud-config"/],
    ['\uFEFF#cloud-config\n', /byte order mark/],
    ['hostname: a\n', /line 1: error: must be "#cloud-config" or begin with "#!"/],
    ['#cloud-config\njust text\n', /incorrect type for ""/],
    [gzipSync('#cloud-config\n'.repeat(50)).subarray(0, 30), /cut off/],
    [Buffer.from([0x23, 0xff, 0xfe]), /not UTF-8/],
  ] as const) {
    const { status, stderr } = await validate(text);
    assert.equal(status, 1);
    assert.match(stderr, pattern);
  }
});

test('with --json an Ignition config is told as JSON as well', async () => {
  const { status, stdout } = await validate('{"ignition":{"version":"3.0.0"}}', '--json');
  assert.equal(status, 0);
  assert.match(JSON.parse(stdout).message, /^The user-data is an Ignition config/);
});

test('detection that finds nothing is no failure, and names what it found otherwise', async () => {
  const root = join(folder, 'machine');
  const seed = join(root, 'seed');
  await mkdir(seed, { recursive: true });
  await mkdir(join(root, 'proc'));
  const none = await command('--detect', `--detect-root=${root}`);
  assert.equal(none.status, 0, none.stderr);
  assert.match(none.stdout, /^Nothing on this machine speaks for a source/);
  await writeFile(join(seed, 'user-data'), '#cloud-config\nhostname: a\n');
  await writeFile(join(root, 'proc/cmdline'), `quiet ds=nocloud;s=${seed}\n`);
  const { status, stderr } = await command('--detect', `--detect-root=${root}`, '--validate');
  assert.equal(status, 0, stderr);
  assert.equal(
    stderr,
    `Source: nocloud (${seed}), because the kernel command line says ds=nocloud;s=${seed}.\n`,
  );
});
