// The grammar of unit files against the parser of a booted systemd.

import { test } from 'node:test';
import { bootMachine, whyNoMachine } from './boot.ts';

const reason = whyNoMachine();

test('unit files are read as a booted systemd reads them', { skip: reason ?? false }, async () => {
  await using machine = await bootMachine();
  await machine.runTests('systemd-unit-files.ts');
});
