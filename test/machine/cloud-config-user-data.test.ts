// User-data of several parts on a booted machine: a cloud-config in two pieces, scripts in their order, and
// which of them a second boot runs again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../src/sandbox/index.ts';
import { startKeelson } from './booted.ts';

const message = `Content-Type: multipart/mixed; boundary="=="
MIME-Version: 1.0

--==
Content-Type: text/cloud-config

#cloud-config
hostname: parts
write_files:
  - {path: /etc/first, content: one}

--==
Content-Type: text/x-shellscript

#!/bin/sh -e
# Only bash knows this.
[[ -e /etc/first && -e /etc/second ]]
echo once >>/var/log/scripts

--==
Content-Type: text/x-shellscript-per-boot; charset="utf-8"
Content-Transfer-Encoding: base64

${Buffer.from('#!/usr/bin/env sh\necho boot >>/var/log/scripts\n').toString('base64')}
--==
Content-Type: text/cloud-config
Content-Transfer-Encoding: base64

${Buffer.from('#cloud-config\nhostname: not-this-one\nwrite_files:\n  - {path: /etc/second, content: two}\n').toString('base64')}
--==--
`;

let cluster: Cluster;
const machine = () => cluster.machine('m1');
const said = async (...argv: string[]) => (await machine().exec(argv, { accept: 'any' })).stdout.trim();
const scripts = (expected: string) =>
  machine().waitFor(async () => (await said('cat', '/var/log/scripts')) === expected, {
    what: `the scripts wrote ${JSON.stringify(expected)}`,
    hint: 'journalctl -b -u "coreos-cloudinit-*" tells more.',
  });

before(async () => {
  cluster = await startKeelson({ machines: [{ cloudConfig: message }], bootDeadlineMs: 240_000 });
});
after(() => cluster?.down());

test('all parts are applied, scripts after them and one after the other', async () => {
  await scripts('once\nboot');
  assert.equal(await said('uname', '-n'), 'parts');
  assert.equal(await said('cat', '/etc/first', '/etc/second'), 'onetwo');
});

test('a second boot runs again only what is for every boot', async () => {
  await machine().stop();
  await machine().start();
  await scripts('once\nboot\nboot');
});
