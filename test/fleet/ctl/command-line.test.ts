// fleetctl's command line, row by row, as the references of fleet 0.11 and 1.0 give it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeArguments, resolveCommand } from '../../../src/fleet/ctl/arguments.ts';
import { type Command, commands } from '../../../src/fleet/ctl/commands.ts';
import { environmentName, type Flag, flagValues, globalFlags } from '../../../src/fleet/ctl/flags.ts';

/** A flag of fleet: its name, `bool` or its value, what it is without being given, other spellings. */
type Row = readonly [
  name: string,
  kind: 'bool' | 'text' | 'number',
  fallback?: string | undefined,
  also?: string,
];

const globals: readonly Row[] = [
  // fleet says /var/run, which is a link to /run on every system that has systemd.
  ['endpoint', 'text', 'unix:///run/fleet.sock'],
  ['driver', 'text', 'API'],
  ['etcd-key-prefix', 'text'],
  ['request-timeout', 'number', '30'],
  ['tunnel', 'text'],
  ['ssh-username', 'text', 'core'],
  ['ssh-timeout', 'number', '10'],
  ['strict-host-key-checking', 'bool', 'true'],
  ['known-hosts-file', 'text', '~/.fleetctl/known_hosts'],
  ['ca-file', 'text'],
  ['cert-file', 'text'],
  ['key-file', 'text'],
  ['debug', 'bool'],
  ['version', 'bool', undefined, 'v'],
  ['help', 'bool', undefined, 'h'],
  ['experimental-api', 'bool'],
];
const block: readonly Row[] = [
  ['no-block', 'bool'],
  ['block-attempts', 'number'],
];
const create: readonly Row[] = [...block, ['replace', 'bool'], ['sign', 'bool']];
const list = (fields: string): readonly Row[] => [
  ['full', 'bool', undefined, 'l'],
  ['no-legend', 'bool'],
  ['fields', 'text', fields],
];
const port: Row = ['ssh-port', 'number', '22'];
const ofCommands: Readonly<Record<string, readonly Row[]>> = {
  submit: create.slice(2),
  load: create,
  start: create,
  stop: block,
  unload: block,
  restart: block.slice(1),
  destroy: block,
  cat: [],
  'list-machines': list('machine,ip,metadata'),
  'list-unit-files': list('unit,hash,dstate,state,target'),
  'list-units': list('unit,machine,active,sub'),
  status: [port, ['no-block', 'bool']],
  journal: [
    ['lines', 'number', '10'],
    ['follow', 'bool', undefined, 'f'],
    ['output', 'text', 'short'],
    ['sudo', 'bool'],
    port,
  ],
  ssh: [['machine', 'text'], ['unit', 'text'], ['forward-agent', 'bool', undefined, 'A'], port],
  'fd-forward': [],
  verify: [],
  version: [],
  help: [],
};

/** The value of a flag in these words. */
function value(words: readonly string[], name: string, environment: Readonly<Record<string, string>> = {}) {
  const { command, given, wrong, operands } = normalizeArguments(words, commands);
  assert.deepEqual(wrong, [], words.join(' '));
  const flags: readonly Flag[] = [...globalFlags, ...(command?.flags ?? [])];
  return { text: flagValues(flags, given, environment).text(name), command: command?.name, operands };
}

const sample = { text: 'some=text', number: '7', bool: 'true' } as const;

/** All spellings that set the flag to what `sample` has for its kind. */
function spellings([name, kind, , also]: Row): string[][] {
  return [name, ...(also === undefined ? [] : [also])].flatMap((spelled) =>
    ['-', '--'].flatMap((dashes) => {
      const flag = `${dashes}${spelled}`;
      const own = sample[kind];
      return kind === 'bool'
        ? [[flag], [`${flag}=true`], [`${flag}=1`], [`${flag}=T`]]
        : [[`${flag}=${own}`], [flag, own]];
    }),
  );
}

