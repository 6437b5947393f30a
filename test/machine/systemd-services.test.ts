// Readiness, socket activation, journal and logind on a booted systemd.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootMachine, whyNoMachine } from './boot.ts';

const reason = whyNoMachine();

test('a service gets on with a booted systemd', { skip: reason ?? false }, async () => {
  await using machine = await bootMachine();
  await machine.runTests('systemd-services.ts');
  // The program that asks goes down with the machine.
  await Promise.allSettled([machine.runTests('power-off.ts')]);
  await Promise.race([
    machine.ended,
    sleep(20_000, undefined, { ref: false }).then(() => assert.fail('it stays on')),
  ]);
});
