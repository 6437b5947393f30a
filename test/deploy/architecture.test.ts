// Machines that no disk is made for are told so in a sentence, and not by a package that Debian does not have there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireDiskArchitecture } from '../../src/deploy/architecture.ts';
import { deployErrors } from '../../src/deploy/errors.ts';

test('disks are for amd64', () => {
  requireDiskArchitecture('amd64');
  for (const other of ['arm64', 'riscv64']) {
    assert.throws(
      () => requireDiskArchitecture(other),
      (error) => {
        assert.ok(deployErrors.is(error, 'invalid'));
        assert.match(error.message, new RegExp(`for amd64 machines only, not for ${other}\\.$`));
        assert.match(error.hint ?? '', /keelson install/);
        return true;
      },
    );
  }
});
