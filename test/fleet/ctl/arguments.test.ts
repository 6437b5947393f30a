import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizeArguments, resolveCommand } from '../../../src/fleet/ctl/arguments.ts';
import { commands } from '../../../src/fleet/ctl/commands.ts';
import { flagValues, globalFlags } from '../../../src/fleet/ctl/flags.ts';

function read(...words: readonly string[]) {
  const { command, given, wrong, operands } = normalizeArguments(words, commands);
  return { command: command?.name, given: Object.fromEntries(given), wrong, operands };
}

test('all forms of a flag mean the same', () => {
  const expected = {
    command: 'list-units',
    given: { full: 'true', 'no-legend': 'true', fields: 'unit' },
    wrong: [],
    operands: [],
  };
  for (const words of [
    ['list-units', '--full', '--no-legend', '--fields=unit'],
    ['list-units', '-l', '-no-legend', '-fields', 'unit'],
    ['--l', '--no-legend', '--fields', 'unit', 'list-units'],
    ['list-unit', '-full=true', '--no-legend=true', '--fields=machine', '--fields=unit'],
  ]) {
    const { given, ...rest } = read(
      ...(words[0] === 'list-unit' ? ['list-units', ...words.slice(1)] : words),
    );
    assert.deepEqual({ ...rest, given }, expected);
  }
  assert.deepEqual(read('-tunnel', 'host', 'journal', '-f', 'a', '--lines=3').given, {
    tunnel: 'host',
    follow: 'true',
    lines: '3',
  });
  assert.deepEqual(read('ssh', '-A', 'a').given, { 'forward-agent': 'true' });
});

test('commands are found behind flags and by their beginnings', () => {
  assert.equal(read('--endpoint', 'list-units', 'des', 'a').command, 'destroy');
  assert.equal(resolveCommand('c', commands).name, 'cat');
  assert.equal(resolveCommand('comp', commands).name, 'completion');
  assert.throws(() => resolveCommand('st', commands), /ambiguous: start, stop, status/);
  assert.throws(() => resolveCommand('list-machine5', commands), { hint: 'Did you mean "list-machines"?' });
  assert.equal(read().command, undefined);
});

test('words of a remote command are left alone', () => {
  assert.deepEqual(read('ssh', 'a', 'ls', '-l', '--full').operands, ['a', 'ls', '-l', '--full']);
  assert.deepEqual(read('ssh', 'a', '--ssh-port=23', 'ls', '-l'), {
    command: 'ssh',
    given: { 'ssh-port': '23' },
    wrong: [],
    operands: ['a', 'ls', '-l'],
  });
  assert.deepEqual(read('ssh', '--machine', 'abc', 'ls', '-l').operands, ['ls', '-l']);
  assert.deepEqual(read('ssh', 'a', '--', 'ls', '--', '-l').operands, ['a', 'ls', '--', '-l']);
});

test('what is unknown, or lacks its value, is handed on', () => {
  assert.deepEqual(read('start', '--frob', '-x', 'a').wrong, ['--frob', '-x']);
  assert.deepEqual(read('start', 'a', '--timeout').wrong, ['--timeout']);
  assert.deepEqual(read('start', '--', '--a.service').operands, ['--a.service']);
});

test('no words make it throw anything but a usage error', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--', '-', '--x=', 'start', '-l', '--fields', 'ssh', '=', '--='),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      try {
        normalizeArguments(words, commands);
      } catch (error) {
        assert.match(String(error), /There is no command|is ambiguous/);
      }
    }),
  );
});

test('command line over environment over fallback', () => {
  const values = (given: Record<string, string>, environment: Record<string, string>) =>
    flagValues(globalFlags, new Map(Object.entries(given)), environment);
  assert.equal(values({}, {}).text('endpoint'), 'unix:///run/fleet.sock');
  assert.equal(values({}, { FLEETCTL_ENDPOINT: 'http://a' }).text('endpoint'), 'http://a');
  assert.equal(
    values({ endpoint: 'http://b' }, { FLEETCTL_ENDPOINT: 'http://a' }).text('endpoint'),
    'http://b',
  );
  assert.equal(values({}, { FLEETCTL_ENDPOINT: '' }).text('endpoint'), 'unix:///run/fleet.sock');
  assert.equal(
    values({ 'strict-host-key-checking': 'false' }, { FLEETCTL_STRICT_HOST_KEY_CHECKING: 'true' }).bool(
      'strict-host-key-checking',
    ),
    false,
  );
  assert.equal(values({ 'etcd-cafile': 'x' }, {}).text('ca-file'), 'x');
  assert.throws(() => values({}, { FLEETCTL_DEBUG: 'maybe' }), /FLEETCTL_DEBUG must be true or false/);
  assert.throws(() => values({ 'ssh-timeout': '-1' }, {}), /--ssh-timeout must be a number/);
});
