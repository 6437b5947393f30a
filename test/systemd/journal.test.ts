// The arguments of journalctl, and its lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalArguments, parseJournalLine } from '../../src/systemd/journal.ts';

test('options become arguments, none of which can be taken for another', () => {
  assert.deepEqual(
    journalArguments({
      units: ['--vacuum-size=1'],
      lines: 5,
      follow: true,
      afterCursor: '-x',
      sinceMs: 1500,
    }).slice(4),
    ['--unit=--vacuum-size=1', '--lines=5', '--follow', '--after-cursor=-x', '--since=@1.500000'],
  );
  assert.ok(journalArguments({ follow: true }).includes('--no-tail'));
});

test('fields are text, bytes or lists; what is no entry is none', () => {
  const line = JSON.stringify({
    __CURSOR: 's=1',
    __REALTIME_TIMESTAMP: '1795311955944411',
    MESSAGE: [97, 255],
    SYSLOG_IDENTIFIER: ['first', 'second'],
    PRIORITY: '3',
  });
  assert.deepEqual(parseJournalLine(line), {
    cursor: 's=1',
    timestampUs: 1795311955944411,
    message: 'a\ufffd',
    priority: 3,
    unit: '',
    identifier: 'first',
    pid: undefined,
    hostname: '',
  });
  for (const bad of ['', '{', '[]', 'null', '{"MESSAGE":"x"}'])
    assert.equal(parseJournalLine(bad), undefined);
});
