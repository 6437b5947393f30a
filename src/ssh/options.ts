// The argument lists that ssh is called with. Pure.

import { checkSshHost, checkUser } from './address.ts';
import type { SshHost, SshSettings } from './model.ts';
import { shellQuote } from './quote.ts';

/** A connection that others go through: the host it leads to, and the socket that gives it away. */
export interface Way {
  readonly host: SshHost;
  readonly controlPath: string;
}

/** Options for every ssh that we start, before the host; `logFile` takes what ssh itself has to say. */
export function commonOptions(settings: SshSettings, logFile: string): string[] {
  const strict = settings.strictHostKeyChecking;
  const knownHosts = strict === false ? ['/dev/null'] : settings.knownHostsFiles;
  return [
    ...(settings.configFile === undefined ? [] : ['-F', settings.configFile]),
    '-E',
    logFile,
    ...option('ConnectTimeout', String(Math.max(1, Math.ceil(settings.connectTimeoutS)))),
    ...option('ServerAliveInterval', '5'),
    ...(strict === undefined ? [] : option('StrictHostKeyChecking', strict ? 'ask' : 'no')),
    ...(knownHosts === undefined ? [] : option('UserKnownHostsFile', knownHosts.map(configPath).join(' '))),
    ...(strict === false ? option('GlobalKnownHostsFile', '/dev/null') : []),
    // In a file of fleet's own, keys are found by host, by people and scripts as well.
    ...(strict === true && knownHosts !== undefined ? option('HashKnownHosts', 'no') : []),
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

/** Sends the connection through another one that is open; opens that anew, by itself, should it be gone. */
export function through(way: Way | undefined, settings: SshSettings, logFile: string): string[] {
  if (way === undefined) return [];
  const inner = [
    'ssh',
    ...commonOptions(settings, logFile),
    ...useOf(way.controlPath),
    '-W',
    '[%h]:%p',
    ...destination(way.host, settings),
  ];
  // ssh expands % in this command before a shell reads it; only the target's %h and %p are meant.
  const command = inner.map((word) =>
    word === '[%h]:%p' ? "'[%h]:%p'" : shellQuote(word.replaceAll('%', '%%')),
  );
  return option('ProxyCommand', command.join(' '));
}

export interface Master {
  readonly host: SshHost;
  readonly way: Way | undefined;
  readonly controlPath: string;
  readonly logFile: string;
  /** A socket to listen at, and the socket (or host:port) there that it leads to. */
  readonly forward?: { readonly local: string; readonly remote: string };
  /** Goes to the background once it is connected, and ends when nothing went through it for so long. */
  readonly persistS?: number;
  readonly forwardAgent?: boolean;
}

/** `ssh` for a connection that others use. Without `persistS` it says "ready" and ends when it is killed. */
export function masterArguments(master: Master, settings: SshSettings): string[] {
  const { forward, persistS } = master;
  return [
    ...commonOptions(settings, master.logFile),
    ...through(master.way, settings, master.logFile),
    '-N',
    '-T',
    ...option('ControlMaster', 'yes'),
    ...option('ControlPath', configPath(master.controlPath)),
    ...option('ControlPersist', persistS === undefined ? 'no' : String(Math.ceil(persistS))),
    ...option('ExitOnForwardFailure', 'yes'),
    ...option('StreamLocalBindUnlink', 'yes'),
    ...option('StreamLocalBindMask', '0177'),
    ...(persistS === undefined
      ? [...option('PermitLocalCommand', 'yes'), ...option('LocalCommand', 'echo ready')]
      : []),
    ...(master.forwardAgent === true ? ['-A'] : []),
    ...(forward === undefined ? [] : ['-L', `${forward.local}:${forward.remote}`]),
    ...destination(master.host, settings),
  ];
}

export interface RemoteCommand {
  /** What the remote shell reads; without it a login shell is opened. */
  readonly command?: string;
  readonly terminal: boolean;
  readonly forwardAgent?: boolean;
}

/** `ssh` for a command or a login shell over an open connection; opens one itself, should it be gone. */
export function commandArguments(
  remote: RemoteCommand,
  own: Way,
  way: Way | undefined,
  settings: SshSettings,
  logFile: string,
): string[] {
  return [
    ...commonOptions(settings, logFile),
    ...through(way, settings, logFile),
    ...useOf(own.controlPath),
    remote.terminal ? '-t' : '-T',
    ...(remote.forwardAgent === true ? ['-A'] : []),
    ...destination(own.host, settings),
    ...(remote.command === undefined ? [] : [remote.command]),
  ];
}

function useOf(controlPath: string): string[] {
  return [...option('ControlMaster', 'no'), ...option('ControlPath', configPath(controlPath))];
}

function option(name: string, value: string): string[] {
  return ['-o', `${name}=${value}`];
}

/** A path as ssh's configuration wants it: quoted against blanks, % doubled against expansion. */
function configPath(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}
