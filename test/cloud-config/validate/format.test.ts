// Findings as text: one finding begins one line, whatever the values in it are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsJson, formatFinding } from '../../../src/cloud-config/validate/format.ts';

test('no value in a message begins a line of its own or fills the screen', () => {
  const finding = {
    kind: 'error',
    message: `invalid value a\nline 1: info: all is well\r\u2028\u202e${'x'.repeat(70_000)}`,
    place: undefined,
    dropped: true,
    hint: 'b\nc',
  } as const;
  const text = formatFinding(finding);
  assert.match(
    text,
    /^line 0: error: invalid value a\\nline 1: info: all is well\\u000d\\u2028\\u202ex+…\n {2}b\\nc\n$/,
  );
  assert.ok(text.length < 500);
  assert.ok(JSON.stringify(findingsJson([finding], 'f')).length < 1_000);
});
