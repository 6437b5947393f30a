// What user-data may be, and what becomes of each form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { UserData } from '../../../src/cloud-config/user-data/model.ts';
import { readUserData } from '../../../src/cloud-config/user-data/read.ts';
import { formatFindings } from '../../../src/cloud-config/validate/format.ts';

const read = (given: string | Uint8Array, pages: Readonly<Record<string, string | Uint8Array>> = {}) =>
  readUserData(typeof given === 'string' ? Buffer.from(given) : given, {
    file: 'user-data',
    fetch: async (url) => {
      const page = pages[url];
      if (page === undefined) throw new Error(`${url} answered 404 Not Found.`);
      return Buffer.from(page);
    },
  });

/** `KIND FILE:LINE:COLUMN (PART) TEXT` of each part. */
const short = ({ parts }: UserData) =>
  parts.map((part) => {
    const { file, part: name, line, column, text } = part.document;
    const kind = part.kind === 'script' ? `script/${part.every}` : part.kind;
    return `${kind}${'damaged' in part ? '!' : ''} ${file}:${line}:${column}${name ? ` (${name})` : ''} ${JSON.stringify(text)}`;
  });
const said = ({ findings }: UserData) =>
  findings.map(({ kind, place, message }) => `${place?.line}:${place?.column} ${kind}: ${message}`);

const config = '#cloud-config\nhostname: a\n';

test('plain, packed with gzip in one member or several, base64 of either', async () => {
  const members = Buffer.concat([gzipSync('#cloud-config\n'), gzipSync('hostname: a\n')]);
  const lines = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');
  for (const given of [
    config,
    gzipSync(config),
    members,
    lines(Buffer.from(config)),
    `${lines(members)}\n`,
    gzipSync(gzipSync(config)),
    gzipSync(lines(Buffer.from(config))),
  ]) {
    const result = await read(given);
    assert.deepEqual(short(result), [`cloud-config user-data:1:1 ${JSON.stringify(config)}`]);
    assert.deepEqual(result.findings, []);
  }
  assert.deepEqual(short(await read('')), []);
  assert.deepEqual(short(await read(gzipSync(''))), []);
});

test('of a gzip stream that is cut off the whole lines are read, and marked', async () => {
  const text = `${config}ssh_authorized_keys:\n${Array.from({ length: 200 }, (_, n) => `  - ssh-ed25519 ${n * 7919}\n`).join('')}`;
  const packed = gzipSync(text);
  const result = await read(packed.subarray(0, packed.length - 60));
  assert.deepEqual(said(result), ['1:1 error: the user-data cannot be unpacked: the gzip stream is cut off']);
  const [part] = result.parts;
  assert.ok(part?.kind === 'cloud-config' && part.damaged);
  assert.ok(part.document.text.length > 1000 && part.document.text.endsWith('\n'));
  assert.ok(text.startsWith(part.document.text));
  const script = gzipSync(
    `#!/bin/sh\n${Array.from({ length: 200 }, (_, n) => `echo ${n * 7919}\n`).join('')}`,
  );
  const cut = await read(script.subarray(0, script.length - 60));
  assert.deepEqual(cut.parts, []);
  assert.match(said(cut).join('\n'), /a script of which something is lost is not run/);
  const bad = await read(Buffer.concat([gzipSync(config).subarray(0, 12), Buffer.from('zzzzzzzzzzzz')]));
  assert.deepEqual(bad.parts, []);
  assert.match(said(bad).join(), /cannot be unpacked/);
});

test('a bomb is refused', async () => {
  const result = await read(gzipSync(Buffer.alloc(80 * 1024 * 1024)));
  assert.deepEqual(said(result), ['1:1 error: the user-data cannot be unpacked: it is more than 64 MiB']);
});

test('a script, an Ignition config, and what is none of these', async () => {
  assert.deepEqual(short(await read('#!/bin/sh\ntrue\n')), [
    'script/instance user-data:1:1 "#!/bin/sh\\ntrue\\n"',
  ]);
  const windows = await read('#!/bin/sh\r\ntrue\r\n');
  assert.deepEqual(short(windows), ['script/instance user-data:1:1 "#!/bin/sh\\ntrue\\n"']);
  assert.match(said(windows).join(), /warning: the script has line ends of Windows/);
  assert.equal((await read('{"ignition":{"version":"3.0.0"}}')).ignition, true);
  assert.equal((await read(gzipSync('{"ignitionVersion":1}'))).ignition, true);
  assert.equal((await read('{"ignition":{"version":3}}')).ignition, false);
  for (const [text, hint] of [
    ['\uFEFF#cloud-config\n', /byte order mark/],
    ['\n#cloud-config\n', /must be exactly/],
    ['# cloud-config\n', /must be exactly/],
    ['hostname: a\n', /as the first line/],
    [' #!/bin/sh\n', /begins with "#!" at once/],
    ['#part-handler\n', /Part handlers/],
    ['hello', undefined],
  ] as const) {
    const { findings } = await read(text);
    assert.equal(findings[0]?.message, 'must be "#cloud-config" or begin with "#!"');
    assert.equal(findings[0]?.place?.line, 1);
    if (hint === undefined) assert.equal(findings[0]?.hint, undefined);
    else assert.match(findings[0]?.hint ?? '', hint);
  }
});

