// Damaged user-data: whatever comes in, it ends soon, in a plan or in findings, and nothing is thrown. The
// cases are counted and their choices seeded; time is the CPU's, so that a busy machine fails no test.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadValidator, planCloudConfig } from '../../src/cloud-config/index.ts';
import { parseYaml } from '../../src/cloud-config/parse/yaml.ts';
import type { ConfigPart } from '../../src/cloud-config/user-data/model.ts';
import { isConfig } from '../../src/cloud-config/user-data/model.ts';
import { readUserData } from '../../src/cloud-config/user-data/read.ts';
import { findingsJson, formatFindings } from '../../src/cloud-config/validate/format.ts';
import { homeDirectory } from '../../src/host/index.ts';
import { facts } from './planning.ts';
import { type Choices, choices } from './seeded.ts';

const folder = join(homeDirectory(), 'cloud-config/examples');
const examples = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .filter((text) => text.startsWith('#cloud-config'));

const pieces = [
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    '- ',
    ': ',
    ':',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ',',
    '|',
    '>',
    '|2-',
    '#',
    '---\n',
    '...\n',
  ],
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!str ',
    '!x ',
    '? ',
    '%',
    '@',
    '`',
    '\\',
    '\\x4',
    '\r',
    '\r\n',
    '\0',
    '\x7f',
  ],
  ...[
    'é',
    '😀',
    '\ud800',
    '\u2028',
    '~',
    'yes',
    '0644',
    '$private_ipv4',
    '\\$public_ipv4',
    'users:',
    'hostname: a\n',
  ],
  ...[
    'coreos:\n  units:\n',
    'write_files:\n',
    '-'.repeat(200),
    '['.repeat(150),
    '{a: '.repeat(150),
    '- '.repeat(150),
  ],
];

/** A text with up to eight damages. */
function damaged(text: string, { number, pick }: Choices): string {
  let result = text;
  for (let left = 1 + number(8); left > 0; left--) {
    const at = number(result.length + 1);
    const to = Math.min(result.length, at + number(40));
    const insert = [
      () => '',
      () => pick(pieces),
      () => result.slice(at, to).repeat(2),
      () => result.slice(0, number(200)),
    ];
    result = result.slice(0, at) + pick(insert)() + result.slice(pick([at, to]));
  }
  return result;
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

let validator: Awaited<ReturnType<typeof loadValidator>>;
before(async () => {
  validator = await loadValidator();
});

function plan(configs: readonly ConfigPart[]) {
  return planCloudConfig({
    configs,
    metadata: { sshKeys: [], addresses: {} },
    facts,
    addressOf: () => undefined,
    validator,
  });
}

test('2,000 damaged cloud-configs', () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const random = choices(seed);
    const text = damaged(random.pick(examples), random);
    const started = cpuMs();
    const document = { file: 'user-data', text, line: 1, column: 1 };
    const { findings } = plan([{ kind: 'cloud-config', document }]);
    const lines = text.replace(/\r\n?/g, '\n').split('\n');
    for (const { message, place } of findings) {
      assert.notEqual(message, '', `seed ${seed}`);
      if (place === undefined) continue;
      const line = lines[place.line - 1];
      assert.ok(line !== undefined || place.line === lines.length + 1, `seed ${seed}: line ${place.line}`);
      assert.ok(
        place.column >= 1 && place.column <= (line ?? '').length + 2,
        `seed ${seed}: column ${place.column} of ${JSON.stringify(line)}: ${message}`,
      );
    }
    const printed = formatFindings(findings).split('\n');
    const heads = printed.filter((line) => /^line \d+: (error|warning|info): /.test(line));
    assert.equal(heads.length, Math.min(100, findings.length), `seed ${seed}`);
    for (const line of printed) {
      assert.doesNotMatch(line, /[\0-\x08\x0b-\x1f\x7f]/, `seed ${seed}`);
    }
    JSON.stringify(findingsJson(findings, 'user-data'));
    assert.ok(cpuMs() - started < 3_000, `seed ${seed} took too long`);
  }
});

test('600 damaged messages, archives and packed user-data', async () => {
  const message = `Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n\n--b\nContent-Type: text/cloud-config\n\n${examples[0]}\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Transfer-Encoding: base64\n\n${Buffer.from(examples[1] ?? '').toString('base64')}\n--c\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: quoted-printable\n\n#!/bin/sh\necho =3D\n--c--\n--b--\n`;
  const archive = `#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    hostname: a\n- |\n  #!/bin/sh\n- {type: text/x-include-url, content: "http://h/a"}\n`;
  const include = '#include\nhttp://h/a\nhttp://h/b\n';
  for (let seed = 0; seed < 600; seed++) {
    const random = choices(seed);
    const text = damaged(random.pick([message, message, archive, include]), random);
    const packed = random.pick([
      () => Buffer.from(text),
      () => gzipSync(text).subarray(0, 20 + random.number(2_000)),
      () => Buffer.from(gzipSync(text).toString('base64')),
      () => {
        const bytes = gzipSync(text);
        bytes[random.number(bytes.length)] = random.number(256);
        return bytes;
      },
    ])();
    const started = cpuMs();
    const { parts, findings } = await readUserData(packed, {
      file: 'user-data',
      fetch: async () => Buffer.from(damaged(random.pick([message, archive, include]), random)),
    });
    const all = [...findings, ...plan(parts.filter(isConfig)).findings];
    for (const { place } of all) assert.ok(place === undefined || (place.line >= 1 && place.column >= 1));
    formatFindings(all);
    assert.ok(cpuMs() - started < 5_000, `seed ${seed} took too long`);
  }
});

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

test('aliases of aliases are refused at once', () => {
  const letters = [...'abcdefghi'];
  const laughs = `#cloud-config\n${letters
    .map(
      (letter, index) =>
        `${letter}: &${letter} [${Array(9).fill(index === 0 ? 'x' : `*${letters[index - 1]}`)}]\n`,
    )
    .join('')}`;
  const longText = `a: &a ${'x'.repeat(1_000_000)}\nb: &b [${Array(50).fill('*a')}]\nc: [${Array(50).fill('*b')}]\n`;
  for (const text of [laughs, longText]) {
    const times = Array.from({ length: 5 }, () => {
      const started = cpuMs();
      const { root, findings } = parseYaml(text);
      assert.equal(root, undefined);
      assert.deepEqual(
        findings.map(({ message }) => message),
        ['aliases expand to more than 2000000 values'],
      );
      return cpuMs() - started;
    });
    assert.ok(median(times) < 100, `${median(times)} ms of CPU`);
  }
});
