// MIME messages as cloud-init's tools, Terraform and people make them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadValidator, planCloudConfig } from '../../../src/cloud-config/index.ts';
import { isMime, parseMime } from '../../../src/cloud-config/user-data/mime.ts';
import { isConfig } from '../../../src/cloud-config/user-data/model.ts';
import { readUserData } from '../../../src/cloud-config/user-data/read.ts';
import { formatFinding } from '../../../src/cloud-config/validate/format.ts';
import { facts } from '../planning.ts';

const read = (text: string | Uint8Array) => readUserData(Buffer.from(text), { file: 'user-data' });
const short = ({ parts }: Awaited<ReturnType<typeof read>>) =>
  parts.map((part) => {
    const { file, part: name, line, text } = part.document;
    return `${part.kind === 'script' ? part.every : 'config'} ${file}:${line}${name ? ` ${name}` : ''} ${JSON.stringify(text)}`;
  });

const message = `Content-Type: multipart/mixed; boundary="==B=="
MIME-Version: 1.0
Number-Attachments: 3

This is for readers that know no MIME.
--==B==
Content-Type: text/cloud-config; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="web.yaml"

#cloud-config
hostname: a
hostnme: b

--==B==
Content-Type: multipart/alternative;
 boundary=inner

--inner
Content-Type: text/x-shellscript

#!/bin/sh
true
--inner
Content-Type: text/x-shellscript-per-boot
Content-Transfer-Encoding: quoted-printable

#!/bin/sh
echo caf=C3=A9 =
and so on
--inner--
epilogue of the inner one
--==B==
Content-Type: text/plain
Content-Transfer-Encoding: base64

${Buffer.from('#cloud-config\nhostname: c\nnonsense: 1\n').toString('base64')}
--==B==--
epilogue
`;

test('parts in order, nested ones too, each at its place', async () => {
  const result = await read(message);
  assert.deepEqual(result.findings, []);
  assert.deepEqual(short(result), [
    'config user-data:12 part 1 "web.yaml" "#cloud-config\\nhostname: a\\nhostnme: b\\n"',
    'instance user-data:23 part 2 "#!/bin/sh\\ntrue"',
    'boot user-data[part 3]:1 "#!/bin/sh\\necho café and so on"',
    'config user-data[part 4]:1 "#cloud-config\\nhostname: c\\nnonsense: 1\\n"',
  ]);
});

test('line ends of Windows, mbox lines and blank lines before the headers change nothing', async () => {
  const plain = short(await read(message));
  assert.deepEqual(short(await read(`From nobody Fri Jan 11 07:00:00 1980\n${message}`)).length, 4);
  assert.deepEqual(short(await read(`\n\n${message}`)).length, 4);
  assert.deepEqual(short(await read(gzipSync(message))), plain);
  const windows = short(await read(message.replaceAll('\n', '\r\n')));
  assert.deepEqual(
    windows.map((line) => line.replaceAll('\\r', '')),
    plain,
  );
  // As Terraform does: headers and boundaries end in CRLF, the contents as they are.
  const terraform =
    'Content-Type: multipart/mixed; boundary="M"\nMIME-Version: 1.0\r\n\r\n--M\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/cloud-config\r\nMime-Version: 1.0\r\n\r\n#cloud-config\nhostname: a\n\r\n--M--\r\n';
  assert.deepEqual(short(await read(terraform)), ['config user-data:9 "#cloud-config\\nhostname: a\\n"']);
});

test('findings name the part, and the line of what the person wrote', async () => {
  const { parts } = await read(message);
  const plan = planCloudConfig({
    configs: parts.filter(isConfig),
    metadata: { sshKeys: [], addresses: {} },
    facts,
    addressOf: () => undefined,
    validator: await loadValidator(),
  });
  assert.equal(
    plan.findings.map(formatFinding).join(''),
    `line 14: warning: unrecognized key "hostnme"
  at user-data:14:1 (part 1 "web.yaml")
  14 | hostnme: b
     | ^^^^^^^
  Did you mean "hostname"?
line 2: info: "hostname" is given twice; the first one counts
  at user-data[part 4]:2:1
  2 | hostname: c
    | ^^^^^^^^
  The other one is in line 13 of user-data, part 1 "web.yaml".
line 3: warning: unrecognized key "nonsense"
  at user-data[part 4]:3:1
  3 | nonsense: 1
    | ^^^^^^^^
`,
  );
  assert.deepEqual(
    plan.operations.flatMap((operation) => (operation.kind === 'set-hostname' ? [operation.hostname] : [])),
    ['a'],
  );
});

