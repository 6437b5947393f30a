import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetErrors } from '../../src/fleet/errors.ts';
import { createLog } from '../../src/fleet/logger.ts';

function logged(error: unknown): string {
  let text = '';
  createLog(false, { write: (line) => (text += line) }).warn({ err: error }, 'It did not work.');
  return text;
}

test('an error that was foreseen is logged without its place in the code', () => {
  const line = logged(fleetErrors.error('config', 'Wrong.', { hint: 'Mend it.' }));
  assert.match(line, /^<4>\{.*"err":\{"code":"fleet\.config","hint":"Mend it\."\}.*It did not work\./);
  assert.doesNotMatch(line, /stack/);
});

test('any other error is logged with its place', () => {
  assert.match(logged(new TypeError('x is not a function')), /"stack":"TypeError: x is not a function.* at /);
});
