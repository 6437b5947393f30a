// The command with a source on the web: user-data and metadata count each for itself.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { scratch } from '../apply/scratch.ts';
import { answer, notFound, ok, serve } from '../sources/serve.ts';

const command = (...args: string[]) =>
  run(process.execPath, [join(homeDirectory(), 'src/coreos-cloudinit.ts'), ...args], { accept: 'any' });

const config = '#cloud-config\nwrite_files:\n  - path: /etc/a\n    content: $private_ipv4\n';

test('wrong metadata keep nothing of the user-data from being applied, and the status is 1', async () => {
  await using machine = await scratch();
  const { root } = machine;
  await using server = await serve(({ path, method }) => {
    if (method === 'PUT') return answer('405 Method Not Allowed');
    if (path === '/2009-04-04/') return ok('meta-data\nuser-data');
    if (path === '/2009-04-04/user-data') return ok(config);
    if (path === '/2009-04-04/meta-data/public-keys') return ok('not a list');
    return path === '/2009-04-04/meta-data/local-ipv4' ? ok('10.0.0.1') : notFound();
  });
  const { status, stderr } = await command(`--from-ec2-metadata=${server.base}`, `--root=${root}`);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /meta-data\/public-keys has a line that is not ID=NAME: "not a list"\./);
  assert.doesNotMatch(stderr, /failed/);
  assert.equal(await readFile(join(root, 'etc/a'), 'utf8'), '10.0.0.1');
  assert.match(await readFile(join(root, 'etc/environment'), 'utf8'), /COREOS_PRIVATE_IPV4=10\.0\.0\.1/);
  const again = [`--from-ec2-metadata=${server.base}`, `--root=${root}`, '--dry-run', '--ignore-failure'];
  assert.equal((await command(...again)).status, 1);
});

test('keys that a service refuses to tell stay; those that it does not have any more go', async () => {
  await using machine = await scratch();
  const { root } = machine;
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbhuXqXh8wJmfnQ6Tu3CX6D5kSGVMcH5Rk2XNDjWG1S a';
  let keys = ok(JSON.stringify({ hostname: 'droplet', public_keys: [key] }));
  await using server = await serve(({ path }) => {
    if (path === '/metadata/v1' || path === '/metadata/v1/user-data') return ok('#cloud-config\n{}\n');
    return path === '/metadata/v1.json' ? keys : notFound();
  });
  const authorized = () => readFile(join(root, 'home/core/.ssh/authorized_keys'), 'utf8');
  const apply = () => command(`--from-digitalocean-metadata=${server.base}`, `--root=${root}`);
  assert.equal((await apply()).status, 0);
  assert.match(await authorized(), /AAAAC3/);
  keys = answer('403 Forbidden');
  const refused = await apply();
  assert.equal(refused.status, 0);
  assert.match(refused.stderr, /v1\.json answered 403 Forbidden; it counts as empty/);
  assert.match(await authorized(), /AAAAC3/);
  keys = ok('{}');
  assert.equal((await apply()).status, 0);
  assert.doesNotMatch(await authorized(), /AAAAC3/);
});

test('without user-data the metadata are applied, and the status is 0', async () => {
  await using server = await serve(({ path }) => {
    if (path === '/metadata/v1') return ok('id');
    return path === '/metadata/v1.json' ? ok('{"hostname":"droplet"}') : notFound();
  });
  const { status, stdout } = await command(
    ...[`-from-digitalocean-metadata=${server.base}`, '-dry-run', '-json', '-root=/nonexistent'],
  );
  assert.equal(status, 0);
  const { findings, plan } = JSON.parse(stdout);
  assert.deepEqual(findings, []);
  assert.ok(plan.some(({ hostname }: { hostname?: string }) => hostname === 'droplet'));
});

const vendor =
  '#cloud-config\nmanage_etc_hosts: maybe\nwrite_files:\n  - path: /etc/vendor\n    content: v\n';

test("what is wrong with the vendor's part is told, and the status is 0", async () => {
  await using server = await serve(({ path }) => {
    if (path === '/openstack/latest/meta_data.json') return ok('{}');
    if (path === '/openstack/latest/vendor_data.json') return ok(JSON.stringify({ 'cloud-init': vendor }));
    return path === '/openstack/latest/user_data' ? ok('#cloud-config\nhostname: a\n') : notFound();
  });
  const where = [`--from-openstack-metadata=${server.base}`, '--root=/nonexistent'];
  const { status, stderr, stdout } = await command(...where, '--dry-run');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /at vendor-data:2:/);
  assert.match(stdout, /\/etc\/vendor/);
});

test("the original's sources have no vendor's part", async () => {
  await using server = await serve(({ path }) => {
    if (path === '/metadata/v1') return ok('id');
    return path === '/metadata/v1/vendor-data' ? ok(vendor) : notFound();
  });
  const where = [`--from-digitalocean-metadata=${server.base}`, '--root=/nonexistent'];
  const { status, stderr, stdout } = await command(...where, '--dry-run');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout, /\/etc\/vendor/);
  assert.ok(!server.paths().includes('GET /metadata/v1/vendor-data'));
});
