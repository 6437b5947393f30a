// Completion in real shells, at a terminal: somebody presses TAB, and the shell runs what it made of the line.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { terminal } from '../../ssh/terminal.ts';
import { cluster, machineID } from './cluster.ts';

const program = resolve(import.meta.dirname, '../../../src/fleetctl.ts');

/** How a shell begins: its arguments, and lines that make "show" a command that is completed like fleetctl. */
const shells: Readonly<
  Record<string, { readonly args: readonly string[]; readonly lines: readonly string[] }>
> = {
  bash: {
    args: ['--norc', '--noprofile', '-i'],
    lines: [
      'source <(fleetctl completion bash)',
      'show() { echo "got: $*;"; }; complete -F _fleetctl show',
      "bind 'set enable-bracketed-paste off' 'set bell-style none'",
    ],
  },
  zsh: {
    args: ['-f', '-i'],
    lines: [
      'unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; setopt interactivecomments',
      'autoload -Uz compinit && compinit -u -D',
      'source <(fleetctl completion zsh)',
      'show() { print -r -- "got: $*;" }; compdef _fleetctl show',
    ],
  },
  fish: {
    args: ['--no-config', '-i'],
    lines: [
      'fleetctl completion fish | source',
      'function show; echo "got: $argv;"; end; complete -c show -w fleetctl',
    ],
  },
};

/** What is typed, TAB included, and what the shell then runs. */
const lines: readonly (readonly [typed: string, run: string])[] = [
  ['unl\t', 'unload'],
  ['status w@\t', 'status w@1.service'],
  ['status g.service@\t', `status g.service@${machineID}`],
  ['drain 0a\t', `drain ${machineID}`],
  ['--endpoint=unix:///nowhere status w\t', '--endpoint=unix:///nowhere status w'],
];

for (const [shell, { args, lines: beginning }] of Object.entries(shells)) {
  test(`${shell} completes commands, units, machines, and units on machines`, async (t) => {
    const { status, stdout } = spawnSync('/bin/sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' });
    if (status !== 0) return t.skip(`${shell} is not installed`);
    await using c = await cluster();
    const fleetctl = join(c.folder, 'fleetctl');
    writeFileSync(fleetctl, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(fleetctl, 0o755);
    writeFileSync(join(c.folder, 'w@.service'), '[Service]\nExecStart=/bin/true\n');
    writeFileSync(join(c.folder, 'g.service'), '[Service]\nExecStart=/bin/true\n[X-Fleet]\nGlobal=true\n');
    assert.equal((await c.fleetctl('start', 'w@1', 'g')).status, 0);
    using person = terminal(
      stdout.trim(),
      args,
      {
        PATH: `${c.folder}:${process.env.PATH}`,
        HOME: c.folder,
        TERM: 'vt100',
        PS1: '$ ',
        HISTFILE: '/dev/null',
        FLEETCTL_ENDPOINT: `unix://${c.path}`,
      },
      c.folder,
    );
    for (const line of [...beginning, 'echo rea""dy']) person.type(`${line}\r`);
    await person.until(/ready\r/);
    for (const [typed, run] of lines) {
      person.type(`show ${typed}`);
      // The shell reads on once it has completed: what is typed meanwhile waits.
      person.type('\r');
      const [, ran = ''] = await person.until(/got: ([^;]*);/);
      assert.equal(ran.trimEnd(), run, `${shell}: ${typed}`);
    }
  });
}
