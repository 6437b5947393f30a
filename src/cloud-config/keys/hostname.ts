// hostname: the user's, or else the metadata's.

import type { Operation } from '../model.ts';
import { child, textOf } from '../parse/tree.ts';
import { isHostname } from './checks.ts';
import type { KeyContext } from './context.ts';

/** The name that the machine will have, if the configuration or the metadata give a good one. */
export function wantedHostname(context: KeyContext): { name: string; from: string } | undefined {
  const short = child(context.root, 'hostname');
  const node = (textOf(short) ?? '') === '' ? child(context.root, 'fqdn') : short;
  const text = textOf(node)?.trim();
  if (text !== undefined && text !== '') {
    const name = fitting(text);
    if (name === undefined) {
      context.refuse(node, `invalid value ${text}`, {
        expected: 'a host name: letters, digits, hyphens and dots, at most 64 characters',
      });
    } else {
      if (name !== text) context.warn(node, `the hostname is longer than 64 characters; ${name} is used`);
      return { name, from: 'hostname in the cloud-config' };
    }
  }
  const given = context.metadata.hostname;
  if (given === undefined || given === '') return undefined;
  const name = fitting(given);
  if (name === undefined) {
    context.refuse(undefined, `the metadata's hostname ${JSON.stringify(given)} is not a host name`);
    return undefined;
  }
  return { name, from: 'hostname in the metadata' };
}

/** The name itself, its first label if the whole is too long for the kernel, or nothing. */
function fitting(name: string): string | undefined {
  if (isHostname(name)) return name;
  const [label = ''] = name.split('.');
  return name.length > 64 && /^[\w.-]+$/.test(name) && isHostname(label) ? label : undefined;
}

/** Plans the host name. */
export function planHostname(context: KeyContext): Operation[] {
  const wanted = wantedHostname(context);
  return wanted === undefined ? [] : [{ kind: 'set-hostname', hostname: wanted.name, why: wanted.from }];
}
