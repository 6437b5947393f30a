// From fleetctl's flags to what OpenSSH needs to know.

import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseSshHost, type SshHost, type SshSettings } from '../../ssh/index.ts';
import type { FlagValues } from './flags.ts';

/** The bastion of --tunnel, if there is one. Throws `ssh.address`. */
export function bastionOf(flags: FlagValues): SshHost | undefined {
  const tunnel = flags.text('tunnel') ?? '';
  return tunnel === '' ? undefined : parseSshHost(tunnel);
}

/**
 * With --ssh-config, that file decides about user and host keys unless a flag says otherwise; without,
 * fleet's own defaults hold. Makes the folder of the file of known hosts.
 */
export function sshSettings(flags: FlagValues): SshSettings {
  const configFile = flags.text('ssh-config');
  const decides = (flag: string) => configFile === undefined || flags.given(flag);
  const known = expandHome(flags.text('known-hosts-file') ?? '');
  const bastion = bastionOf(flags);
  const username = flags.text('ssh-username');
  if (decides('known-hosts-file')) mkdirSync(dirname(known), { recursive: true, mode: 0o700 });
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
    ...(bastion === undefined ? {} : { bastion }),
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
