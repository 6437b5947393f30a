// coreos.units, and what update and the services ask of units: where each file goes, what is asked of systemd.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, planOf, short } from '../planning.ts';

const cases: Readonly<
  Record<string, readonly [body: string, operations: readonly string[], findings?: readonly string[]]>
> = {
  'a unit in /etc, enabled and started': [
    '{name: a.service, content: "[Service]\\n", enable: true, command: start}',
    [
      'write /etc/systemd/system/a.service 0644 "[Service]\\n"',
      'enable a.service',
      'reload-manager',
      'start a.service',
    ],
  ],
  'a unit in /run': [
    '{name: a.service, runtime: true, content: x, enable: true}',
    ['write /run/systemd/system/a.service 0644 "x"', 'enable a.service runtime', 'reload-manager'],
  ],
  'runtime without content takes a mask away': [
    '{name: a.service, runtime: true, command: restart}',
    ['unmask /run/systemd/system/a.service', 'reload-manager', 'restart a.service'],
  ],
  'no content, no file': ['{name: a.service, command: stop}', ['stop a.service']],
  'mask wins over content': [
    '{name: a.service, mask: true, content: x}',
    ['mask /etc/systemd/system/a.service', 'reload-manager'],
    ['warning: a.service is masked: its content is not written'],
  ],
  'a mask until the next boot': [
    '{name: a.service, mask: true, runtime: true, command: stop}',
    ['mask /run/systemd/system/a.service', 'reload-manager', 'stop a.service'],
  ],
  'drop-ins beside the unit': [
    '{name: a.service, drop-ins: [{name: 1.conf, content: x}, {name: 2.conf, content: ""}]}',
    ['write /etc/systemd/system/a.service.d/1.conf 0644 "x"', 'reload-manager'],
  ],
  'drop-ins in /run': [
    '{name: a.service, runtime: true, drop_ins: [{name: 1.conf, content: x}]}',
    [
      'write /run/systemd/system/a.service.d/1.conf 0644 "x"',
      'unmask /run/systemd/system/a.service',
      'reload-manager',
    ],
  ],
  'a name with a slash is a drop-in': [
    '{name: docker.service.d/10-x.conf, content: x}',
    ['write /etc/systemd/system/docker.service.d/10-x.conf 0644 "x"', 'reload-manager'],
  ],
  'files of networkd and udev': [
    '{name: 00-eth.network, content: x}, {name: b.netdev, runtime: true, content: y}, {name: c.link, content: z}',
    [
      'write /etc/systemd/network/00-eth.network 0644 "x"',
      'write /run/systemd/network/b.netdev 0644 "y"',
      'write /etc/systemd/network/c.link 0644 "z"',
      'reload-network',
    ],
  ],
  'a network file is neither enabled nor started': [
    '{name: a.network, content: x, enable: true, command: start}',
    ['write /etc/systemd/network/a.network 0644 "x"', 'reload-network'],
    ['warning: a.network cannot be enabled'],
  ],
  'drop-ins of a network file': [
    '{name: a.network, drop_ins: [{name: 1.conf, content: x}]}',
    ['write /etc/systemd/network/a.network.d/1.conf 0644 "x"', 'reload-network'],
  ],
  'templates, instances, escapes and mounts': [
    '{name: a@.service, content: x}, {name: a@b.service, command: start}, {name: "var-lib-a\\\\x2db.mount", content: y}',
    [
      'write /etc/systemd/system/a@.service 0644 "x"',
      'write /etc/systemd/system/var-lib-a\\x2db.mount 0644 "y"',
      'reload-manager',
      'start a@b.service',
    ],
  ],
  'another file of the unit folder is written, and told': [
    '{name: foo, content: x}, {name: multi-user.target.wants/a.service, content: y}',
    [
      'write /etc/systemd/system/foo 0644 "x"',
      'write /etc/systemd/system/multi-user.target.wants/a.service 0644 "y"',
      'reload-manager',
    ],
    [
      'warning: "foo" is not the name of a unit: systemd does not read it',
      'warning: "multi-user.target.wants/a.service" is not the name of a unit: systemd does not read it',
    ],
  ],
  'what is no unit cannot be started': [
    '{name: foo, content: x, command: start}, {name: bar, command: start}',
    ['write /etc/systemd/system/foo 0644 "x"', 'reload-manager'],
    [
      'error: invalid unit name "foo"; only its file is written',
      'error: invalid unit name "bar"; the unit is left out',
    ],
  ],
  'nothing leaves the folder': [
    '{name: ../../cron.d/x, content: x}, {name: a.service/../../x, content: x}, {name: a.service, drop_ins: [{name: ../x.conf, content: x}]}',
    [],
    [
      'error: invalid unit name "../../cron.d/x"; the unit is left out',
      'error: invalid unit name "a.service/../../x"; the unit is left out',
      'error: invalid drop-in name "../x.conf"',
    ],
  ],
  'a drop-in that systemd does not read': [
    '{name: a.service, drop_ins: [{name: x, content: y}]}',
    ['write /etc/systemd/system/a.service.d/x 0644 "y"', 'reload-manager'],
    ['warning: systemd reads only drop-ins that end in .conf'],
  ],
  'every command': [
    ['reload', 'try-restart', 'reload-or-restart', 'reload-or-try-restart']
      .map((verb) => `{name: a.service, command: ${verb}}`)
      .join(', '),
    [
      'reload a.service',
      'try-restart a.service',
      'reload-or-restart a.service',
      'reload-or-try-restart a.service',
    ],
  ],
};

for (const [name, [units, operations, findings = []]] of Object.entries(cases)) {
  test(name, async () => {
    const plan = await planOf(`coreos: {units: [${units}]}`);
    assert.deepEqual(short(plan), operations);
    assert.deepEqual(
      lines(plan).map((line) => line.replace(/^line \d+: /, '')),
      findings,
    );
  });
}

test('the strategy of updates masks, unmasks and restarts; group and server restart the engine', async () => {
  const of = async (update: string) =>
    short(await planOf(`coreos: {update: {${update}}}`)).filter((line) => !line.startsWith('write'));
  const mask = '/run/systemd/system/locksmithd.service';
  assert.deepEqual(await of('reboot-strategy: off'), [
    `mask ${mask}`,
    'reload-manager',
    'stop locksmithd.service',
  ]);
  for (const strategy of ['reboot', 'etcd-lock']) {
    assert.deepEqual(await of(`reboot_strategy: ${strategy}`), [
      `unmask ${mask}`,
      'reload-manager',
      'restart locksmithd.service',
    ]);
  }
  assert.deepEqual(await of('group: beta'), ['restart update-engine.service']);
  assert.deepEqual(await of('server: "http://x"'), ['restart update-engine.service']);
});

test('commands keep their order: the user’s units, then those of update', async () => {
  const plan = await planOf(`coreos:
  update: {reboot_strategy: reboot, group: beta}
  units: [{name: b.service, command: start}, {name: a.service, command: stop}]
`);
  assert.deepEqual(short(plan).slice(-4), [
    'start b.service',
    'stop a.service',
    'restart locksmithd.service',
    'restart update-engine.service',
  ]);
});

test('a unit file that write_files brings is read again as well', async () => {
  const plan = await planOf(`write_files:
  - {path: /etc/systemd/system/a.service, content: x}
  - {path: /etc/systemd/network/a.network, content: x}
`);
  assert.deepEqual(short(plan).slice(-2), ['reload-manager', 'reload-network']);
});