test('every flag, with one dash or two, "=" or a blank, before and after its command and its arguments', () => {
  let seen = 0;
  for (const [name, own] of Object.entries(ofCommands)) {
    for (const row of [...globals, ...own]) {
      const [flag, kind, fallback] = row;
      const where = `${name} --${flag}`;
      assert.equal(value([name, 'x'], flag).text, fallback, `${where}: without it`);
      for (const words of spellings(row)) {
        for (const line of [
          [...words, name, 'x'],
          [name, ...words, 'x'],
          // What follows the first argument of ssh is another's command line.
          ...(name === 'ssh' ? [] : [[name, 'x', ...words]]),
        ]) {
          const found = value(line, flag);
          const expected = kind === 'bool' ? /^(true|1|T)$/ : new RegExp(`^${sample[kind]}$`);
          assert.match(found.text ?? '', expected, line.join(' '));
          assert.equal(found.command, name, line.join(' '));
          assert.deepEqual(found.operands, ['x'], line.join(' '));
          seen++;
        }
      }
      if (kind === 'bool') assert.equal(value([name, `--${flag}=false`], flag).text, 'false', where);
      // The last one counts.
      const twice = kind === 'bool' ? [`--${flag}`, `--${flag}=0`] : [`--${flag}=1`, `--${flag}=2`];
      assert.equal(value([name, ...twice], flag).text, kind === 'bool' ? '0' : '2', where);
      // Behind "--" it is an argument like any other.
      assert.deepEqual(value([name, 'x', '--', `--${flag}`], flag), {
        text: fallback,
        command: name,
        operands: ['x', `--${flag}`],
      });
    }
  }
  assert.ok(seen > 2_000, `only ${seen} spellings were tried`);
});

test('every global flag has its variable, which the command line wins over; an empty one is not set', () => {
  for (const [flag, kind, fallback] of globals) {
    const variable = `FLEETCTL_${flag.toUpperCase().replaceAll('-', '_')}`;
    assert.equal(environmentName(flag), variable);
    const other = kind === 'bool' ? 'false' : '9';
    const own = sample[kind];
    assert.equal(value(['list-units'], flag, { [variable]: own }).text, own, variable);
    assert.equal(value(['list-units'], flag, { [variable]: '' }).text, fallback, variable);
    assert.equal(value(['list-units', `--${flag}=${other}`], flag, { [variable]: own }).text, other);
  }
});

test('flags of a command have no variable', () => {
  for (const [name, own] of Object.entries(ofCommands)) {
    for (const [flag, kind, fallback] of own) {
      assert.equal(value([name], flag, { [environmentName(flag)]: sample[kind] }).text, fallback);
    }
  }
});

test('old names of flags mean the new ones, which win over them', () => {
  for (const [old, flag] of [
    ['etcd-cafile', 'ca-file'],
    ['etcd-certfile', 'cert-file'],
    ['etcd-keyfile', 'key-file'],
  ] as const) {
    assert.equal(value([`--${old}=a`, 'list-units'], flag).text, 'a');
    assert.equal(value([`--${old}=a`, `--${flag}=b`, 'list-units'], flag).text, 'b');
    assert.equal(value(['list-units'], flag, { [environmentName(old)]: 'a' }).text, 'a');
  }
});

test('every command may be shortened as far as fleet let it be, whatever commands were added', () => {
  const names = Object.keys(ofCommands).filter((name) => name !== 'verify');
  for (const name of names) {
    for (let length = 1; length < name.length; length++) {
      const start = name.slice(0, length);
      const meant = names.filter((other) => other.startsWith(start));
      const resolve = (): Command => resolveCommand(start, commands);
      if (meant.length === 1 || meant.includes(start)) {
        assert.equal(resolve().name, meant.length === 1 ? meant[0] : start, start);
      } else assert.throws(resolve, /is ambiguous/, start);
    }
  }
});

test('values of the wrong form are refused, and the message names the flag or the variable', () => {
  const refuse = (words: readonly string[], message: string, environment = {}) =>
    assert.throws(() => value(words, 'x', environment), { message, exit: 2 });
  refuse(['journal', '--lines=many'], '--lines must be a number that is not negative, not "many".');
  refuse(['start', '--no-block=maybe'], '--no-block must be true or false, not "maybe".');
  refuse(['list-units'], 'FLEETCTL_SSH_TIMEOUT must be a number that is not negative, not "soon".', {
    FLEETCTL_SSH_TIMEOUT: 'soon',
  });
});
