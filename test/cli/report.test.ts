import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliErrors, describeError, nearest } from '../../src/cli/index.ts';

test('an expected failure is its sentence, its hint and its exit status', () => {
  const error = cliErrors.error('usage', 'There is no flag --fo.', { hint: 'Did you mean --foo?' });
  assert.deepEqual(describeError('fleetctl', error), {
    text: 'fleetctl: There is no flag --fo.\nDid you mean --foo?\n',
    exit: 2,
  });
});

test('a defect of ours says so and shows where', () => {
  const { text, exit } = describeError('fleetctl', new TypeError('x is not a function'));
  assert.match(
    text,
    /^fleetctl: internal error, please report it\.\nTypeError: x is not a function\n {4}at /,
  );
  assert.equal(exit, 70);
});

test('the nearest known word is offered only when it is near', () => {
  const known = ['hostname', 'write_files', 'users', 'coreos'];
  assert.equal(nearest('write_file', known), 'write_files');
  assert.equal(nearest('Hostnmae', known), 'hostname');
  assert.equal(nearest('network', known), undefined);
});
