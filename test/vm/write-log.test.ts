// What QEMU notes down of the writes to a disk, done again, makes the same disk.

import assert from 'node:assert/strict';
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { ReplayedDisk, readWriteLog } from './write-log.ts';

test('a log of writes gives the disk after each of them', async () => {
  const folder = await temporaryFolder();
  try {
    const [disk, log, copy] = ['disk', 'log', 'copy'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(disk, Buffer.alloc(1024 * 1024, 0x11));
    await writeFile(log, '');
    await copyFile(disk, copy);
    const image = `driver=blklogwrites,file.driver=file,file.filename=${disk},log.driver=file,log.filename=${log}`;
    const commands = [
      'write -P 0x22 4096 8192',
      'flush',
      'write -P 0x33 512 1024',
      'write -z 65536 4096',
      'flush',
    ];
    await run('qemu-io', ['--image-opts', image, ...commands.flatMap((command) => ['-c', command])]);

    const writes = await readWriteLog(log);
    const kinds = writes.map(({ kind, offset, bytes }) => `${kind} ${offset} ${bytes}`);
    assert.deepEqual(kinds.slice(0, 5), [
      'data 4096 8192',
      'flush 0 0',
      'data 512 1024',
      'data 65536 4096',
      'flush 0 0',
    ]);
    {
      await using replayed = await ReplayedDisk.open(copy, log);
      await replayed.apply(writes.slice(0, 1));
      assert.equal((await readFile(copy)).indexOf(0x33), -1);
      const undo = await replayed.applyUndoably(writes.slice(2, 3));
      assert.equal((await readFile(copy)).indexOf(0x33), 512);
      await undo();
      assert.equal((await readFile(copy)).indexOf(0x33), -1);
      await replayed.apply(writes.slice(1));
    }
    assert.ok((await readFile(copy)).equals(await readFile(disk)));

    // Its machine was killed in the middle of a write.
    const whole = (await readFile(log)).length;
    await truncate(log, whole - 512 * 3);
    assert.ok((await readWriteLog(log)).length < writes.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
