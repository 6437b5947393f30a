// Turns what ssh says when it fails into one sentence, and what to do about it.

import type { CodedError } from '../host/index.ts';
import { sshErrors } from './errors.ts';

/** The error for the log of an ssh that could not connect to `where`. Pure. */
export function explainSsh(log: string, where: string): CodedError {
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/.test(log)) {
    const line = /Offending \S+ key in (\S+):(\d+)/.exec(log);
    return sshErrors.error(
      'hostKey',
      `The host key of ${where} is not the one it had before: somebody may be listening in, or the host was set up anew (host key mismatch).`,
      {
        hint:
          line === null
            ? 'If the host was set up anew, remove its old key from the file of known hosts.'
            : `If the host was set up anew, remove line ${line[2]} of ${line[1]}.`,
      },
    );
  }
  if (/Host key verification failed|requested strict checking/.test(log)) {
    return sshErrors.error('hostKey', `The host key of ${where} is not known.`, {
      hint: 'Connect once and answer "yes" after comparing the fingerprint, or add the key to the file of known hosts (--known-hosts-file).',
    });
  }
  const denied = /Permission denied \(([^)]*)\)/.exec(log);
  if (denied !== null || /Too many authentication failures/.test(log)) {
    return sshErrors.error('login', `${where} refused the login: no key that was offered is accepted.`, {
      hint: 'Load the right key (ssh-add) or name it in ssh_config (IdentityFile), and check --ssh-username.',
    });
  }
  if (/administratively prohibited|forwarding failed|forward request denied|cannot listen/i.test(log)) {
    return sshErrors.error('forward', `${where} does not forward the connection.`, {
      hint: 'sshd on that host must allow it: AllowTcpForwarding and AllowStreamLocalForwarding.',
    });
  }
  const network: readonly (readonly [RegExp, string])[] = [
    [/Could not resolve hostname|Name or service not known/, 'there is no host of that name'],
    [/Connection refused/, 'nothing listens on that port'],
    [/timed out/, 'it does not answer in time'],
    [/No route to host|Network is unreachable/, 'no way leads to it'],
    [/Connection (closed|reset) by|kex_exchange_identification/, 'it closed the connection'],
  ];
  const found = network.find(([pattern]) => pattern.test(log));
  if (found !== undefined)
    return sshErrors.error('unreachable', `${where} cannot be reached by ssh: ${found[1]}.`);
  const last = log.trim().split('\n').at(-1) ?? '';
  return sshErrors.error('failed', `ssh to ${where} failed${last === '' ? '.' : `: ${last}`}`);
}

/** The lines of such a log that the user must see in ssh's own words: a key that was added, or has changed. */
export function warningsOf(log: string): string[] {
  const lines = log.split('\n').map((line) => line.trimEnd());
  const banner = lines.findIndex((line) => line.startsWith('@@@'));
  const end = lines.findIndex((line) => /^Host key verification failed/.test(line));
  const added = lines.filter((line) => /^(Warning: Permanently added|Failed to add the host)/.test(line));
  return banner === -1
    ? added
    : [...added, ...lines.slice(banner, end === -1 ? undefined : end)].filter(Boolean);
}