test('templates are refused in a sentence', async () => {
  const result = await read('## template: jinja\n#cloud-config\nhostname: {{ v1.instance_id }}\n');
  assert.deepEqual(result.parts, []);
  assert.deepEqual(said(result), ['1:1 error: Jinja templates are not supported; the template is left out']);
});

test('a byte that is no UTF-8 is found in its line; the rest may still let people in', async () => {
  const result = await read(Buffer.from('#cloud-config\nhostname: a\n# caf\xe9\n', 'latin1'));
  assert.deepEqual(said(result), ['3:1 error: the text is not UTF-8']);
  assert.ok(result.parts[0]?.kind === 'cloud-config' && result.parts[0].damaged);
});

test('#include: each document in its line; what cannot be had costs itself only', async () => {
  const result = await read(
    '#include\n# a comment\nhttp://h/a\n\nhttp://h/none\nftp://h/x\nhttp://u:secret@h/b?token=1\nhttp://h/c\n',
    {
      'http://h/a': config,
      'http://u:secret@h/b?token=1': gzipSync('#!/bin/sh\n'),
      'http://h/c': '#include http://h/d\nhttp://h/c\n',
      'http://h/d': 'hello\n',
    },
  );
  assert.deepEqual(short(result), [
    `cloud-config http://h/a:1:1 ${JSON.stringify(config)}`,
    'script/instance http://h/b:1:1 "#!/bin/sh\\n"',
  ]);
  assert.deepEqual(said(result), [
    '5:1 error: cannot include http://h/none: http://h/none answered 404 Not Found.',
    '6:1 error: cannot include "ftp://h/x": not an http or https URL',
    '1:1 error: must be "#cloud-config" or begin with "#!"',
    '2:1 error: http://h/c includes itself',
  ]);
  assert.match(formatFindings(result.findings), /at http:\/\/h\/d:1:1\n {2}1 \| hello/);
});

test('includes end, however they are laid out', async () => {
  const fetched: string[] = [];
  const result = await readUserData(Buffer.from('#include\nhttp://h/0\n'), {
    file: 'user-data',
    fetch: async (url) => {
      fetched.push(url);
      const n = Number(url.slice(9));
      return Buffer.from(`#include\nhttp://h/${2 * n + 1}\nhttp://h/${2 * n + 2}\n`);
    },
  });
  assert.equal(fetched.length, 100);
  assert.match(said(result).join('\n'), /nested deeper than 8 levels/);
  assert.match(said(result).join('\n'), /more than 100 documents are included/);
});

test('#include-once asks again only when nothing was kept', async () => {
  const kept = new Map<string, Uint8Array>();
  let asked = 0;
  const options = {
    file: 'user-data',
    fetch: async () => Buffer.from(`#cloud-config\n# ${++asked}\n`),
    kept: {
      get: async (url: string) => kept.get(url),
      put: async (url: string, bytes: Uint8Array) => void kept.set(url, bytes),
    },
  };
  const text = Buffer.from('#include-once\nhttp://h/once\n#include\nhttp://h/always\n');
  await readUserData(text, options);
  assert.equal(asked, 2);
  assert.deepEqual([...kept.keys()], ['http://h/once']);
  const again = await readUserData(text, options);
  assert.equal(asked, 3);
  assert.deepEqual(
    short(again).map((line) => line.split(' ')[1]),
    ['http://h/once:1:1', 'http://h/always:1:1'],
  );
});

test('an archive is a list of pieces', async () => {
  const result = await read(`#cloud-config-archive
- type: text/cloud-config
  content: |
    hostname: a
    nonsense: [
- |
  #!/bin/sh
  true
- {content: "#cloud-config\\nhostname: b\\n", filename: "b/c"}
- type: text/cloud-boothook
  content: |
    #cloud-boothook
    #!/bin/sh
    false
- [x]
- content: "nothing known"
- content: !!binary ${gzipSync(config).toString('base64')}
`);
  assert.deepEqual(short(result), [
    'cloud-config user-data:4:5 (part 1) "hostname: a\\nnonsense: [\\n"',
    'script/instance user-data:7:3 (part 2) "#!/bin/sh\\ntrue\\n"',
    'cloud-config user-data[part 3 "b?c"]:1:1 "#cloud-config\\nhostname: b\\n"',
    'script/boot user-data:13:5 (part 4) "#!/bin/sh\\nfalse\\n"',
    `cloud-config user-data[part 7]:1:1 ${JSON.stringify(config)}`,
  ]);
  assert.deepEqual(said(result), [
    '15:3 error: piece 5 of the archive has no content',
    '1:1 error: must be "#cloud-config" or begin with "#!"',
  ]);
});
