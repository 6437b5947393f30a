// When two commands may use one connection. Pure, but for looking at the files that ssh will read.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { showHost } from './address.ts';
import type { SshHost, SshSettings } from './model.ts';

/**
 * Whatever a login depends on besides host and user: a command that would be asked or refused by itself must
 * not get in on the connection of one that was not. A file that was changed since counts as another file, so
 * that a known key that was removed is asked about again.
 */
export function loginTraits(settings: SshSettings, environment: NodeJS.ProcessEnv): string {
  const config = settings.configFile ?? join(homedir(), '.ssh/config');
  return JSON.stringify([
    settings.strictHostKeyChecking ?? 'config',
    config,
    fileState(config),
    settings.knownHostsFiles?.map((path) => [path, fileState(path)]) ?? fileState(ownKnownHosts()),
    environment.SSH_AUTH_SOCK ?? '',
    homedir(),
  ]);
}

/** A short name for the connection to `to` with these traits, by this way, with that forwarded. */
export function shareName(
  traits: string,
  way: readonly SshHost[],
  to: SshHost,
  username: string | undefined,
  forward: string,
): string {
  const hosts = [...way, to].map((host) =>
    showHost({ ...(username === undefined ? {} : { user: username }), ...host }),
  );
  return createHash('sha256')
    .update(JSON.stringify([traits, hosts, forward]))
    .digest('hex')
    .slice(0, 20);
}

const ownKnownHosts = () => join(homedir(), '.ssh/known_hosts');

function fileState(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeNs}`;
}
