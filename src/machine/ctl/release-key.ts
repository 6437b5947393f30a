// keelson release key: the pairs of keys that releases are signed with.

import { open, readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import { errnoOf } from '../../host/index.ts';

interface KeyFlags {
  readonly json: boolean;
}

export function keyCommand(): Command {
  return new Command('key')
    .description('The keys that releases are signed with (Ed25519).')
    .addCommand(newCommand())
    .addCommand(showCommand());
}

function newCommand(): Command {
  return new Command('new')
    .description(
      'Make a pair: <name>.key, to sign with, and <name>.pem, for /etc/keelson/update-keys of machines.',
    )
    .argument('<name>', 'where, without the ending')
    .option('--json', 'print its name and the two files as JSON', false)
    .action(async (name: string, { json }: KeyFlags) => {
      const { newKeyPair } = await import('../../disk/index.ts');
      const { privatePem, publicPem, id } = newKeyPair();
      const made = { key: id, private: `${name}.key`, public: `${name}.pem` };
      await writeNew(made.private, privatePem, 0o600);
      await writeNew(made.public, publicPem, 0o644);
      process.stdout.write(
        json
          ? `${JSON.stringify(made, null, 2)}\n`
          : `Key ${id}: ${made.private} signs, ${made.public} is for machines.\n`,
      );
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('Print the name of a key and its public half.')
    .argument('<file>', 'the private or the public half')
    .option('--json', 'print both as JSON', false)
    .action(async (path: string, { json }: KeyFlags) => {
      const { keyId, parsePrivateKey, parsePublicKey, publicPem } = await import('../../disk/index.ts');
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw cliErrors.error('usage', `${path} cannot be read (${errnoOf(cause) ?? cause}).`, { cause });
      });
      const key = text.includes('PRIVATE KEY') ? parsePrivateKey(text, path) : parsePublicKey(text, path).key;
      const id = keyId(key);
      const pem = publicPem(key);
      process.stdout.write(json ? `${JSON.stringify({ key: id, pem }, null, 2)}\n` : `${id}\n${pem}`);
    });
}

/** A key that is there is never written over. */
async function writeNew(path: string, content: string, mode: number): Promise<void> {
  try {
    await using file = await open(path, 'wx', mode);
    await file.writeFile(content);
    await file.sync();
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause;
    throw cliErrors.error('usage', `${path} is there already, and a key is not written over.`, { cause });
  }
}
