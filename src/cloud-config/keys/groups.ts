// groups at the top level: made before the users, so that users may belong to them; members join once the
// users are there.

import type { Operation } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isAccountName } from './checks.ts';
import type { KeyContext } from './context.ts';
import { wordsOf } from './ssh-keys.ts';

const why = 'groups in the cloud-config';

/** Plans the groups, and apart from them who joins. */
export function planGroups(context: KeyContext): {
  readonly groups: readonly Operation[];
  readonly memberships: readonly Operation[];
} {
  const members = new Map<string, string[]>();
  const add = (name: string, at: Node | undefined, joining: Node | undefined) => {
    if (name === '') return;
    if (!isAccountName(name)) {
      context.refuse(at, `invalid group name ${JSON.stringify(name)}; the group is left out`, {
        expected: 'letters, digits, `_`, `.` and `-`, not digits alone, at most 32 characters',
      });
      return;
    }
    const users = wordsOf(joining, ',').flatMap(([word, place]) => {
      const user = word.trim();
      if (user === '' || isAccountName(user)) return user === '' ? [] : [user];
      context.refuse(place, `invalid member ${JSON.stringify(user)} of group ${name}`, {
        expected: 'the name of a user',
      });
      return [];
    });
    members.set(name, [...(members.get(name) ?? []), ...users]);
  };
  const addAll = (node: Node | undefined) => {
    if (node?.kind === 'mapping') {
      for (const { key, written, value } of node.entries.values()) add(written ?? key, node, value);
      return;
    }
    const text = textOf(node);
    if (text !== undefined) for (const word of text.split(',')) add(word.trim(), node, undefined);
  };
  const given = child(context.root, 'groups');
  if (given?.kind === 'sequence') itemsOf(given).forEach(addAll);
  else addAll(given);
  const plan = ([group, users]: readonly [string, readonly string[]]): Operation => {
    return { kind: 'ensure-group', group, members: users, why };
  };
  return {
    groups: [...members.keys()].map((group) => plan([group, []])),
    memberships: [...members].filter(([, users]) => users.length > 0).map(plan),
  };
}
