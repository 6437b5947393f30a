// cloud-config/schema.json, as an editor uses it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { homeDirectory } from '../../../src/host/index.ts';

const folder = join(homeDirectory(), 'cloud-config');
const schema = JSON.parse(readFileSync(join(folder, 'schema.json'), 'utf8'));
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
const accepts = (yaml: string): boolean => validate(parse(yaml, { version: '1.1' }));

test('both spellings of a key are right, and no third', () => {
  for (const key of ['ssh_authorized_keys', 'ssh-authorized-keys', 'ssh-authorized_keys']) {
    assert.ok(accepts(`${key}: [x]`), key);
  }
  assert.ok(accepts('coreos: {update: {reboot-strategy: off}, units: [{name: a.service, drop-ins: []}]}'));
  assert.ok(!accepts('ssh_authorised_keys: [x]'));
  assert.ok(!accepts('coreos: {units: [{name: a.service, drop-ins: {}}]}'));
  assert.ok(!accepts('coreos: {update: {reboot-strategy: best-effort}}'));
  assert.ok(!accepts('coreos: {locksmith: {window-start: "25:00"}}'));
});

test('the examples are right', () => {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(file)) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    assert.ok(accepts(text), `${file}: ${JSON.stringify(validate.errors)}`);
  }
});

test('every key has a description, and every example is right', () => {
  const visit = (part: { [key: string]: unknown }, path: string): void => {
    assert.equal(typeof part.description, 'string', path);
    const { examples, properties, items } = part;
    if (Array.isArray(examples)) {
      const check = new Ajv({ strict: false }).compile(part);
      for (const example of examples) assert.ok(check(example), `${path}: ${JSON.stringify(example)}`);
    }
    if (typeof properties === 'object') {
      for (const [key, inner] of Object.entries(properties ?? {})) visit(inner, `${path}.${key}`);
    }
    if (typeof items === 'object' && items !== null && 'properties' in items) {
      visit({ ...items }, `${path}[]`);
    }
  };
  visit(schema, '');
});
