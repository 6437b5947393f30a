// keelson release unpack: a payload of update_engine, verified and written to files.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { cliErrors, progress } from '../../cli/index.ts';
import { errnoOf, provideTools } from '../../host/index.ts';

interface UnpackFlags {
  readonly key: readonly string[];
  readonly partition: string;
  readonly kernel?: string;
  readonly sha256?: string;
  readonly install: boolean;
  readonly quiet: boolean;
}

export function unpackCommand(): Command {
  return new Command('unpack')
    .description(
      'Verify a full payload of update_engine (update.gz) whole, then write what is in it. Nothing is written of a ' +
        'payload that is damaged or not signed by one of the keys.',
    )
    .argument('<payload>', 'the file')
    .requiredOption('--key <pem...>', 'RSA public keys that count')
    .requiredOption(
      '--partition <file>',
      'where the partition goes: a file, or a device that is written over',
    )
    .option('--kernel <file>', 'where the kernel goes')
    .option('--sha256 <hash>', 'what the payload was announced with, in base64 or hex')
    .option('--no-install', 'do not install missing programs with apt-get')
    .option('-q, --quiet', 'say nothing', false)
    .action(unpack);
}

async function unpack(payload: string, flags: UnpackFlags): Promise<void> {
  const { applyCrau, crauTools, parseCrauKey } = await import('../../update/index.ts');
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  const keys = await Promise.all(flags.key.map(async (path) => parseCrauKey(await readKey(path), path)));
  await provideTools({ tools: crauTools, purpose: 'reading a payload', install: flags.install, onStep });
  await applyCrau({
    ...{ payload, keys, partition: flags.partition, onStep },
    ...(flags.kernel === undefined ? {} : { kernel: flags.kernel }),
    ...(flags.sha256 === undefined ? {} : { expected: { sha256: flags.sha256 } }),
    onProgress: (done, total) => says.detail(`${Math.floor((done / Math.max(1, total)) * 100)} %`),
  });
  says.done(`${payload} is unpacked.`);
}

async function readKey(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw cliErrors.error('usage', `${path} cannot be read (${errnoOf(cause) ?? cause}).`, { cause });
  });
}