test('one entity without a multipart, types by content, charsets, packed parts', async () => {
  assert.deepEqual(short(await read('Content-Type: text/cloud-config\n\nhostname: a\n')), [
    'config user-data:3 "hostname: a\\n"',
  ]);
  const parts = (...all: readonly (string | Uint8Array)[]) =>
    Buffer.concat([
      Buffer.from('MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n'),
      ...all.flatMap((part) => [Buffer.from('--b\n'), Buffer.from(part), Buffer.from('\n')]),
      Buffer.from('--b--\n'),
    ]);
  const packed = gzipSync('#!/bin/sh\n');
  const result = await read(
    parts(
      '\n#cloud-config\na: 1\n',
      Buffer.from(
        'Content-Type: text/cloud-config; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n# caf\xe9\n',
        'latin1',
      ),
      Buffer.concat([
        Buffer.from('Content-Type: application/x-gzip\nContent-Transfer-Encoding: binary\n\n'),
        packed,
      ]),
      `Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${packed.toString('base64')}\n`,
      'Content-Type: text/x-shellscript\n\necho hello\n',
    ),
  );
  assert.deepEqual(short(result), [
    'config user-data:6 part 1 "#cloud-config\\na: 1\\n"',
    'config user-data:13 part 2 "# café\\n"',
    'instance user-data[part 3]:1 "#!/bin/sh\\n"',
    'instance user-data[part 4]:1 "#!/bin/sh\\n"',
    `instance user-data:${result.parts.at(-1)?.document.line} part 5 "echo hello\\n"`,
  ]);
  assert.deepEqual(
    result.findings.map(({ message: text }) => text),
    ['the script does not begin with "#!"; bash runs it'],
  );
});

test('what cannot be used is said, and the rest is used', async () => {
  const result = await read(`Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/part-handler

#part-handler
--b
Content-Type: text/plain

just a note
--b
Content-Type: text/cloud-config
Content-Transfer-Encoding: base64

!!!
--b
Content-Type: text/cloud-config
Content-Transfer-Encoding: uuencode

x
--b
Content-Type: multipart/mixed

--c
--b
Content-Type: text/x-shellscript
Launch-Index: 3

#!/bin/sh
--b
Content-Type: text/plain

{"ignition": {"version": "2.0.0"}}
`);
  assert.deepEqual(short(result), ['instance user-data:29 part 5 "#!/bin/sh"']);
  assert.deepEqual(
    result.findings.map(({ kind, message: text, place }) => `${place?.line} ${kind}: ${text}`),
    [
      '22 error: a part of type multipart/mixed names no boundary',
      '30 warning: the closing line "--b--" is missing; the message may be cut off',
      '6 error: part handlers are Python for cloud-init and not run; it is left out',
      '10 error: must be "#cloud-config" or begin with "#!"',
      '15 error: the part cannot be decoded: it is not base64, or cut off',
      '20 error: the part cannot be decoded: its Content-Transfer-Encoding "uuencode" is not known',
      '29 warning: Launch-Index is not looked at; the part is used',
      '33 error: an Ignition config within other user-data is not applied',
    ],
  );
});

test('no message, however nested or cut, takes long or throws', () => {
  const nested = Array.from(
    { length: 200 },
    (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`,
  ).join('');
  assert.match(JSON.stringify(parseMime(nested).problems), /nested deeper than 10/);
  const many = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(20_000)}`;
  assert.equal(parseMime(many).parts.length, 20_000);
  for (let end = 0; end <= message.length; end += 7) parseMime(message.slice(0, end));
  for (const text of ['#cloud-config\nmime-version: 1.0\n', 'hostname: a\nusers: []\n', 'Content-Type', '']) {
    assert.equal(isMime(text), false, text);
  }
  isMime(`${'a:\n '.repeat(3_000)}`);
  isMime(`${'\n \t'.repeat(3_000)}`);
});
