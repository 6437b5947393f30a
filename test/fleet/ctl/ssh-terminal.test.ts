// A person at a terminal: a shell on a machine, through fleetctl.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sshd } from '../../ssh/sshd.ts';
import { terminal } from '../../ssh/terminal.ts';
import { cluster } from './cluster.ts';

const program = resolve(import.meta.dirname, '../../../src/fleetctl.ts');

test('a shell at a terminal, which is left as it was found', { timeout: 240_000 }, async (t) => {
  await using host = await sshd();
  await using c = await cluster({ ip: '127.0.0.1' });
  // In /tmp itself: the path of a socket must be short, and TMPDIR may be long.
  const home = mkdtempSync('/tmp/fleetctl-home-');
  t.after(() => rmSync(home, { recursive: true }));
  const env = {
    PATH: process.env.PATH ?? '',
    PS1: 'here> ',
    TERM: 'xterm-256color',
    HOME: home,
    XDG_RUNTIME_DIR: home,
    SSH_AUTH_SOCK: await host.agent('user'),
    FLEETCTL_ENDPOINT: `unix://${c.path}`,
    FLEETCTL_SSH_USERNAME: 'root',
    FLEETCTL_SSH_PERSIST: '0',
    NODE: process.execPath,
    FLEETCTL: program,
    SSH: `ssh --ssh-port=${host.port} --machine=0a1b`,
  };

  await t.test('keys, sizes, interrupts and the exit status', async () => {
    using person = terminal('/bin/sh', ['-i'], env);
    await person.until(/here> /);
    person.type('stty -g; "$NODE" "$FLEETCTL" $SSH; echo ended $?; stty -g\r');
    const [, before = ''] = await person.until(/([0-9a-f]+(?::[0-9a-f]+){5,})\r/);
    await person.until(/connecting \(yes\/no\)\? /);
    // A person takes a moment to answer.
    await pause(500);
    person.type('yes\r');
    await person.until(/Warning: Permanently added/);
    person.type('PS1="there"">"; stty size; echo $TERM\r');
    await person.until(/24 80\r\nxterm-256color\r\n/);
    await person.until(/there>/);
    person.resize(132, 43);
    person.type('while [ "$(stty size)" != "43 132" ]; do sleep 0.1; done; echo re"sized"\r');
    await person.until(/resized/);
    person.type('sleep 1000 || echo inter"rupted"\r');
    await person.until(/\n/);
    person.type('\u0003');
    await person.until(/\^C/);
    person.type('printf "\\303\\274%s" ber; exit 7\r');
    await person.until(/über/);
    await person.until(/ended 7\r\n/);
    const [, after] = await person.until(/([0-9a-f]+(?::[0-9a-f]+){5,})\r/);
    assert.equal(after, before);
    person.type('exit\r');
    assert.equal(await person.ended, 0);
  });

  await t.test('killed, it leaves the terminal as it was', async () => {
    using person = terminal('/bin/sh', ['-i'], env);
    await person.until(/here> /);
    person.type('stty -g; "$NODE" "$FLEETCTL" $SSH & echo pid $!; fg; echo stat"us" $?\r');
    const [, before = ''] = await person.until(/([0-9a-f]+(?::[0-9a-f]+){5,})\r/);
    person.type('echo there $$ $PPID\r');
    await person.until(/there \d+ \d+/);
    const pid = /pid (\d+)/.exec(person.shown())?.[1];
    assert.ok(pid !== undefined, person.shown());
    process.kill(Number(pid), 'SIGKILL');
    await person.until(/here> /);
    // Until it is set back, Return is a carriage return to the shell, and ends no line.
    person.type(`while [ "$(stty -g)" != ${before} ]; do sleep 0.1; done; echo rest"ored"\n`);
    await person.until(/restored/);
    person.type('exit\r');
    await person.ended;
  });
});
