// write_files, field by field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decodeContent } from '../../../src/cloud-config/keys/content.ts';
import { lines, planOf, short } from '../planning.ts';

const zipped = gzipSync('hello').toString('base64');

const cases: Readonly<
  Record<string, readonly [files: string, operations: readonly string[], findings?: readonly string[]]>
> = {
  'nothing but a path': ['{path: /a}', ['write /a 0644 ""']],
  'a null content is empty': [
    '{path: /a, content: }',
    ['write /a 0644 ""'],
    ['warning: incorrect type for "content" (want string)'],
  ],
  'text keeps what YAML would read as another type': [
    '{path: /a, content: 007}, {path: /b, content: yes}, {path: /c, content: 1.50}',
    ['write /a 0644 "007"', 'write /b 0644 "yes"', 'write /c 0644 "1.50"'],
  ],
  'paths are taken from the root and cleaned': [
    '{path: rel/a}, {path: /../../b}, {path: //c//d/./e}, {path: /f/}',
    ['write /rel/a 0644 ""', 'write /b 0644 ""', 'write /c/d/e 0644 ""', 'write /f 0644 ""'],
    ['warning: the path is relative; /rel/a is written'],
  ],
  'no path, the root, two lines': [
    '{path: ""}, {path: /}, {path: "/a\\nb"}, {content: x}',
    [],
    [
      'error: invalid value ""',
      'error: invalid value "/"',
      'error: invalid value "/a\\nb"',
      'error: missing key "path" in "write_files[3]"',
    ],
  ],
  'under /usr: an error, and written where it can be': [
    '{path: /usr/local/bin/x, content: y}, {path: /etc/../usr/z}, {path: /usrlocal/x}',
    ['write /usr/local/bin/x 0644 "y"', 'write /usr/z 0644 ""', 'write /usrlocal/x 0644 ""'],
    [
      'error: file cannot be written to a read-only filesystem',
      'error: file cannot be written to a read-only filesystem',
    ],
  ],
  'modes are octal however they are written': [
    '{path: /a, permissions: 0600}, {path: /b, permissions: 600}, {path: /c, permissions: "0755"}, {path: /d, permissions: 4755}, {path: /e, permissions: "1777"}',
    ['write /a 0600 ""', 'write /b 0600 ""', 'write /c 0755 ""', 'write /d 04755 ""', 'write /e 01777 ""'],
  ],
  'a mode that looks like the decimal form of another': [
    '{path: /a, permissions: 420}, {path: /b, permissions: 384}, {path: /c, permissions: 493}',
    ['write /a 0420 ""'],
    ['warning: mode 420 is read as octal', 'error: invalid value 384', 'error: invalid value 493'],
  ],
  'modes that are octal in another form': [
    '{path: /a, permissions: 0o644}, {path: /b, permissions: "7"}, {path: /c, permissions: "100644"}',
    ['write /a 0644 ""', 'write /b 07 ""', 'write /c 0644 ""'],
    ['error: invalid value 0o644', 'error: invalid value 7', 'error: invalid value 100644'],
  ],
  'modes that are none': [
    '{path: /a, permissions: rw-r--r--}, {path: /b, permissions: -0644}, {path: /c, permissions: "0x1"}',
    [],
    ['error: invalid value rw-r--r--', 'error: invalid value -0644', 'error: invalid value 0x1'],
  ],
  'owners as chown takes them': [
    '{path: /a, owner: core}, {path: /b, owner: "core:docker"}, {path: /c, owner: ":docker"}, {path: /d, owner: 500}, {path: /e, owner: "0:0"}',
    [
      'write /a 0644 core: ""',
      'write /b 0644 core:docker ""',
      'write /c 0644 :docker ""',
      'write /d 0644 500: ""',
      'write /e 0644 0:0 ""',
    ],
  ],
  'owners that are options or more': [
    '{path: /a, owner: --reference=/etc/shadow}, {path: /b, owner: "a b"}, {path: /c, owner: ":"}',
    [],
    [
      'error: invalid value "--reference=/etc/shadow"',
      'error: invalid value "a b"',
      'error: invalid value ":"',
    ],
  ],
  'every encoding': [
    [
      '{path: /a, encoding: base64, content: aGVsbG8=}',
      '{path: /b, encoding: b64, content: "aGVs\\nbG8=\\n"}',
      ...['gz+base64', 'gzip+base64', 'gz+b64', 'gzip+b64'].map(
        (encoding) => `{path: /${encoding}, encoding: ${encoding}, content: ${zipped}}`,
      ),
      ...['gz', 'gzip'].map(
        (encoding) => `{path: /${encoding}, encoding: ${encoding}, content: !!binary ${zipped}}`,
      ),
      '{path: /c, content: !!binary aGVsbG8=}',
      '{path: /d, encoding: text/plain, content: hello}',
      '{path: /e, encoding: "", content: hello}',
    ].join(', '),
    ['/a', '/b', '/gz+base64', '/gzip+base64', '/gz+b64', '/gzip+b64', '/gz', '/gzip', '/c', '/d', '/e'].map(
      (path) => `write ${path} 0644 "hello"`,
    ),
  ],
  'content that is not what its encoding says': [
    '{path: /a, encoding: base64, content: "!"}, {path: /b, encoding: Base64, content: eA==}, {path: /c, encoding: gzip, content: x}, {path: /d, content: y}',
    ['write /d 0644 "y"'],
    [
      'error: content cannot be decoded as "base64"',
      'error: invalid value Base64',
      'error: content cannot be decoded as "gzip"',
    ],
  ],
  'one path twice': [
    '{path: /a, content: x}, {path: /b}, {path: /a, content: y}',
    ['write /b 0644 ""', 'write /a 0644 "y"'],
    ['warning: /a is asked for twice; the last counts'],
  ],
  'what is appended to a file of the config is part of it': [
    '{path: /a, content: "x\\n"}, {path: /a, content: "y\\n", append: true, permissions: "0600"}',
    ['write /a 0600 "x\\ny\\n"'],
  ],
  'what is appended to another file': [
    '{path: /a, content: "x\\n", append: true}, {path: /a, content: "y\\n", append: true, owner: core}',
    ['append /a core: "x\\ny\\n"'],
  ],
  'deferred files come last': [
    '{path: /a, defer: true}, {path: /b}',
    ['write /b 0644 ""', 'write /a 0644 ""'],
  ],
  'a source is not fetched': [
    '{path: /a, source: {uri: "http://x"}}, {path: /b, content: y, source: {uri: "http://x"}}',
    ['write /b 0644 "y"'],
    [
      'error: content cannot be fetched from a source: the file is left out',
      'warning: content cannot be fetched from a source: what is in content is written',
    ],
  ],
};

