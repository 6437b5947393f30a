// Fetches a release in a process of its own, to be killed at any moment: node fetch-child.ts KIND FOLDER URL KEY

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePublicKey } from '../../../src/disk/index.ts';
import { fetchRelease } from '../../../src/update/payload/index.ts';
import { kinds, TestMachine } from '../../disk/slots/machine.ts';

const [kindName, folder = '', url = '', key = ''] = process.argv.slice(2);
const kind = kinds.find((one) => one === kindName);
if (kind === undefined) throw new Error(`no such kind: ${kindName}`);
const machine = new TestMachine(kind, folder);
machine.cmdline = await readFile(join(folder, 'cmdline'), 'utf8');
process.stdout.write('ready\n');
await fetchRelease({
  codebases: [url],
  expected: {},
  keys: [parsePublicKey(await readFile(key, 'utf8'), key)],
  slots: machine.manager(),
  runningVersion: '2',
  stateFolder: join(folder, 'update'),
  env: {},
  // Slow enough to be met in the middle of it.
  bytesPerSecond: 1_500_000,
  pauseMs: 1,
});
