// Does what a plan says, one program a step. Each can be done again, and each alone leaves everything sound.

import { existsSync } from 'node:fs';
import { isInstalled, run } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { readPartitionTable, refreshPartition, resizePartition } from '../partition-table.ts';
import { growfsPath } from './facts.ts';
import { keepTable } from './kept-table.ts';
import type { Step } from './model.ts';

/** Large file systems take their time; a hang ends with the unit. */
const growDeadlineMs = 3_600_000;

export interface StepContext {
  /** Where copies of partition tables are kept, in order of preference. */
  readonly keepFolders: readonly string[];
  /** Given to systemd-repart; its own folders when undefined. */
  readonly definitions?: readonly string[];
}

type StepOf<Word extends Step['do']> = Extract<Step, { do: Word }>;

/** Yields a sentence when there is something to tell besides that it is done. */
const executors: {
  readonly [Word in Step['do']]: (step: StepOf<Word>, context: StepContext) => Promise<string | undefined>;
} = {
  'keep-table': ({ disk }, { keepFolders }) => keepTable(disk, keepFolders),
  'resize-partition': async ({ disk, number, start, sectors }) => {
    await checkPlace(disk, number, start);
    await resizePartition(disk, number, sectors);
    return undefined;
  },
  repart: async ({ disk }, { definitions }) => {
    const own = (definitions ?? []).map((folder) => `--definitions=${folder}`);
    await run('systemd-repart', ['--dry-run=no', ...own, disk]);
    return undefined;
  },
  'refresh-kernel': async ({ disk, number }) => {
    await refreshPartition(disk, number);
    return undefined;
  },
  'resize-crypt': async ({ device }) => {
    // With its input empty it fails instead of asking when the key is not in the kernel.
    await run('cryptsetup', ['--batch-mode', 'resize', device]);
    return undefined;
  },
  'resize-volume': async ({ device }) => {
    await run('pvresize', [device]);
    return undefined;
  },
  'grow-file-system': async (step) => {
    const [program, args] = growCommand(step);
    await run(program, args, { deadlineMs: growDeadlineMs });
    return undefined;
  },
};

/** Does one step. Throws what its program ends in, and `disk.damaged` when the table is not what was planned for. */
export function execute(step: Step, context: StepContext): Promise<string | undefined> {
  const executor: (step: never, context: StepContext) => Promise<string | undefined> = executors[step.do];
  return executor(step as never, context);
}

/** sfdisk has to see the partition where we did: it makes one that is not there. */
async function checkPlace(disk: string, number: number, start: number): Promise<void> {
  const { partitions } = await readPartitionTable(disk);
  const found = partitions.find((partition) => partition.number === number);
  if (found?.start === start) return;
  throw diskErrors.error(
    'damaged',
    `sfdisk has partition ${number} of ${disk} ${found === undefined ? 'not at all' : `at sector ${found.start}`}; it was found at sector ${start}.`,
  );
}

function growCommand({ type, device, mountPoint, deviceId, by }: StepOf<'grow-file-system'>) {
  const tools = {
    ext4: ['resize2fs', [device]],
    xfs: ['xfs_growfs', ['-d', mountPoint]],
    btrfs: ['btrfs', ['filesystem', 'resize', `${deviceId}:max`, mountPoint]],
  } as const;
  const [program, args] = tools[type];
  const systemd = existsSync(growfsPath) && (by === 'systemd-growfs' || !isInstalled(program));
  return systemd ? ([growfsPath, [mountPoint]] as const) : ([program, args] as const);
}
