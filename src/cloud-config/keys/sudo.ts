// sudo of a user: its rules, each in a line of a file of sudoers.d.

import type { Operation } from '../model.ts';
import { child, type Node } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import type { KeyContext } from './context.ts';
import { wordsOf } from './ssh-keys.ts';

/** `HOSTS = (RUNAS) TAGS: COMMANDS`, in the characters that such a rule is made of. */
const rule = /^[\w!%@.,:/*+-]+(\s*,\s*[\w!%@.,:/*+-]+)*\s*=\s*(\([\w\s!%#@.,:*+-]*\)\s*)?\S(?:[^\\\n]|\\.)*$/;

/** Plans the rules of a user; none for `false`, `null` and nothing. */
export function planSudo(node: Node, user: string, context: KeyContext): Operation[] {
  const given = child(node, 'sudo');
  if (given?.kind === 'scalar' && typeof given.value === 'boolean') {
    if (given.value) {
      context.refuse(given, `invalid value ${given.text}`, {
        expected: 'rules such as ALL=(ALL) NOPASSWD:ALL',
      });
    }
    return [];
  }
  const rules = wordsOf(given, '\n').flatMap(([text, at]) => {
    const line = text.trim();
    if (line === '' || /^(false|none)$/i.test(line)) return [];
    if (isSingleLine(line) && rule.test(line)) return [line];
    context.refuse(at, `invalid sudo rule ${JSON.stringify(line)} of user ${user}`, {
      expected: 'a rule such as ALL=(ALL) NOPASSWD:ALL, without the name of the user',
    });
    return [];
  });
  if (rules.length === 0) return [];
  // sudo does not read files whose name holds a dot.
  const path = `/etc/sudoers.d/90-cloud-init-${user.replaceAll('.', '+')}`;
  const content = rules.map((line) => `${user} ${line}\n`).join('');
  const why = 'sudo in the cloud-config';
  return [{ kind: 'write-file', path, content, mode: 0o440, owner: {}, check: 'sudoers', why }];
}
