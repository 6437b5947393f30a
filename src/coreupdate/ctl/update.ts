// keelson update: the server's side of updates.

import { Command } from 'commander';
import { serveCommand } from './serve.ts';

export function command(): Command {
  return new Command('update')
    .description('Serve updates to machines.')
    .addCommand(serveCommand())
    .addHelpText('after', help);
}

const help = `
Examples:
  keelson update serve /srv/releases --listen 0.0.0.0:8000
                                     offer the releases in that folder to machines that ask

Exit status:
  0   done
  1   it failed, and said why
  2   wrong usage
`;
