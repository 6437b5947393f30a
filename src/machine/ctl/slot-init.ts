// keelson slot init: the first release of a folder of slots, for a machine that somebody else starts.

import { cliErrors, progress } from '../../cli/index.ts';
import { provideTools } from '../../host/index.ts';
import { rootOf } from './install.ts';
import { type PlaceFlags, type SubCommand, slotCommand, writeTools } from './slot-options.ts';

interface InitFlags extends PlaceFlags {
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function initCommand(): SubCommand {
  const command = slotCommand('init', 'Make a folder of slots in plain files, with a release in slot A.')
    .argument('<release>', 'a folder with manifest.json, made by keelson image build --format payload')
    .option('--no-install', 'do not install missing programs with apt-get')
    .option('--json', 'print what was done as JSON', false)
    .option('-q, --quiet', 'say nothing', false)
    .action(init);
  return { command, hidden: false };
}

async function init(release: string, flags: InitFlags): Promise<void> {
  const { folder } = flags;
  if (folder === undefined || flags.disk !== undefined || flags.esp !== undefined) {
    throw cliErrors.error('usage', 'slot init is for slots in plain files: --folder alone names where.');
  }
  rootOf(undefined);
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  await provideTools({ tools: writeTools, purpose: 'writing a slot', install: flags.install, onStep });
  const { initPlainFolder, locateSlots } = await import('../../disk/index.ts');
  const { architecture } = await locateSlots({ folder });
  const { slot, version } = await initPlainFolder(folder, release, {
    architecture,
    onStep,
    onProgress: (done, total) => says.detail(`${Math.floor((done / total) * 100)} %`),
  });
  says.done(`Slot ${slot} of ${folder} holds version ${version}.`);
  if (flags.json) process.stdout.write(`${JSON.stringify({ slot, version }, undefined, 2)}\n`);
  else if (!flags.quiet) process.stdout.write(`Before each start: keelson slot take --folder ${folder}\n`);
}
