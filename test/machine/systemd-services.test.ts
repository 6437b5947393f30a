// Readiness, socket activation, journal and logind on a booted systemd.

import { test } from 'node:test';
import { bootMachine, whyNoMachine } from './boot.ts';

const reason = whyNoMachine();

test('a service gets on with a booted systemd', { skip: reason ?? false }, async () => {
  await using machine = await bootMachine();
  await machine.runTests('systemd-services.ts');
});
