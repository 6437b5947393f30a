// coreos.oem: who made the machine, in /etc/oem-release.

import type { Operation } from '../model.ts';
import { child, textOf } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import type { KeyContext } from './context.ts';
import { shellWord } from './quote.ts';

const fields = [
  { key: 'id', name: 'ID', bare: true },
  { key: 'version_id', name: 'VERSION_ID', bare: true },
  { key: 'name', name: 'NAME', bare: false },
  { key: 'home_url', name: 'HOME_URL', bare: false },
  { key: 'bug_report_url', name: 'BUG_REPORT_URL', bare: false },
] as const;

/** Plans /etc/oem-release; nothing without an id. */
export function planOem(context: KeyContext): Operation[] {
  const oem = child(child(context.root, 'coreos'), 'oem');
  if ((textOf(child(oem, 'id')) ?? '') === '') return [];
  const lines = fields.map(({ key, name, bare }) => {
    const node = child(oem, key);
    const text = (textOf(node) ?? '').replace(/[\r\n]+$/, '');
    if (!isSingleLine(text)) {
      context.refuse(node, `invalid value for "${key}"`, { expected: 'a single line' });
      return `${name}=${bare ? '' : '""'}\n`;
    }
    return `${name}=${shellWord(text, !bare)}\n`;
  });
  const why = 'coreos.oem in the cloud-config';
  return [
    { kind: 'write-file', path: '/etc/oem-release', content: lines.join(''), mode: 0o644, owner: {}, why },
  ];
}
