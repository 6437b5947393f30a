// Names of hosts and users, before they reach a command line.

import { sshErrors } from './errors.ts';
import type { SshHost } from './model.ts';

// ssh expands host names in commands of its configuration (%h): nothing that a shell reads may pass.
const hostPattern = /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*(%[A-Za-z0-9_.-]+)?$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9_.@$-]*$/;

/**
 * Reads `[user@]host[:port]`; an IPv6 address with a port is written `[address]:port`.
 * Throws `ssh.address` for anything else.
 */
export function parseSshHost(text: string): SshHost {
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  const rest = text.slice(at + 1);
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(rest);
  const plain = /^([^:]*):([^:]*)$/.exec(rest);
  const [host, port] = bracketed
    ? [bracketed[1], bracketed[2]]
    : plain
      ? [plain[1], plain[2]]
      : [rest, undefined];
  const result: SshHost = {
    host: host ?? '',
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: parsePort(port, text) }),
  };
  checkSshHost(result);
  return result;
}

/** Reads hosts that are gone through one after the other, separated by commas. Throws `ssh.address`. */
export function parseSshHosts(text: string): SshHost[] {
  return text.split(',').map((part) => parseSshHost(part.trim()));
}

/** Throws `ssh.address` unless host, user and port are of harmless form. */
export function checkSshHost(host: SshHost): void {
  if (!hostPattern.test(host.host)) {
    throw sshErrors.error('address', `"${host.host}" is neither a host name nor an address.`, {
      hint: 'Expected [user@]host[:port]; an IPv6 address with a port is written [address]:port.',
    });
  }
  if (host.user !== undefined) checkUser(host.user);
  if (host.port !== undefined) parsePort(String(host.port), host.host);
}

/** Throws `ssh.address` unless it can be a login name. */
export function checkUser(user: string): void {
  if (!userPattern.test(user)) throw sshErrors.error('address', `"${user}" is no login name.`);
}

function parsePort(text: string, whole: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw sshErrors.error('address', `The port in "${whole}" must be a number from 1 to 65535.`);
}

/** For messages: `user@host:port`, as far as known. */
export function showHost(host: SshHost): string {
  const name = host.host.includes(':') && host.port !== undefined ? `[${host.host}]` : host.host;
  return `${host.user === undefined ? '' : `${host.user}@`}${name}${host.port === undefined ? '' : `:${host.port}`}`;
}
