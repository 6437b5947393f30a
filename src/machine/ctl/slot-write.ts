// keelson slot write: an update into the idle slot. keelson slot take: a try counted by who boots the machine.

import { Option } from 'commander';
import { cliErrors, progress } from '../../cli/index.ts';
import { writeStepNames } from '../../disk/index.ts';
import { provideTools } from '../../host/index.ts';
import { managerOf, type PlaceFlags, type SubCommand, slotCommand, toolsFor } from './slot-options.ts';

interface WriteFlags extends PlaceFlags {
  readonly force: boolean;
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stopAfter?: string;
}

export function writeCommand(): SubCommand {
  const command = slotCommand(
    'write',
    'Put a release into the idle slot, and let it be tried at the next boot.',
  )
    .argument(
      '<release>',
      'a folder with manifest.json, made by keelson image build --format payload or keelson release extension',
    )
    .option('--force', 'although the running version is not blessed, or this one failed here before', false)
    .option('--no-install', 'do not install missing programs with apt-get')
    .option('--json', 'print what was done as JSON', false)
    .option('-q, --quiet', 'say nothing', false)
    .addOption(
      // As if power failed there: nothing is cleaned up.
      new Option('--stop-after <step>', 'for tests').choices(writeStepNames).hideHelp(),
    )
    .action(write);
  return { command, hidden: false };
}

async function write(release: string, flags: WriteFlags): Promise<void> {
  const manager = await managerOf(flags);
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  await provideTools({ tools: toolsFor(flags), purpose: 'writing a slot', install: flags.install, onStep });
  const { slot, next } = await manager.write(release, {
    force: flags.force,
    onStep: (_name, text) => onStep(text),
    onProgress: (done, total) => says.detail(`${Math.floor((done / total) * 100)} %`),
    afterStep: (name) => {
      if (name === flags.stopAfter) process.kill(process.pid, 'SIGKILL');
    },
  });
  const version = (await manager.list()).find((info) => info.slot === slot)?.version;
  says.done(`Slot ${slot} holds version ${version}.`);
  if (flags.json) process.stdout.write(`${JSON.stringify({ slot, version, next }, undefined, 2)}\n`);
  else if (!flags.quiet) process.stdout.write(nextLine(slot, next, flags.folder));
}

/** What is to be done next; a folder is mostly another machine's, and to reboot this one would be wrong. */
export function nextLine(slot: string, next: boolean, folder?: string): string {
  const place = folder === undefined ? '' : ` --folder ${folder}`;
  if (!next) return `It is older than what runs, and waits: keelson slot activate ${slot}${place}\n`;
  return folder === undefined
    ? 'It is tried at the next boot: systemctl reboot\n'
    : `It is tried at the next start: keelson slot take${place}\n`;
}

export function takeCommand(): SubCommand {
  const command = slotCommand(
    'take',
    'For who boots a machine of plain files: count a try, print the slot’s folder.',
  )
    .option(
      '--check',
      'read the slot against its root hash; one on trial that is damaged is passed over',
      false,
    )
    .option('--cmdline', 'print the kernel’s command line on a second line, as this boot needs it', false)
    .action(take);
  return { command, hidden: false };
}

interface TakeFlags extends PlaceFlags {
  readonly check: boolean;
  readonly cmdline: boolean;
}

async function take({ folder, check, cmdline }: TakeFlags): Promise<void> {
  if (folder === undefined) {
    throw cliErrors.error('usage', 'slot take is for slots in plain files: --folder names where they are.');
  }
  const { takeSlot, takeTry } = await import('../../disk/index.ts');
  const at = folder.replace(/\/+$/, '');
  if (!check && !cmdline) {
    process.stdout.write(`${at}/${await takeTry(folder)}\n`);
    return;
  }
  const onDamaged = (sentence: string) => process.stderr.write(`${sentence}\n`);
  const taken = await takeSlot(folder, { check, onDamaged });
  process.stdout.write(`${at}/${taken.slot}\n${cmdline ? `${taken.cmdline}\n` : ''}`);
}
