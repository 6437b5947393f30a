// Any cloud-config that there is nothing to say against applies as a whole, is settled afterwards, and applied
// once more changes nothing.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPlan, isSettled } from '../../../src/cloud-config/index.ts';
import { facts, key, planOf } from '../planning.ts';
import { scratch } from './scratch.ts';

const some = <Value>(value: fc.Arbitrary<Value>, maxLength = 2) => fc.array(value, { maxLength });
const maybe = <Shape extends object>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }) =>
  fc.record(shape, { requiredKeys: [] });

const line = fc.constantFrom(
  'a',
  'two words',
  'é',
  '"q"',
  "it's",
  '100%',
  '$HOME',
  '\\n',
  '0644',
  'yes',
  '#x',
  ' ',
);
const text = fc.oneof(line, fc.constantFrom('', 'a\nb\n', '\n', '[Unit]\n'));
const unitName = fc.constantFrom('u.service', 'v@1.service', 'w.network', 'x.socket', 'u.service.d/1.conf');
const name = fc.constantFrom('bob', 'eve', 'a.b', 'dan_1');

const unit = fc
  .tuple(
    unitName,
    maybe({
      content: text,
      runtime: fc.boolean(),
      'drop-ins': some(fc.record({ name: fc.constantFrom('1.conf', 'é x.conf'), content: text }), 1),
    }),
    fc.constantFrom('start', 'stop', 'restart', undefined),
  )
  .map(([unitIs, more, command]) => ({
    name: unitIs,
    ...more,
    ...(command !== undefined && ['u.service', 'x.socket'].includes(unitIs) ? { command } : {}),
  }));

const user = fc
  .tuple(
    name,
    maybe({
      passwd: fc.constantFrom('$6$a$b', '*', '!'),
      gecos: fc.constantFrom('B', 'B "C" D', 'é'),
      'no-create-home': fc.boolean(),
      groups: fc.constantFrom('adm', ['adm', 'ops'], 'adm, sudo'),
      system: fc.boolean(),
      shell: fc.constantFrom('/bin/sh', '/bin/false'),
      lock_passwd: fc.boolean(),
      sudo: fc.constantFrom('ALL=(ALL) NOPASSWD:ALL', false, ['ALL=(root) /bin/ls', 'ALL = ALL']),
    }),
    fc.boolean(),
  )
  .map(([nameIs, more, keys]) => ({
    name: nameIs,
    ...more,
    ...(keys && more['no-create-home'] !== true ? { 'ssh-authorized-keys': [key] } : {}),
  }));

const file = fc
  .tuple(
    fc.constantFrom('/etc/f', '/etc/d/g', '/srv/h', '/../i', '/etc/environment'),
    maybe({
      content: text,
      permissions: fc.constantFrom('0644', '0600', '4755', 755),
      owner: fc.constantFrom('root', ':adm', '0:4', '12:'.slice(0, 2)),
      append: fc.boolean(),
      defer: fc.boolean(),
    }),
  )
  .map(([path, more]) => ({ path, ...more }));

const config = maybe({
  hostname: fc.constantFrom('n1', 'web-1.example.org'),
  groups: fc.constantFrom(['ops'], { ops: [] }, 'ops'),
  users: fc.uniqueArray(user, { maxLength: 2, selector: (one) => one.name }),
  'ssh-authorized-keys': some(fc.constantFrom(key, key.replace('Jnj1', 'Jnj2'))),
  'write-files': some(file, 3),
  'manage-etc-hosts': fc.constant('localhost'),
  timezone: fc.constantFrom('Etc/UTC', 'Europe/Berlin'),
  locale: fc.constantFrom('C.UTF-8', 'de_DE.UTF-8'),
  ntp: maybe({ servers: some(fc.constantFrom('a.example', '1.2.3.4')), enabled: fc.boolean() }),
  coreos: maybe({
    units: fc.uniqueArray(unit, { maxLength: 3, selector: (one) => one.name }),
    etcd2: maybe({
      name: line,
      'heartbeat-interval': fc.integer({ min: 0, max: 2 ** 31 }),
      debug: fc.boolean(),
    }),
    fleet: maybe({
      metadata: line,
      'etcd-request-timeout': fc.double({ noNaN: true, noDefaultInfinity: true }),
    }),
    flannel: maybe({ 'etcd-prefix': line, interface: line }),
    locksmith: maybe({ 'window-start': fc.constantFrom('Thu 04:00', '4:05') }),
    update: maybe({
      'reboot-strategy': fc.constantFrom('off', 'reboot', 'etcd-lock'),
      group: fc.constant('beta'),
    }),
    oem: maybe({ id: line, name: line, 'version-id': line }),
  }),
});

test('a config that validates applies, is settled then, and applies once', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(config, async (data) => {
      await using machine = await scratch(['u.service', 'v@1.service', 'x.socket']);
      for (const zone of ['Etc/UTC', 'Europe/Berlin']) {
        const path = join(machine.root, 'usr/share/zoneinfo', zone);
        await mkdir(join(path, '..'), { recursive: true });
        await writeFile(path, '');
      }
      const body = JSON.stringify({ ...data, groups: data.groups ?? ['ops'] });
      const { operations, findings } = await planOf(body, undefined, { ...facts, hostname: 'n0' });
      assert.deepEqual(
        findings.filter(({ kind }) => kind === 'error'),
        [],
        body,
      );
      const first = await applyPlan(operations, machine.machine());
      assert.deepEqual(
        first.filter(({ outcome }) => outcome.result === 'failed'),
        [],
        body,
      );
      const next = machine.machine();
      const open = [];
      for (const operation of operations) if (!(await isSettled(operation, next))) open.push(operation);
      assert.deepEqual(open, [], body);
      const second = await applyPlan(operations, next);
      assert.deepEqual(
        second.filter(({ outcome }) => outcome.result !== 'unchanged'),
        [],
        body,
      );
    }),
    { numRuns: Number(process.env.RUNS ?? 15) },
  );
});
