import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DropInFiles } from '../../../src/fleet/agent/drop-in-files.ts';
import { machineFiles } from '../../../src/fleet/files.ts';

test('our drop-ins come and go beside those of others', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'drop-ins-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'a.service.d');
  const files = new DropInFiles(machineFiles, root);
  const one = { name: '10-a.conf', text: '[Service]\nNice=1\n' };
  const two = { name: '20-b.conf', text: '[Service]\nNice=2\n' };

  assert.equal(await files.replace('a.service', [two, one]), undefined);
  assert.deepEqual(await files.list('a.service'), [one, two]);
  assert.equal(await files.replace('a.service', [two]), undefined);
  assert.deepEqual(readdirSync(folder), ['20-b.conf']);
  assert.ok(readFileSync(join(folder, '20-b.conf'), 'utf8').endsWith(two.text));
  assert.equal(await files.remove('a.service'), true);
  assert.deepEqual(readdirSync(root), [], 'an empty folder is not left');

  mkdirSync(folder);
  writeFileSync(join(folder, '10-a.conf'), 'theirs');
  assert.equal(await files.replace('a.service', [one, two]), join(folder, '10-a.conf'));
  assert.deepEqual(readdirSync(folder), ['10-a.conf'], 'nothing is written when one cannot be');
  assert.equal(await files.replace('a.service', [two]), undefined);
  assert.equal(await files.remove('a.service'), true);
  assert.equal(readFileSync(join(folder, '10-a.conf'), 'utf8'), 'theirs');
  assert.equal(await files.remove('a.service'), false);
});
