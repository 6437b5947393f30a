// The completion scripts, as the shells themselves read them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionCommand, completionScript } from '../../../src/cloud-config/ctl/completion.ts';
import { definitions } from '../../../src/cloud-config/ctl/flags.ts';
import { presetNames } from '../../../src/cloud-config/ctl/presets.ts';
import { run } from '../../../src/host/index.ts';

/** What bash offers for a command line whose last word is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completionScript('bash')}
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_coreos_cloudinit
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script, 'bash', 'coreos-cloudinit', ...words]);
  return stdout.split('\n').filter((line) => line !== '');
}

test('bash: flags, presets and files', async () => {
  assert.deepEqual(await offered('--from-h'), ['--from-hetzner-metadata=']);
  assert.deepEqual(await offered('--from-fw'), ['--from-fw-cfg']);
  assert.deepEqual(await offered('--val'), ['--validate']);
  assert.deepEqual(await offered(''), ['status', 'diff', 'completion']);
  assert.deepEqual(await offered('completion', 'z'), ['zsh']);
  assert.deepEqual(await offered('diff', '--from-ur'), ['--from-url=']);
  assert.equal((await offered('--')).length, Object.keys(definitions).length);
  assert.deepEqual(await offered('--oem', '=', 'ec2'), ['ec2', 'ec2-compat']);
  assert.deepEqual(await offered('--oem', '='), [...presetNames]);
  assert.deepEqual(await offered('--oem', 'oracle'), ['oracle']);
  assert.deepEqual(await offered('--from-file', '=', '/etc/os-relea'), ['/etc/os-release']);
});

test('each script names every flag, and its quotes are closed', async () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell);
    for (const name of Object.keys(definitions)) assert.ok(script.includes(name), `${shell} ${name}`);
  }
  // What zsh's script is made of, the other shell can read as well.
  await run('bash', ['-n'], { input: completionScript('zsh') });
  assert.throws(() => completionCommand(['csh']), /bash\|zsh\|fish/);
});
