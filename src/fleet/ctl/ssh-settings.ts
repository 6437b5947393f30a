// From fleetctl's flags to what OpenSSH needs to know.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Connections, parseSshHosts, type SshHost, type SshSettings } from '../../ssh/index.ts';
import type { FlagValues } from './flags.ts';

/** The hosts of --tunnel, in the order in which they are gone through. Throws `ssh.address`. */
export function jumpsOf(flags: FlagValues): SshHost[] {
  const tunnel = flags.text('tunnel') ?? '';
  return tunnel === '' ? [] : parseSshHosts(tunnel);
}

/** The connections of one call of fleetctl. */
export async function sshConnections(flags: FlagValues, say: (line: string) => void): Promise<Connections> {
  return new Connections(sshSettings(flags), say);
}

/**
 * With --ssh-config, that file decides about user and host keys unless a flag says otherwise; without,
 * fleet's own defaults hold. Makes the folder of the file of known hosts.
 */
export function sshSettings(flags: FlagValues): SshSettings {
  const configFile = flags.text('ssh-config');
  const decides = (flag: string) => configFile === undefined || flags.given(flag);
  const known = expandHome(flags.text('known-hosts-file') ?? '');
  const jumps = jumpsOf(flags);
  const shareS = flags.number('ssh-persist') ?? 0;
  const username = flags.text('ssh-username');
  // Not with checking off: then nothing is stored.
  const stores = decides('known-hosts-file') && flags.bool('strict-host-key-checking');
  if (stores) {
    mkdirSync(dirname(known), { recursive: true, mode: 0o700 });
    if (!existsSync(known)) writeFileSync(known, '', { flag: 'a', mode: 0o644 });
  }
  return {
    connectTimeoutS: flags.number('ssh-timeout') ?? 10,
    ...(configFile === undefined ? {} : { configFile: expandHome(configFile) }),
    ...(decides('ssh-username') && username !== undefined ? { username } : {}),
    ...(decides('strict-host-key-checking')
      ? { strictHostKeyChecking: flags.bool('strict-host-key-checking') }
      : {}),
    ...(decides('known-hosts-file')
      ? {
          knownHostsFiles: flags.given('known-hosts-file')
            ? [known]
            : [known, join(homedir(), '.ssh', 'known_hosts')],
        }
      : {}),
    ...(jumps.length === 0 ? {} : { jumps }),
    ...(shareS > 0 ? { shareS } : {}),
  };
}

/** A path with `~` or `~user` at its beginning made whole, as a shell would. */
export function expandHome(path: string): string {
  const [, user, rest = ''] = /^~([^/]*)(\/.*)?$/.exec(path) ?? [];
  if (user === undefined) return path;
  const home = user === '' ? homedir() : homeOf(user);
  return home === undefined ? path : `${home}${rest}`;
}

function homeOf(user: string): string | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  return line?.split(':')[5];
}
