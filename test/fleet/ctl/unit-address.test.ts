import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkOperands } from '../../../src/fleet/ctl/arguments.ts';
import { commands } from '../../../src/fleet/ctl/commands.ts';
import { chooseMachine } from '../../../src/fleet/ctl/ssh.ts';
import { machinesLike, unitAddress } from '../../../src/fleet/ctl/unit-address.ts';

test('a unit on one machine is told from an instance by the types in the name', () => {
  const read: Readonly<Record<string, readonly [string, string?]>> = {
    'node.service@1a2b3c4d': ['node.service', '1a2b3c4d'],
    'node.service@10.0.0.7': ['node.service', '10.0.0.7'],
    'node.service@fd00::7': ['node.service', 'fd00::7'],
    'w@1.service@1a2b': ['w@1.service', '1a2b'],
    'w@a@b.timer@ff': ['w@a@b.timer', 'ff'],
    'dir/node.service@1a2b': ['node.service', '1a2b'],
    // No unit name with its type stands before the last "@".
    'node@1a2b': ['node@1a2b.service'],
    'w@1': ['w@1.service'],
    'w@1.service': ['w@1.service'],
    'a.b@1': ['a.b@1.service'],
    'node.service@': ['node.service@.service'],
    // The whole ends in a type: an instance whose template has a dot.
    'a.service@b.service': ['a.service@b.service'],
    '.service@x': ['.service@x.service'],
  };
  for (const [argument, [name, machine]] of Object.entries(read)) {
    assert.deepEqual(
      unitAddress(argument),
      { name, ...(machine === undefined ? {} : { machine }) },
      argument,
    );
  }
});

test('a full unit name is never taken for an address', () => {
  const part = fc.stringMatching(/^[a-z0-9.@_-]{1,12}$/);
  fc.assert(
    fc.property(part, fc.constantFrom('service', 'timer', 'socket'), (part, type) => {
      assert.deepEqual(unitAddress(`${part}.${type}`), { name: `${part}.${type}` });
    }),
  );
});

test('machines by the beginning of the ID or by the whole address', () => {
  const machines = new Map([
    ['aa11', { primaryIP: '10.0.0.1' }],
    ['aa22', { primaryIP: '10.0.0.10' }],
    ['10ff', { primaryIP: 'fd00::1' }],
  ]);
  assert.deepEqual(machinesLike('aa', machines), ['aa11', 'aa22']);
  assert.deepEqual(machinesLike('AA1', machines), ['aa11']);
  assert.deepEqual(machinesLike('10.0.0.1', machines), ['aa11']);
  assert.deepEqual(machinesLike('10', machines), ['10ff']);
  assert.deepEqual(machinesLike('fd00::1', machines), ['10ff']);
  assert.deepEqual(machinesLike('', machines), []);
});

test('commands that cannot act on one machine refuse it, before they ask anybody', () => {
  const check = (name: string, ...operands: readonly string[]) => {
    const command = commands.find((candidate) => candidate.name === name);
    assert.ok(command !== undefined);
    checkOperands(command, operands);
  };
  for (const name of ['stop', 'start', 'load', 'unload', 'destroy', 'submit', 'cat']) {
    assert.throws(() => check(name, 'node.service@1a2b'), {
      message: `${name} concerns node.service on all its machines: name it without "@1a2b".`,
      hint: 'An instance is named with its type: "node.service@1a2b.service".',
    });
    check(name, 'w@1');
  }
  for (const name of ['status', 'journal', 'ssh']) check(name, 'node.service@1a2b');
});

test('ssh to a global unit asks for a machine', () => {
  const unit = {
    name: 'g.service',
    desiredState: 'launched',
    global: true,
    hash: '',
    states: [],
    assignments: [],
  } as const;
  assert.throws(() => chooseMachine('g', unit, new Map()), { hint: /g\.service@MACHINE/ });
});
