// Several cloud-configs, and a vendor's below them, as one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadValidator, planCloudConfig } from '../../src/cloud-config/index.ts';
import type { ConfigPart } from '../../src/cloud-config/user-data/model.ts';
import { facts, key, lines } from './planning.ts';

const config = (file: string, text: string): ConfigPart => ({
  kind: 'cloud-config',
  document: { file, text: `#cloud-config\n${text}`, line: 1, column: 1 },
});

const plan = async (user: readonly string[], vendor: readonly string[] = [], damaged = false) =>
  planCloudConfig({
    configs: user.map((text, index) => ({ ...config(`user${index}`, text), damaged })),
    vendorConfigs: vendor.map((text, index) => config(`vendor${index}`, text)),
    metadata: { sshKeys: [], addresses: {} },
    facts,
    addressOf: () => undefined,
    validator: await loadValidator(),
  });
type Planned = Awaited<ReturnType<typeof plan>>;

const files = ({ operations }: Planned) =>
  operations.flatMap((operation) =>
    operation.kind === 'write-file' ? [`${operation.path}=${operation.content}`] : [],
  );
const hostname = ({ operations }: Planned) =>
  operations.flatMap((operation) => (operation.kind === 'set-hostname' ? [operation.hostname] : []));
const keys = ({ operations }: Planned) =>
  operations.flatMap((operation) => (operation.kind === 'authorize-keys' ? operation.keys : []));

const other = key.replace('Jnj1', 'Jnj2');

test('lists are appended, keys united, the first host name counts, of other values the last', async () => {
  const result = await plan([
    `ssh_authorized_keys: ["${key}"]\nwrite_files: [{path: /a, content: "1"}]\ncoreos: {update: {group: one}}\n`,
    `hostname: first\nssh_authorized_keys: |\n  ${other}\n  ${key}\ncoreos: {update: {group: two, reboot_strategy: reboot}}\n`,
    `hostname: second\nwrite_files: [{path: /b, content: "2"}]\n`,
  ]);
  assert.deepEqual(files(result), [
    '/a=1',
    '/b=2',
    '/etc/coreos/update.conf=GROUP=two\nREBOOT_STRATEGY=reboot\n',
  ]);
  assert.deepEqual(hostname(result), ['first']);
  assert.deepEqual(keys(result), [key, other]);
  assert.deepEqual(lines(result), [
    'line 4: info: "group" is given twice; the last one counts',
    'line 2: info: "hostname" is given twice; the first one counts',
  ]);
});

test("the vendor's is below the user's", async () => {
  const result = await plan(
    [`hostname: user\nwrite_files: [{path: /a, content: user}]\n`, 'coreos: {update: {group: user}}\n'],
    [
      `hostname: vendor\nwrite_files: [{path: /v, content: vendor}]\ncoreos: {update: {group: vendor, server: "http://v"}}\n`,
    ],
  );
  assert.deepEqual(hostname(result), ['user']);
  assert.deepEqual(files(result), [
    '/v=vendor',
    '/a=user',
    '/etc/coreos/update.conf=GROUP=user\nSERVER=http://v\n',
  ]);
  assert.deepEqual(result.findings, []);
  assert.deepEqual(hostname(await plan([], ['hostname: vendor\n'])), ['vendor']);
});

test('a part that is broken costs the others nothing', async () => {
  const result = await plan([
    `ssh_authorized_keys: ["${key}"]\nwrite_files: [{path: /lost}]\nx: [\n`,
    'write_files: [{path: /kept, content: ""}]\n',
    'just text\n',
  ]);
  assert.deepEqual(files(result), ['/kept=']);
  assert.deepEqual(keys(result), [key]);
  const documents = result.findings.map(({ place }) => place?.document?.file);
  assert.ok(documents.includes('user0') && documents.includes('user2') && !documents.includes('user1'));
});

test('of what was damaged on its way only what lets people in is used', async () => {
  const text = `hostname: n\nssh_authorized_keys: ["${key}"]\nwrite_files: [{path: /a}]\n`;
  const result = await plan([text], [], true);
  assert.deepEqual([hostname(result), keys(result), files(result)], [['n'], [key], []]);
});
