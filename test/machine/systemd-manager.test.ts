// The manager over D-Bus on a booted systemd: jobs, followed units, and what it survives.

import { test } from 'node:test';
import { bootMachine, whyNoMachine } from './boot.ts';

const reason = whyNoMachine();

test('the manager keeps its promises on a booted systemd', { skip: reason ?? false }, async () => {
  await using machine = await bootMachine();
  await machine.runTests('systemd-manager.ts');
});
