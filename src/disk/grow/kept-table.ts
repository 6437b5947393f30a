// A copy of the partition table from before it is written: as text for sfdisk, and the very sectors.

import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run, syncDirectory, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { dumpPartitionTable } from '../partition-table.ts';

/** So many copies of one disk's tables are kept. */
const keptCopies = 4;

/**
 * Keeps the table of `disk` in the first of these folders that takes it: the file system that is to grow may be
 * full. Yields a sentence that names the file.
 */
export async function keepTable(disk: string, folders: readonly string[]): Promise<string> {
  const dump = await dumpPartitionTable(disk);
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${basename(disk)}-${stamp}`;
  let failure: unknown;
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(join(folder, `${name}.sfdisk`), dump, { mode: 0o600 });
      await run('sfdisk', ['--backup-pt-sectors', '--backup-file', join(folder, name), disk]);
      await settle(folder, basename(disk), name);
      return `The table as it was is in ${join(folder, `${name}.sfdisk`)}.`;
    } catch (error) {
      failure = error;
    }
  }
  throw diskErrors.error(
    'failed',
    `No copy of the partition table of ${disk} could be kept in ${folders.join(' or ')}.`,
    {
      cause: failure,
      hint: 'Nothing was written. Make room there, and run this again.',
    },
  );
}

/** Makes the copies durable, and removes those that are older than the last few. */
async function settle(folder: string, disk: string, own: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.startsWith(`${own}-`))) {
    const handle = await open(join(folder, name), 'r');
    await handle.sync();
    await handle.close();
  }
  await syncDirectory(folder);
  const dumps = names.filter((name) => name.startsWith(`${disk}-`) && name.endsWith('.sfdisk')).sort();
  for (const old of dumps.slice(0, -keptCopies).map((name) => name.slice(0, -'.sfdisk'.length))) {
    for (const name of names.filter((each) => each.startsWith(old))) await rm(join(folder, name));
  }
}
