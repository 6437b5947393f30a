// keelson image install: a system onto a whole disk, from a release, from an image, or from the system that runs.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { cliErrors, progress } from '../../cli/index.ts';
import type { DiskDescription } from '../../deploy/index.ts';
import type { InstallRequest } from '../install-to-disk.ts';

interface Flags {
  readonly release?: string;
  readonly image?: string;
  readonly definition?: string;
  readonly cloudConfig?: string;
  readonly yes: boolean;
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The sub-command of `keelson image`. */
export function installSub(): Command {
  return new Command('install')
    .description('Erase a whole disk and install a system to it that boots from it, by UEFI and by BIOS.')
    .argument('<device>', 'the disk: /dev/sdb, /dev/nvme0n1, …')
    .option('--release <dir>', 'install this release; else the system that runs')
    .option('--image <file>', 'install what is in this raw image')
    .option('--cloud-config <file>', 'what the machine applies at its first boot')
    .option('--definition <dir>', 'take the partitions from here (default: what this keelson came with)')
    .option('-y, --yes', 'do not ask', false)
    .option('--no-install', 'do not install missing programs of this host with apt-get')
    .option('--json', 'print what was installed as JSON', false)
    .option('-q, --quiet', 'no progress', false)
    .action(act)
    .addHelpText(
      'after',
      `
Nothing is written before disk and source were checked and you said yes. A disk is refused that is mounted, swapped
to, part of an array or volume, that this system runs from, or that is too small. When an installation is interrupted,
the disk boots nothing: begin again.

Examples:
  keelson image install /dev/sdb                                          a copy of the system that runs
  keelson image install /dev/sda --release http-mirror/1.2.0 --yes        from a system in memory, unattended
  keelson image install /dev/sdb --image keelson.raw --cloud-config my.yml

Exit status:
  0   installed
  1   the disk or the source cannot be used, or the installation failed; or you said no
  2   wrong usage, a mistake in the cloud-config or in the definition
  77  permission denied
`,
    );
}

async function act(device: string, flags: Flags): Promise<void> {
  if (flags.release !== undefined && flags.image !== undefined) {
    throw cliErrors.error('usage', '--release and --image cannot be given together.');
  }
  if (!flags.yes && process.stdin.isTTY !== true) {
    throw cliErrors.error('usage', `Nobody can be asked whether ${device} may be erased.`, {
      hint: 'Say --yes if it may.',
    });
  }
  const { installToDisk } = await import('../install-to-disk.ts');
  const said = progress(process.stderr, flags.quiet);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort(name));
  const request: InstallRequest = {
    device,
    ...(flags.release === undefined ? {} : { release: flags.release }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags.definition === undefined ? {} : { definition: flags.definition }),
    installTools: flags.install,
    ...(flags.cloudConfig === undefined ? {} : { cloudConfig: flags.cloudConfig }),
    confirm: (disk, what) => (flags.yes ? Promise.resolve(true) : confirmed(disk, what, stop.signal)),
    onStep: (text) => said.step(text),
    onProgress: (done, total) => said.detail(`${Math.floor((100 * done) / total)} %`),
    signal: stop.signal,
  };
  const installed = await installToDisk(request).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    said.done(`Interrupted. If ${device} was being erased already, it boots nothing: begin again.`);
    const status: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
    process.exit(status[String(stop.signal.reason)] ?? 130);
  });
  if (installed === undefined) {
    process.stderr.write('Nothing was written.\n');
    process.exitCode = stop.signal.aborted ? 130 : 1;
    return;
  }
  said.done(`keelson ${installed.version} is on ${device}.`);
  if (!installed.partitionsSeen && !flags.quiet) {
    process.stderr.write(`This kernel sees the new partitions of ${device} after a boot only.\n`);
  }
  if (flags.json) process.stdout.write(`${JSON.stringify(installed, undefined, 2)}\n`);
}

async function confirmed(disk: DiskDescription, what: string, signal: AbortSignal): Promise<boolean> {
  const parts = disk.parts.map((part) => `  ${part}\n`).join('');
  const has = parts === '' ? 'It has no partitions.\n' : `Everything on it will be gone:\n${parts}`;
  process.stderr.write(`\n${disk.title}\n${has}`);
  // Not `terminal: true`: a Ctrl-C is to be the signal that everything else here listens for.
  const lines = createInterface({ input: process.stdin, terminal: false });
  process.stderr.write(`Erase it and install ${what}? Type yes: `);
  try {
    // No line at all is the end of the input.
    const [answer = ''] = await Promise.race([
      once(lines, 'line', { signal }),
      once(lines, 'close', { signal }),
    ]);
    return String(answer).trim() === 'yes';
  } finally {
    lines.close();
  }
}
