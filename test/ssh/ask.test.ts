// The program that ssh asks through, on terminals as other programs leave them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { askEnvironment } from '../../src/ssh/ask.ts';
import { terminal } from './terminal.ts';

const question = 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ';

test('the answer is waited for, also on a terminal that was left so that reading does not wait', async (t) => {
  const folder = mkdtempSync('/tmp/keelson-ask-');
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...askEnvironment([folder]), QUESTION: question };
  for (const before of ['true', 'dd iflag=nonblock count=0 2>/dev/null']) {
    const script = `${before}; exec "$SSH_ASKPASS" "$QUESTION"`;
    using person = terminal('/bin/sh', ['-c', script], env);
    await person.until(/connecting \(yes\/no\)\? /);
    // As a person does: an answer that is there before it is read for is never missed.
    await pause(500);
    person.type('yes\r');
    await person.until(/yes\r\nyes\r\n/);
    assert.equal(await person.ended, 0);
  }
});
