// A bundle with its compiled code runs as the bundle did, also where the compiled code is of no use.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { run } from '../../src/host/index.ts';

const bundle = `#!/usr/bin/env node
await new Promise((done) => setTimeout(done, 1));
const words = process.argv.slice(2);
process.stdout.write(words.join('-') + ' ' + typeof require('node:fs').statSync + ' ' + keelsonUrl + '\\n');
process.exitCode = words.length;
`;

test('starts with, without, with damaged and with refused compiled code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-compile-'));
  try {
    const starter = join(folder, 'words.js');
    await writeFile(starter, bundle);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await run(process.execPath, [join(import.meta.dirname, '../../build/compile.ts'), folder, 'words']);
    const [name = '', compiledName = ''] = (await readdir(join(folder, 'code'))).sort();
    const compiled = join(folder, 'code', compiledName);
    const check = async (options: readonly string[] = []) => {
      const { stdout, stderr, status } = await run(process.execPath, [...options, starter, 'a', 'b'], {
        accept: 'any',
      });
      assert.deepEqual(
        { stdout, stderr, status },
        { stdout: `a-b function file://${starter}\n`, stderr: '', status: 2 },
      );
    };
    const source = await readFile(join(folder, 'code', name), 'utf8');
    const cachedData = await readFile(compiled);
    assert.equal(new Script(source, { cachedData }).cachedDataRejected, false);
    await check();
    // Flags of the engine that the compiled code was not made with.
    await check(['--stack-size=900', '--no-opt']);
    await writeFile(compiled, cachedData.subarray(0, 100));
    await check();
    await writeFile(compiled, '');
    await check();
    await rm(compiled);
    await check();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
