import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cluster } from './cluster.ts';

const text = '[Service]\nExecStart=/bin/sleep 1000\n';

test('drop-ins beside a file go along, count as drift, and are replaced', async () => {
  await using c = await cluster();
  const write = (path: string, content: string) => {
    mkdirSync(join(c.folder, path, '..'), { recursive: true });
    writeFileSync(join(c.folder, path), content);
  };
  write('a.service', text);
  write('a.service.d/10-nice.conf', '# why\n[Service]\nNice=5\n');
  write('a.service.d/README', 'not a drop-in');
  assert.equal((await c.fleetctl('start', 'a')).status, 0);
  const shown = `# a.service\n${text}\n# a.service.d/10-nice.conf\n[Service]\nNice=5\n`;
  assert.equal((await c.fleetctl('cat', 'a')).stdout, shown);
  assert.deepEqual(await c.fleetctl('start', 'a'), { status: 0, stdout: '', stderr: '' });

  write('a.service.d/10-nice.conf', '[Service]\nNice=6\n');
  assert.match((await c.fleetctl('start', 'a')).stderr, /differs from local unit file/);
  assert.equal((await c.fleetctl('start', '--replace', 'a')).status, 0);
  assert.match((await c.fleetctl('cat', 'a')).stdout, /Nice=6/);

  write('bare/a.service', text);
  assert.equal((await c.fleetctl('start', '--replace', 'bare/a.service')).status, 0);
  assert.equal((await c.fleetctl('cat', 'a')).stdout, text, 'a file without drop-ins takes them away');

  write('b.service', text);
  write('b.service.d/bad name.conf', '[Service]\nNice=5\n');
  const refused = await c.fleetctl('submit', 'b');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /invalid drop-in name "bad name\.conf"/);
});

test('an instance has its own drop-ins over those of its template', async () => {
  await using c = await cluster();
  const write = (path: string, value: string) => {
    mkdirSync(join(c.folder, path, '..'), { recursive: true });
    writeFileSync(join(c.folder, path), `[Service]\nNice=${value}\n`);
  };
  writeFileSync(join(c.folder, 'w@.service'), text);
  write('w@.service.d/10-both.conf', '1');
  write('w@.service.d/20-all.conf', '2');
  write('w@7.service.d/10-both.conf', '7');
  const nices = async (name: string) =>
    [...(await c.fleetctl('cat', name)).stdout.matchAll(/Nice=(\d)/g)].map((match) => match[1]);
  assert.equal((await c.fleetctl('start', 'w@7', 'w@8')).status, 0);
  assert.deepEqual(await nices('w@7'), ['7', '2']);
  assert.deepEqual(await nices('w@8'), ['1', '2']);
  assert.equal((await c.fleetctl('destroy', 'w@7', 'w@8')).status, 0);
  // The same from the template in the cluster.
  assert.equal((await c.fleetctl('submit', 'w@.service')).status, 0);
  mkdirSync(join(c.folder, 'elsewhere'));
  assert.equal((await c.fleetctl('start', 'elsewhere/w@8.service')).status, 0);
  assert.deepEqual(await nices('w@8'), ['1', '2']);
});
