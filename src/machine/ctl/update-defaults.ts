// What an image may be told about the updates of its machines.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import type { UpdateDefaults, UpdateKey } from '../../deploy/index.ts';
import { errnoOf } from '../../host/index.ts';

export interface UpdateFlags {
  readonly updateServer?: string;
  readonly updateGroup?: string;
  readonly updateKey?: readonly string[];
}

/** Adds the options to a command. */
export function withUpdateFlags(command: Command): Command {
  return command
    .option(
      '--update-server <url>',
      'machines get their updates there, unless their own update.conf says otherwise',
    )
    .option('--update-group <name>', 'the group that they ask for (default: stable)')
    .option(
      '--update-key <file>',
      'releases signed with this public key are taken; repeated for several',
      collect,
    );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What the options say, with the keys read. Throws `cli.usage`, and `disk.damaged` for what is no public key. */
export async function updateDefaultsOf(flags: UpdateFlags): Promise<UpdateDefaults> {
  const keys: UpdateKey[] = [];
  for (const path of flags.updateKey ?? []) keys.push(await readKey(path));
  return {
    ...(flags.updateServer === undefined ? {} : { server: flags.updateServer }),
    ...(flags.updateGroup === undefined ? {} : { group: flags.updateGroup }),
    keys,
  };
}

/** All of the file: a line in front of the key may end its time. */
async function readKey(path: string): Promise<UpdateKey> {
  const { parsePublicKey } = await import('../../disk/index.ts');
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw cliErrors.error('usage', `${path} cannot be read (${errnoOf(cause) ?? cause}).`, { cause });
  });
  parsePublicKey(pem, path);
  return { path, pem };
}
