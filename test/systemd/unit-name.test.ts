// Unit names, with systemd-escape(1) as the judge where it is installed.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { run } from '../../src/host/index.ts';
import {
  dropInFolders,
  escapePath,
  escapeUnitName,
  instantiate,
  isUnitName,
  parseUnitName,
  systemdErrors,
  templateOf,
  unescapePath,
  unescapeUnitName,
} from '../../src/systemd/index.ts';

const judge = existsSync('/usr/bin/systemd-escape');
const withJudge = judge ? {} : { skip: 'systemd-escape is not installed' };

test('names are valid as systemd says', () => {
  for (const name of [
    'a.service',
    'a@.timer',
    'a@b.socket',
    'a@b@c.path',
    '-.mount',
    'a\\x2d.swap',
    'a.b.c.slice',
  ]) {
    assert.equal(isUnitName(name), true, name);
  }
  for (const name of [
    '',
    'a',
    '.service',
    '@.service',
    '@a.service',
    'a.',
    'a.exe',
    'a b.service',
    'a/b.mount',
    'ä.service',
  ]) {
    assert.equal(isUnitName(name), false, name);
  }
  assert.equal(isUnitName(`${'a'.repeat(247)}.service`), true);
  assert.equal(isUnitName(`${'a'.repeat(248)}.service`), false);
});

test('names fall into parts', () => {
  assert.deepEqual(parseUnitName('a@b@c.d.service'), {
    kind: 'instance',
    prefix: 'a',
    instance: 'b@c.d',
    type: 'service',
  });
  assert.equal(parseUnitName('a@.service')?.kind, 'template');
  assert.equal(templateOf('getty@tty1.service'), 'getty@.service');
  assert.equal(templateOf('getty@.service'), undefined);
  assert.equal(instantiate('getty@.service', 'tty1'), 'getty@tty1.service');
  for (const instance of ['', 'a/b', 'a b', 'x'.repeat(250)]) {
    assert.throws(
      () => instantiate('getty@.service', instance),
      (error) => systemdErrors.is(error, 'unit-name'),
    );
  }
  assert.throws(() => instantiate('getty.service', 'tty1'), /not the name of a template/);
});

test('drop-in folders go from the most specific to the type', () => {
  assert.deepEqual(dropInFolders('a-b@x.service'), [
    'a-b@x.service.d',
    'a-b@.service.d',
    'a-@x.service.d',
    'a-@.service.d',
    'service.d',
  ]);
  assert.deepEqual(dropInFolders('a-b-c.slice'), ['a-b-c.slice.d', 'a-b-.slice.d', 'a-.slice.d', 'slice.d']);
});

test('unescape undoes escape', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0'));
      assert.equal(unescapeUnitName(escapeUnitName(text)), text);
      assert.match(escapeUnitName(text), /^[0-9A-Za-z:_.\\-]*$/);
    }),
  );
});

test('what is no result of escaping is refused', () => {
  for (const text of ['\\', '\\x', '\\x4', '\\y41', '\\x00', '\\xff']) {
    assert.throws(
      () => unescapeUnitName(text),
      (error) => systemdErrors.is(error, 'unit-name'),
      text,
    );
  }
  for (const text of ['', '-a', 'a-', 'a--b', 'a-..-b', '\\x2e-a']) {
    assert.throws(() => unescapePath(text), /is not escaped/, text);
  }
  assert.throws(() => escapePath('/a/../b'), /\.\./);
});

const text = fc
  .string({ unit: fc.constantFrom(...'aZ9:_.-\\@/ #%\u00e9\u{1f600}"$*'), minLength: 1, maxLength: 12 })
  .filter((value) => !value.startsWith('-'));

test('escaping agrees with systemd-escape', withJudge, async () => {
  const texts = fc.sample(text, 300);
  const { stdout } = await run('systemd-escape', ['--', ...texts]);
  assert.deepEqual(texts.map(escapeUnitName), stdout.replace(/\n$/, '').split(' '));
  const back = await run('systemd-escape', ['--unescape', '--', ...texts.map(escapeUnitName)]);
  assert.equal(back.stdout, `${texts.join(' ')}\n`);
});

test('path escaping agrees with systemd-escape', withJudge, async () => {
  const paths = fc.sample(
    text.map((value) => `/${value}`).filter((path) => !path.split('/').includes('..')),
    300,
  );
  const { stdout } = await run('systemd-escape', ['--path', '--', ...paths]);
  assert.deepEqual(paths.map(escapePath), stdout.replace(/\n$/, '').split(' '));
  const clean = paths.map(escapePath);
  const back = await run('systemd-escape', ['--unescape', '--path', '--', ...clean]);
  assert.equal(back.stdout, `${clean.map(unescapePath).join(' ')}\n`);
});

test('instances agree with systemd-escape', withJudge, async () => {
  const texts = fc.sample(text, 100);
  const { stdout } = await run('systemd-escape', ['--template=web@.service', '--', ...texts]);
  assert.deepEqual(
    texts.map((value) => instantiate('web@.service', escapeUnitName(value))),
    stdout.replace(/\n$/, '').split(' '),
  );
});
