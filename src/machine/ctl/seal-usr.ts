// keelson seal-usr: a /usr that nobody writes to by accident, and the way through it.

import { Command, Option } from 'commander';
import type { SealReport } from '../../disk/index.ts';
import { foreground } from '../../host/index.ts';
import { sealLines } from '../seal-words.ts';

interface SealFlags {
  readonly writable: readonly string[];
  readonly apt: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
}

/** Exit status of `status` when /usr can be written to, as systemctl has it for a unit that is not active. */
const open = 3;

export function command(): Command {
  const collect = (path: string, all: readonly string[]) => [...all, path];
  const root = new Command('seal-usr')
    .enablePositionalOptions()
    .description(
      'Seal /usr: nothing can be written to it, now and from early in each boot on, until it is opened.',
    )
    .addOption(
      new Option('--writable <dir>', 'leave this folder below /usr writable (again for more)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--apt', 'let apt and what is made of it open /usr for dpkg alone', false)
    .option('--force', 'although files below /usr are open for writing', false)
    .option('-q, --quiet', 'say nothing', false)
    .action(async ({ quiet, ...options }: SealFlags) => {
      const { sealUsr } = await import('../../disk/index.ts');
      const report = await sealUsr(options);
      if (!quiet) process.stderr.write(sealLines(report));
    })
    .addHelpText(
      'after',
      `
Examples:
  keelson seal-usr --writable /usr/local         seal it, but for what is put in by hand
  keelson seal-usr open -- apt-get install jq    open it for this command alone
  keelson seal-usr open                          open it for everybody until it is closed
  keelson seal-usr close                         close it again; so does a boot
  keelson seal-usr off                           take the seal off for good

${sealOffHelp}`,
    );
  for (const make of [openSub, closeSub, statusSub, offSub]) root.addCommand(make());
  return root;
}

const sealOffHelp = `keelson.seal-usr=0 on the kernel's command line leaves /usr open for one boot.
`;

function openSub(): Command {
  return new Command('open')
    .description('Open /usr for one command, and for nobody else; without one for everybody, until `close`.')
    .usage('[-- <command...>]')
    .argument('[command...]')
    .passThroughOptions()
    .action(async (given: readonly string[]) => {
      const { checkOpenable, openCommand, openUsr } = await import('../../disk/index.ts');
      const argv = given[0] === '--' ? given.slice(1) : given;
      if (argv.length === 0) {
        await openUsr();
        process.stderr.write('/usr can be written to until `keelson seal-usr close` or the next boot.\n');
        return;
      }
      const { kind } = await checkOpenable();
      process.exitCode = await foreground(kind === 'none' ? argv : openCommand(argv));
    });
}

function closeSub(): Command {
  return new Command('close')
    .description('Close /usr again.')
    .option('-q, --quiet', 'say nothing', false)
    .action(async ({ quiet }: { quiet: boolean }) => {
      const { closeUsr } = await import('../../disk/index.ts');
      const report = await closeUsr();
      if (!quiet) process.stderr.write(sealLines(report));
    });
}

function statusSub(): Command {
  return new Command('status')
    .description('Say whether /usr is sealed, by what, and who has it open. Exits 3 when it is not sealed.')
    .option('--json', 'print it as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { readSeal } = await import('../../disk/index.ts');
      const report = await readSeal();
      process.stdout.write(json ? `${JSON.stringify(plain(report), undefined, 2)}\n` : sealLines(report));
      if (report.kind === 'none') process.exitCode = open;
    });
}

function offSub(): Command {
  return new Command('off')
    .description('Take the seal off, now and for the boots to come. The hook of apt goes as well.')
    .addOption(new Option('--leave-dpkg', 'for the apt that takes keelson off').default(false).hideHelp())
    .action(async ({ leaveDpkg }: { leaveDpkg: boolean }) => {
      const { unsealUsr } = await import('../../disk/index.ts');
      await unsealUsr(leaveDpkg);
    });
}

/** The report for scripts: of a namespace its processes only. */
function plain(report: SealReport): object {
  return { ...report, unreached: report.unreached.map(({ id, pids }) => ({ namespace: id, pids })) };
}
