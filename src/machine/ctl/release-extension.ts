// keelson release extension: a release of a layer over /usr, out of a folder.

import { Command, Option } from 'commander';
import { progress } from '../../cli/index.ts';
import type { Compression } from '../../deploy/index.ts';
import { provideTools, sourceDateEpoch } from '../../host/index.ts';
import { type RuleFlags, releaseOptionsOf, withReleaseRules } from './release-rules.ts';

interface ExtensionFlags extends RuleFlags {
  readonly name: string;
  readonly version: string;
  readonly tree: string;
  readonly output: string;
  readonly architecture?: string;
  readonly id?: string;
  readonly versionId?: string;
  readonly compression: Compression;
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function extensionCommand(): Command {
  return withReleaseRules(new Command('extension'))
    .description(
      'Make a release of a system extension: a layer over the /usr of machines, for `keelson slot --extension` and for ' +
        'updates. The same folder makes the same bytes. All files of it are root’s.',
    )
    .requiredOption('--name <name>', 'of the extension: up to 48 of a-z, 0-9, _, . and -')
    .requiredOption('--version <version>', 'of this release')
    .requiredOption('--tree <dir>', 'a folder with usr in it, and nothing else')
    .option('-o, --output <dir>', 'folder for what is made', '.')
    .addOption(
      new Option('--architecture <name>', 'of its programs (default: that of this machine)').choices([
        'amd64',
        'arm64',
      ]),
    )
    .option('--id <id>', 'the systems that it is for, by ID of their os-release (default: all)')
    .option('--version-id <id>', 'and by VERSION_ID')
    .addOption(
      new Option('--compression <how>', 'fast for trying, release for what travels')
        .choices(['fast', 'release'])
        .default('fast'),
    )
    .option('--no-install', 'do not install missing programs of this host with apt-get')
    .option('--json', 'print what was made as JSON', false)
    .option('-q, --quiet', 'say nothing but what was made', false)
    .action(build);
}

async function build(flags: ExtensionFlags): Promise<void> {
  const { buildExtension, extensionTools, hostArchitecture } = await import('../../deploy/index.ts');
  // A key that cannot be read is told before any work.
  const release = await releaseOptionsOf(flags);
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => interrupt.abort(name));
  try {
    await provideTools({
      tools: extensionTools,
      purpose: 'making an extension',
      install: flags.install,
      onStep,
    });
    const { name, version, tree, output, compression, id, versionId } = flags;
    const built = await buildExtension({
      ...{ name, version, tree, output, compression, release, onStep },
      architecture: flags.architecture ?? hostArchitecture(),
      epoch: sourceDateEpoch(),
      onPercent: (percent) => says.detail(`${percent} %`),
      signal: interrupt.signal,
      ...(id === undefined ? {} : { id }),
      ...(versionId === undefined ? {} : { versionId }),
    });
    says.done(`Extension ${name} ${version} is made.`);
    process.stdout.write(flags.json ? `${JSON.stringify(built, undefined, 2)}\n` : `${built.path}\n`);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    says.done('Interrupted. Nothing half-made stays.');
    process.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[String(interrupt.signal.reason)] ?? 130;
  }
}
