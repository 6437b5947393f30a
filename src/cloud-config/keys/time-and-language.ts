// timezone, locale and ntp: the clock of the machine and its language.

import type { Operation } from '../model.ts';
import { child, type Node, textOf } from '../parse/tree.ts';
import type { KeyContext } from './context.ts';
import { mergeAssignments } from './environment.ts';
import { wordsOf } from './ssh-keys.ts';

/** Plans the time zone. */
export function planTimezone(context: KeyContext): Operation[] {
  const node = child(context.root, 'timezone');
  const zone = textOf(node)?.trim() ?? '';
  if (zone === '') return [];
  if (/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/.test(zone)) {
    return [{ kind: 'set-timezone', zone, why: 'timezone in the cloud-config' }];
  }
  context.refuse(node, `invalid value ${JSON.stringify(zone)}`, { expected: 'a zone such as Europe/Berlin' });
  return [];
}

/** Plans LANG, in the file of systemd and, where there is one, in that of Debian. */
export function planLocale(context: KeyContext): Operation[] {
  const node = child(context.root, 'locale');
  const locale = textOf(node)?.trim() ?? '';
  // `false` is how cloud-init is told to leave the locale alone.
  if (locale === '' || (node?.kind === 'scalar' && node.value === false)) return [];
  if (!/^[A-Za-z0-9_.@-]+$/.test(locale)) {
    context.refuse(node, `invalid value ${JSON.stringify(locale)}`, {
      expected: 'a locale such as de_DE.UTF-8',
    });
    return [];
  }
  const files = context.facts.localeFiles ?? {};
  const paths = Object.keys(files).filter((path) => files[path] !== undefined);
  return [...new Set(['/etc/locale.conf', ...paths])].map((path): Operation => {
    const content = mergeAssignments(files[path] ?? '', new Map([['LANG', locale]]));
    return { kind: 'write-file', path, content, mode: 0o644, owner: {}, why: 'locale in the cloud-config' };
  });
}

/** Plans systemd-timesyncd's servers. */
export function planNtp(context: KeyContext): Operation[] {
  const ntp = child(context.root, 'ntp');
  const enabled = child(ntp, 'enabled');
  if (ntp?.kind !== 'mapping' || (enabled?.kind === 'scalar' && enabled.value === false)) return [];
  const why = 'ntp in the cloud-config';
  const unit = 'systemd-timesyncd.service';
  const servers = ['servers', 'pools'].flatMap((key) => serversOf(child(ntp, key), context));
  const operations: Operation[] = [];
  if (servers.length > 0) {
    const path = '/etc/systemd/timesyncd.conf.d/20-cloudinit.conf';
    const content = `[Time]\nNTP=${servers.join(' ')}\n`;
    operations.push({ kind: 'write-file', path, content, mode: 0o644, owner: {}, readBy: [unit], why });
  }
  operations.push({ kind: 'unit-command', unit, verb: 'restart', optional: true, why });
  return operations;
}

function serversOf(node: Node | undefined, context: KeyContext): string[] {
  return wordsOf(node, ',').flatMap(([word, at]) => {
    const server = word.trim();
    if (server === '') return [];
    if (/^[A-Za-z0-9_.:%-]+$/.test(server) && !server.startsWith('-')) return [server];
    context.refuse(at, `invalid value ${JSON.stringify(server)}`, {
      expected: 'the name or address of a server',
    });
    return [];
  });
}
