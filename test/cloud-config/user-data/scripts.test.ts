// Scripts of the user-data: what runs them, how often, in which order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../../src/cloud-config/model.ts';
import type { Part, ScriptPart } from '../../../src/cloud-config/user-data/model.ts';
import { interpreterOf, planScripts } from '../../../src/cloud-config/user-data/scripts.ts';

const script = (text: string, every: ScriptPart['every'] = 'instance'): Part => ({
  kind: 'script',
  every,
  document: { file: 'user-data', text, line: 5, column: 1 },
});

test('bash runs what asks for sh or bash, with its options; another interpreter is what the line says', () => {
  for (const [text, words] of [
    ['#!/bin/bash\n', ['/bin/bash']],
    ['#!/bin/sh -e\n', ['/bin/bash', '-e']],
    ['#! /usr/bin/bash -eux \r\n', ['/bin/bash', '-eux']],
    ['#!/usr/bin/env bash\n', ['/bin/bash']],
    ['#!/usr/bin/env python3', ['/usr/bin/env', 'python3']],
    ['#!/usr/bin/env -S awk -f\n', ['/usr/bin/env', '-S awk -f']],
    ['#!/usr/bin/perl -w\n', ['/usr/bin/perl', '-w']],
    ['#!\n', ['/bin/bash']],
    ['echo\n', ['/bin/bash']],
  ] as const) {
    assert.deepEqual(interpreterOf(text), words, text);
  }
  assert.equal(interpreterOf('#!python\n'), undefined);
});

test('scripts follow one another; addresses are put in, and an empty one has its place', () => {
  const findings: Finding[] = [];
  const parts = [
    script('#!/bin/sh\necho $public_ipv4 \\$private_ipv4\n'),
    script('#!/bin/sh\necho $private_ipv4\n', 'boot'),
    script('#!python\n'),
    script('#!/bin/sh\necho $public_ipv4 \\$private_ipv4\n'),
  ];
  const operations = planScripts(
    parts,
    {
      addressOf: (name) => (name === 'public_ipv4' ? '192.0.2.1' : undefined),
      instance: 'i-1',
      whyOf: () => 'w',
    },
    findings,
  );
  const [first, second] = operations;
  assert.ok(first?.kind === 'run-script' && second?.kind === 'run-script' && operations.length === 2);
  assert.equal(first.script, '#!/bin/sh\necho 192.0.2.1 $private_ipv4\n');
  assert.equal(second.script, '#!/bin/sh\necho \n');
  assert.deepEqual([first.after, second.after], [[], [first.unit]]);
  assert.deepEqual([first.every, second.every, first.instance], ['instance', 'boot', 'i-1']);
  assert.match(first.unit, /^coreos-cloudinit-[0-9a-f]{16}\.service$/);
  assert.deepEqual(
    findings.map(({ place, message }) => `${place?.line}:${place?.column} ${message}`),
    [
      '6:6 $private_ipv4 is empty: the address is not known',
      '5:1 the interpreter of the script is not an absolute path; it is not run',
      '5:1 the script is there twice; it is run once',
    ],
  );
});
