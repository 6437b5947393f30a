// keelson image build: a disk that boots, and what an update or a network boot needs, out of Debian's packages.

import { Command, Option } from 'commander';
import { cliErrors, progress, renderTable } from '../../cli/index.ts';
import type { BuiltImage, Compression, ImageFormat } from '../../deploy/index.ts';
import { cacheDirectory, homeDirectory, provideTools } from '../../host/index.ts';
import { buildPackage } from '../package.ts';
import { installSub } from './image-install.ts';
import { type RuleFlags, releaseOptionsOf, withReleaseRules } from './release-rules.ts';
import { type UpdateFlags, updateDefaultsOf, withUpdateFlags } from './update-defaults.ts';

interface BuildOptions extends RuleFlags, UpdateFlags {
  readonly output: string;
  readonly definition?: string;
  readonly version?: string;
  readonly kernel?: string;
  readonly format: readonly ImageFormat[];
  readonly compression: Compression;
  readonly update: boolean;
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

// As deploy has them: the help does not load it.
const formats: readonly ImageFormat[] = ['raw', 'qcow2', 'payload', 'pxe', 'tarball'];

export function command(): Command {
  return new Command('image')
    .description("Make the operating system of machines: Debian's packages and this keelson as one image.")
    .addCommand(buildCommand())
    .addCommand(installSub());
}

function buildCommand(): Command {
  return withUpdateFlags(withReleaseRules(new Command('build')))
    .description(
      'Build an image. The same definition, package versions and tools make the same bytes. What is there ' +
        'from an earlier build is used again. Needs root.',
    )
    .option('-o, --output <dir>', 'folder for what is made', '.')
    .option('--definition <dir>', 'packages, partitions and files (default: those that keelson brings)')
    .option('--version <version>', "of the image (default: keelson's own)")
    .option('--kernel <package>', 'the kernel, instead of what the definition names (linux-image-amd64)')
    .addOption(
      new Option('--format <list>', `what to make, of ${formats.join(', ')}`)
        .argParser(parseFormats)
        .default(['raw', 'payload'], 'raw,payload'),
    )
    .addOption(
      new Option('--compression <how>', 'of /usr: fast for trying, release for what travels (minutes)')
        .choices(['fast', 'release'])
        .default('fast'),
    )
    .option('--update', "take Debian's newest packages instead of those of the last build", false)
    .option('--no-install', 'do not install missing programs of this host with apt-get')
    .option('--json', 'print what was made as JSON', false)
    .option('-q, --quiet', 'say nothing but what was made', false)
    .action(build)
    .addHelpText('after', examples);
}

const examples = `
Formats:
  raw      a whole disk for UEFI and BIOS machines; write it to a disk or boot it in a virtual machine
  qcow2    the same for QEMU
  payload  a folder with a release, for \`keelson slot write\` and for updates
  pxe      a folder with kernel, initrd, /usr and a script for iPXE: a machine in memory
  tarball  the root as one archive, for systemd-nspawn

Examples:
  keelson image build --output /var/tmp/image
  keelson image build --definition ./my-image --version 1.2.0 --format raw,qcow2 --compression release
  keelson image build --update-server http://192.0.2.1:8000/ --update-key releases.pem --sign-key releases.key
  qemu-system-x86_64 -m 1024 -drive if=virtio,file=/var/tmp/image/keelson_0.1.0.raw,format=raw -nographic
`;

function parseFormats(text: string): ImageFormat[] {
  const words = text.split(',').filter((word) => word !== '');
  const known = words.flatMap((word) => formats.filter((format) => format === word));
  const odd = words.find((word) => !formats.some((format) => format === word));
  if (odd !== undefined || known.length === 0) {
    throw cliErrors.error(
      'usage',
      `“${odd ?? text}” is nothing that can be made: expected some of ${formats.join(', ')}.`,
    );
  }
  return [...new Set(known)];
}

async function build(options: BuildOptions): Promise<void> {
  const { buildImage, imageTools, requireDiskArchitecture } = await import('../../deploy/index.ts');
  // Before programs are installed that Debian has for amd64 only.
  requireDiskArchitecture();
  // A key that cannot be read is told before minutes of work.
  const release = await releaseOptionsOf(options);
  const updates = await updateDefaultsOf(options);
  const says = progress(process.stderr, options.quiet);
  const onStep = (text: string) => says.step(text);
  const begun = performance.now();
  const interrupt = new AbortController();
  // What runs is ended and what is half made is removed before we go.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => interrupt.abort(name));
  try {
    const tools = imageTools(options.format);
    await provideTools({ tools, purpose: 'making an image', install: options.install, onStep });
    const built = await buildImage({
      keelson: await buildPackage({ home: homeDirectory(), onStep }),
      formats: options.format,
      compression: options.compression,
      output: options.output,
      cache: cacheDirectory(),
      update: options.update,
      release,
      updates,
      onStep,
      onDetail: (text) => says.detail(text),
      signal: interrupt.signal,
      ...(options.definition === undefined ? {} : { definition: options.definition }),
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    });
    says.done(`keelson ${built.version} is made, in ${Math.round((performance.now() - begun) / 1000)} s.`);
    process.stdout.write(options.json ? `${JSON.stringify(built, null, 2)}\n` : table(built));
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    says.done('Interrupted. Nothing half-made stays.');
    process.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[String(interrupt.signal.reason)] ?? 130;
  }
}

function table({ artifacts }: BuiltImage): string {
  const rows = artifacts.map(({ format, allocatedBytes, path }) => [format, size(allocatedBytes), path]);
  return renderTable({ header: ['FORMAT', 'SIZE', 'PATH'], rows });
}

function size(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
