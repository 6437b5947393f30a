// keelson slot init: the first release of a folder of slots, for a machine that somebody else starts, or of an
// extension of this one.

import { stat } from 'node:fs/promises';
import { cliErrors, progress } from '../../cli/index.ts';
import { provideTools, run, writeFileAtomic } from '../../host/index.ts';
import { rootOf } from './install.ts';
import { type PlaceFlags, type SubCommand, slotCommand, toolsFor } from './slot-options.ts';

interface InitFlags extends PlaceFlags {
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function initCommand(): SubCommand {
  const command = slotCommand(
    'init',
    'Make slots in plain files, or those of an extension, with a release in slot A.',
  )
    .argument('<release>', 'a folder with manifest.json, made by keelson image build --format payload')
    .option('--no-install', 'do not install missing programs with apt-get')
    .option('--json', 'print what was done as JSON', false)
    .option('-q, --quiet', 'say nothing', false)
    .action(init);
  return { command, hidden: false };
}

async function init(release: string, flags: InitFlags): Promise<void> {
  const { folder, extension } = flags;
  if (
    (folder === undefined) === (extension === undefined) ||
    flags.disk !== undefined ||
    flags.esp !== undefined
  ) {
    throw cliErrors.error(
      'usage',
      'slot init is for slots in files: --folder or --extension alone names them.',
    );
  }
  rootOf(undefined);
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  await provideTools({ tools: toolsFor(flags), purpose: 'writing a slot', install: flags.install, onStep });
  const { initExtension, initPlainFolder, machineArchitecture } = await import('../../disk/index.ts');
  const options = {
    architecture: machineArchitecture(),
    onStep,
    onProgress: (done: number, total: number) => says.detail(`${Math.floor((done / total) * 100)} %`),
  };
  const { slot, version } =
    extension === undefined
      ? await initPlainFolder(folder ?? '', release, options)
      : await initExtension(extension, release, options);
  const merged = extension === undefined ? undefined : await mergeNow(extension, onStep);
  says.done(`Slot ${slot} of ${extension ?? folder} holds version ${version}.`);
  if (flags.json) process.stdout.write(`${JSON.stringify({ slot, version, merged }, undefined, 2)}\n`);
  else if (!flags.quiet) process.stdout.write(nextLineOf(flags, version, merged));
}

/** Lets each boot take it, and this one now. Returns the version that is merged then. */
async function mergeNow(name: string, onStep: (text: string) => void): Promise<string | undefined> {
  const { mergedVersion } = await import('../../disk/index.ts');
  await openForApt();
  onStep('Merging it into /usr');
  await run('systemctl', ['--quiet', 'enable', extensionUnits[0]]);
  await run('systemctl', ['restart', ...extensionUnits], { accept: 'any', deadlineMs: 900_000 });
  return await mergedVersion(name);
}

const aptFolder = '/etc/apt/apt.conf.d';
const aptText = `// Written by keelson slot init --extension. With a layer over it /usr is read-only: dpkg gets one without.
DPkg::Pre-Invoke { "if [ -d /run/keelson/extensions ]; then systemd-sysext unmerge; fi"; };
DPkg::Post-Invoke { "if [ -d /run/keelson/extensions ]; then systemd-sysext refresh; fi"; };
`;

/** Lets apt install packages as before. */
async function openForApt(): Promise<void> {
  const folder = await stat(aptFolder).catch(() => undefined);
  if (folder?.isDirectory() === true) await writeFileAtomic(`${aptFolder}/80keelson-extensions`, aptText);
}

const extensionUnits = ['keelson-extensions.service', 'keelson-extensions-merged.service'] as const;

function nextLineOf({ folder, extension }: PlaceFlags, version: string, merged: string | undefined): string {
  if (extension === undefined) return `Before each start: keelson slot take --folder ${folder}\n`;
  return merged === version
    ? 'It is part of /usr now, and at each boot.\n'
    : 'It is not part of /usr: journalctl -u keelson-extensions -u systemd-sysext tells why.\n';
}
