// The command line of coreos-cloudinit: flags, then one of four ways: help, validate, dry run, apply.

import { describeError } from '../../cli/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { networkWish, wrongWish } from '../network/wish.ts';
import { parseFlags, usage } from './flags.ts';
import { withPreset } from './presets.ts';
import { sourcesOf } from './sources.ts';

/** Runs the command; returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    if (args[0] === 'import-keys') {
      const { importKeysCommand } = await import('./import-keys.ts');
      return await importKeysCommand(args.slice(1));
    }
    if (args[0] === 'status') {
      const { statusCommand } = await import('./status.ts');
      return await statusCommand(args.slice(1));
    }
    if (args[0] === 'completion') {
      const { completionCommand } = await import('./completion.ts');
      return completionCommand(args.slice(1));
    }
    const mode = args[0] === 'diff' ? 'diff' : 'apply';
    const given = parseFlags(mode === 'diff' ? args.slice(1) : args);
    if (given.get('help') === 'true') {
      process.stdout.write(usage());
      return 0;
    }
    if (given.get('version') === 'true') {
      const { version } = await import('../../host/index.ts');
      process.stdout.write(`coreos-cloudinit ${version()}\n`);
      return 0;
    }
    const flags = withPreset(given);
    const wish = flags.get('convert-netconf') ?? '';
    if (wish !== '' && networkWish(wish) === undefined) {
      // On standard output, where the original says it.
      process.stdout.write(`${wrongWish(wish)}\n`);
      return 2;
    }
    const sources = await sourcesOf(flags);
    const name = flags.get('ssh-key-name') ?? 'coreos-cloudinit';
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/.test(name)) {
      throw cloudConfigErrors.error('usage', `--ssh-key-name=${name} is not a file name.`);
    }
    if (sources.length === 0) {
      process.stdout.write('Nothing on this machine speaks for a source of user-data: nothing is done.\n');
      return 0;
    }
    const { execute } = await import('./execute.ts');
    return await execute(flags, sources, mode);
  } catch (error) {
    const { text, exit } = describeError('coreos-cloudinit', error);
    process.stderr.write(text);
    // As diff(1): 1 says that there are differences.
    return args[0] === 'diff' ? 2 : exit;
  }
}