for (const [name, [files, operations, findings = []]] of Object.entries(cases)) {
  test(name, async () => {
    const plan = await planOf(`write_files: [${files}]`);
    assert.deepEqual(short(plan), operations);
    assert.deepEqual(
      lines(plan).map((line) => line.replace(/^line \d+: /, '')),
      findings,
    );
  });
}

test('what is appended to a file that another key writes is part of it, once', async () => {
  const body =
    'manage_etc_hosts: localhost\nhostname: a\nwrite_files: [{path: /etc/hosts, content: "1.2.3.4 b\\n", append: true}]';
  const hosts = short(await planOf(body)).filter((line) => line.includes('/etc/hosts'));
  assert.equal(hosts.length, 1);
  assert.match(hosts[0] ?? '', /127\.0\.0\.1 a\\n.*1\.2\.3\.4 b\\n"$/);
});

test('of many pieces of one file each has its place', async () => {
  const piece = (number: number) => `  - {path: /log, append: true, content: "${number}\\n"}\n`;
  const pieces = Array.from({ length: 300 }, (_, number) => piece(number));
  const plan = await planOf(`write_files:\n${pieces.join('')}`);
  const [file] = plan.operations.filter(({ kind }) => kind === 'append-file');
  assert.ok(file?.kind === 'append-file');
  assert.equal(Buffer.from(file.content).toString().split('\n')[299], '299');
});

test('a bomb is unpacked no further than there is room', () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000)).toString('base64');
  assert.ok('problem' in decodeContent(bomb, 'gz+b64', 10_000));
  assert.ok('content' in decodeContent(bomb, 'gz+b64', 1_000_000));
});
