// keelson release: keys, signatures, and what travels from one release to the next.

import { Command } from 'commander';
import { diffCommand } from './release-diff.ts';
import { extensionCommand } from './release-extension.ts';
import { keyCommand } from './release-key.ts';
import { signCommand, verifyCommand } from './release-sign.ts';
import { unpackCommand } from './release-unpack.ts';

export function command(): Command {
  return new Command('release')
    .description('The releases that machines update to: keys, signatures, and what an update costs.')
    .addCommand(extensionCommand())
    .addCommand(keyCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand())
    .addCommand(diffCommand())
    .addCommand(unpackCommand())
    .addHelpText('after', help);
}

const help = `
A release is a folder with manifest.json, made by \`keelson image build\` or
\`keelson release extension\`. Any web server can hand it out.

Examples:
  keelson release key new release-2027               release-2027.key stays with you, release-2027.pem goes to machines
  keelson release extension --name tools --version 1.2.0 --tree ./tools --sign-key release-2027.key
  keelson release sign ./keelson_1.2.0.release --key release-2027.key
  keelson release verify ./keelson_1.2.0.release     by the keys that this machine trusts
  keelson release diff ./keelson_1.1.0.release ./keelson_1.2.0.release

Exit status:
  0   done; the release is what its signers made
  1   it is not, or it failed; the message says why
  2   wrong usage
`;
