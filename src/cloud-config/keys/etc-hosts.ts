// manage_etc_hosts: the machine's own name resolves without any name server.

import type { Operation } from '../model.ts';
import { child, textOf } from '../parse/tree.ts';
import type { KeyContext } from './context.ts';

/** Plans /etc/hosts; `hostname` is the name that the machine has after the plan. */
export function planEtcHosts(context: KeyContext, hostname: string): Operation[] {
  if (textOf(child(context.root, 'manage_etc_hosts')) !== 'localhost') return [];
  const content = `127.0.0.1 ${hostname}\n127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n`;
  const why = 'manage_etc_hosts in the cloud-config';
  return [{ kind: 'write-file', path: '/etc/hosts', content, mode: 0o644, owner: {}, why }];
}
