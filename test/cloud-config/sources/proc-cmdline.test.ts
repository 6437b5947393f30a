// The URL on the kernel command line.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { procCmdlineSource, urlOnCommandLine } from '../../../src/cloud-config/sources/proc-cmdline.ts';
import { answer, ok, quick, serve } from './serve.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: a\n';

test('the last URL with a value on the command line counts', () => {
  assert.equal(
    urlOnCommandLine([
      'cloud-config-url=a',
      'cloud_config_url=b?c=d',
      'cloud-config-url',
      'cloud-config-url=',
    ]),
    'b?c=d',
  );
  assert.equal(urlOnCommandLine(['quiet', 'x=cloud-config-url=a']), undefined);
});

test('the document is fetched with more than one try; without a URL there is no source', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  await using server = await serve(() =>
    server.asked.length < 3
      ? answer('502 Bad Gateway')
      : server.asked.length === 3
        ? ok(config)
        : answer('403 Forbidden'),
  );
  try {
    const path = join(folder, 'cmdline');
    const source = procCmdlineSource(path, quick);
    await writeFile(path, 'quiet root=LABEL=root\n');
    assert.equal(await source.available(signal), false);
    assert.equal(source.mayAppear, false);
    await writeFile(path, `quiet cloud_config_url=${server.base}/x console=tty0\n`);
    assert.equal(await source.available(signal), true);
    assert.equal(server.asked.length, 0);
    assert.equal(String(Buffer.from(await source.userData(signal))), config);
    await assert.rejects(source.userData(signal), /\/x answered 403 Forbidden\.$/);
    await writeFile(path, 'cloud-config-url=file:///etc/shadow\n');
    await assert.rejects(source.userData(signal), /cloud-config-url=file:\/\/\/etc\/shadow is not an http/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
