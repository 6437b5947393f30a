// keelson release diff: what an update costs.

import { Command } from 'commander';
import { progress, renderTable } from '../../cli/index.ts';
import type { ReleaseDifference } from '../../disk/index.ts';
import { rulesText } from './release-rules.ts';

interface DiffFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

export function diffCommand(): Command {
  return new Command('diff')
    .description('Tell what a machine with the old release fetches of the new one.')
    .argument('<old>', 'the folder of the release that runs')
    .argument('<new>', 'the folder of the one it updates to')
    .option('--json', 'print the bytes of each part as JSON', false)
    .option('-q, --quiet', 'no progress', false)
    .action(async (old: string, next: string, flags: DiffFlags) => {
      const { differenceOf, readRelease } = await import('../../disk/index.ts');
      const [before, after] = [await readRelease(old), await readRelease(next)];
      const says = progress(process.stderr, flags.quiet);
      says.step(`Comparing ${before.manifest.version} and ${after.manifest.version}`);
      const difference = await differenceOf(before, after, (part, done, total) =>
        says.detail(`${part} ${Math.floor((done / Math.max(1, total)) * 100)} %`),
      );
      says.done(
        `Compared ${before.manifest.version} and ${after.manifest.version}.${rulesText(after.manifest)}`,
      );
      process.stdout.write(flags.json ? `${JSON.stringify(difference, null, 2)}\n` : table(difference));
    });
}

function table({ parts, bytes, fetched }: ReleaseDifference): string {
  const row = (name: string, all: number, some: number, requests: number) => [
    name,
    String(all),
    String(some),
    `${((some / Math.max(1, all)) * 100).toFixed(1)} %`,
    String(requests),
  ];
  const requests = parts.reduce((sum, part) => sum + part.requests, 0);
  return renderTable({
    header: ['PART', 'BYTES', 'FETCHED', 'SHARE', 'REQUESTS'],
    rows: [
      ...parts.map((part) => row(part.part, part.bytes, part.fetched, part.requests)),
      row('all', bytes, fetched, requests),
    ],
  });
}
