// How often a script is run.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasBegun } from '../../../src/cloud-config/apply/script.ts';

test('an instance that could not be learned is taken for the one it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  const script = (instance: string, every: 'instance' | 'life' = 'instance') => ({
    ...({
      kind: 'run-script',
      script: '#!/bin/sh\n',
      unit: 'coreos-cloudinit-abc.service',
      why: 'a test',
    } as const),
    ...{ interpreter: ['/bin/bash'], after: [], every, instance },
  });
  const mark = (instance: string) =>
    writeFile(join(folder, `abc.${createHash('sha256').update(instance).digest('hex').slice(0, 16)}`), '');
  try {
    assert.equal(hasBegun(script(''), join(folder, 'none')), false);
    await writeFile(join(folder, 'abc'), '#!/bin/sh\n');
    await writeFile(join(folder, 'abc.once'), '');
    assert.equal(hasBegun(script(''), folder), false);
    assert.equal(hasBegun(script('', 'life'), folder), true);
    await mark('i-1');
    assert.equal(hasBegun(script('i-1'), folder), true);
    assert.equal(hasBegun(script('i-2'), folder), false);
    assert.equal(hasBegun(script(''), folder), true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
