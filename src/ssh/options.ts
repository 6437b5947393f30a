// The argument lists that ssh is called with. Pure.

import { checkSshHost, checkUser } from './address.ts';
import type { SshHost, SshSettings } from './model.ts';
import { shellQuote } from './quote.ts';

/** Options for every ssh that we start, before the host; `logFile` takes what ssh itself has to say. */
export function commonOptions(settings: SshSettings, logFile: string): string[] {
  const strict = settings.strictHostKeyChecking;
  const knownHosts = strict === false ? ['/dev/null'] : settings.knownHostsFiles;
  return [
    ...(settings.configFile === undefined ? [] : ['-F', settings.configFile]),
    '-E',
    logFile,
    ...option('ConnectTimeout', String(Math.max(1, Math.ceil(settings.connectTimeoutS)))),
    ...option('ServerAliveInterval', '15'),
    ...(strict === undefined ? [] : option('StrictHostKeyChecking', strict ? 'ask' : 'no')),
    ...(knownHosts === undefined ? [] : option('UserKnownHostsFile', knownHosts.map(configPath).join(' '))),
    ...(strict === false ? option('GlobalKnownHostsFile', '/dev/null') : []),
  ];
}

/** The part that names the host, with `--` so that no name is read as an option. */
export function destination(host: SshHost, settings: SshSettings): string[] {
  checkSshHost(host);
  const user = host.user ?? settings.username;
  if (user !== undefined) checkUser(user);
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(host.port === undefined ? [] : ['-p', String(host.port)]),
    '--',
    host.host,
  ];
}

/** Sends the connection through the bastion, with the same settings as every other one. */
export function throughBastion(settings: SshSettings, logFile: string): string[] {
  const { bastion } = settings;
  if (bastion === undefined) return [];
  const inner = [
    'ssh',
    ...commonOptions(settings, logFile),
    '-W',
    '[%h]:%p',
    ...destination(bastion, settings),
  ];
  // ssh expands % in this command before a shell reads it; only the target's %h and %p are meant.
  const command = inner.map((word) =>
    word === '[%h]:%p' ? "'[%h]:%p'" : shellQuote(word.replaceAll('%', '%%')),
  );
  return option('ProxyCommand', command.join(' '));
}

/** `ssh` for a forwarded socket: `local` here leads to `remote` (a socket or host:port) as seen from `host`. */
export function forwardArguments(
  host: SshHost,
  local: string,
  remote: string,
  settings: SshSettings,
  logFile: string,
): string[] {
  return [
    ...commonOptions(settings, logFile),
    '-N',
    '-T',
    ...option('ExitOnForwardFailure', 'yes'),
    ...option('StreamLocalBindUnlink', 'yes'),
    ...option('StreamLocalBindMask', '0177'),
    ...option('ControlMaster', 'no'),
    ...option('ControlPath', 'none'),
    // Runs once the socket listens, and so tells us that it does.
    ...option('PermitLocalCommand', 'yes'),
    ...option('LocalCommand', 'echo ready'),
    '-L',
    `${local}:${remote}`,
    ...destination(host, settings),
  ];
}

export interface RemoteCommand {
  readonly host: SshHost;
  /** What the remote shell reads; without it a login shell is opened. */
  readonly command?: string;
  readonly terminal: boolean;
  readonly forwardAgent?: boolean;
}

/** `ssh` for a command or a login shell on `host`. */
export function commandArguments(remote: RemoteCommand, settings: SshSettings, logFile: string): string[] {
  return [
    ...commonOptions(settings, logFile),
    ...throughBastion(settings, logFile),
    remote.terminal ? '-t' : '-T',
    ...(remote.forwardAgent === true ? ['-A'] : []),
    ...destination(remote.host, settings),
    ...(remote.command === undefined ? [] : [remote.command]),
  ];
}

function option(name: string, value: string): string[] {
  return ['-o', `${name}=${value}`];
}

/** A path as ssh's configuration wants it: quoted against blanks, % doubled against expansion. */
function configPath(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}
