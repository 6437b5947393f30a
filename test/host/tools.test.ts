// Programs of the host: which are there, and what brings those that are not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInstalled, missingPackages, provideTools } from '../../src/host/index.ts';

const tools = { ssh: 'openssh-client', 'ssh-keygen': 'openssh-client', mount: 'mount' };

test('missing programs become packages, each once', () => {
  assert.deepEqual(
    missingPackages(tools, () => true),
    [],
  );
  assert.deepEqual(
    missingPackages(tools, (program) => !program.startsWith('ssh')),
    ['openssh-client'],
  );
});

test('a program is found in PATH and where root has his, a file by its path', () => {
  assert.equal(isInstalled('sh', '/bin'), true);
  assert.equal(isInstalled('keelson-has-no-such-program', '/bin'), false);
  assert.equal(isInstalled('/etc/passwd'), true);
  assert.equal(isInstalled('/etc/keelson-has-no-such-file'), false);
});

test('what may not be installed is named, with the command that would', async () => {
  const steps: string[] = [];
  const refused = provideTools({
    tools: { 'keelson-has-no-such-program': 'no-such-package' },
    purpose: 'a test',
    install: false,
    onStep: (text) => steps.push(text),
  });
  await assert.rejects(refused, {
    code: 'host.tools.missing',
    exit: 69,
    message: /a test needs: no-such-package/,
  });
  assert.deepEqual(steps, []);
});
