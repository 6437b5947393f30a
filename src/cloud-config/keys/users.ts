// users, groups and ssh_authorized_keys: who may log in. The lists of one user, wherever they stand, are one set.

import type { Operation, UserSpec } from '../model.ts';
import { child, isTrue, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isAccountName, isPasswdField } from './checks.ts';
import type { KeyContext } from './context.ts';
import { planGroups } from './groups.ts';
import { keysOf, metadataKeys, planImports, wordsOf } from './ssh-keys.ts';
import { planSudo } from './sudo.ts';

const coreUser: UserSpec = {
  name: 'core',
  createHome: true,
  groups: [],
  optionalGroups: ['sudo'],
  userGroup: true,
  system: false,
  logInit: true,
  shell: '/bin/bash',
};

/** Plans groups, accounts and everybody's keys: who is given may log in before anything else is done. */
export function planUsers(context: KeyContext): Operation[] {
  const accounts: Operation[] = [];
  const more: Operation[] = [];
  const keys = new Map<string, string[]>();
  const authorize = (user: string, given: readonly string[]) => {
    if (given.length > 0) keys.set(user, [...new Set([...(keys.get(user) ?? []), ...given])]);
  };
  authorize('core', keysOf(child(context.root, 'ssh_authorized_keys'), context));
  authorize('core', metadataKeys(context));
  const single = child(context.root, 'user');
  const nodes = [...itemsOf(child(context.root, 'users')), ...(single === undefined ? [] : [single])];
  for (const node of nodes) {
    const user = readUser(node, context);
    if (user === undefined) continue;
    accounts.push({ kind: 'ensure-user', user, why: `users in the cloud-config` });
    authorize(user.name, keysOf(child(node, 'ssh_authorized_keys'), context));
    more.push(...planSudo(node, user.name, context), ...planImports(node, user.name, context));
  }
  if (keys.has('core') && !accounts.some((one) => one.kind === 'ensure-user' && one.user.name === 'core')) {
    accounts.unshift({ kind: 'ensure-user', user: coreUser, why: 'the user core has keys' });
  }
  const authorizations = Array.from(keys, ([user, all]): Operation => {
    const why = `${all.length} key${all.length === 1 ? '' : 's'} of ssh_authorized_keys and the metadata`;
    return { kind: 'authorize-keys', user, set: context.facts.keySet, keys: all, why };
  });
  const { groups, memberships } = planGroups(context);
  return [...groups, ...accounts, ...authorizations, ...memberships, ...more];
}

function readUser(node: Node, context: KeyContext): UserSpec | undefined {
  // A name alone is a user with nothing but defaults; `default` is what cloud-init calls core.
  const nameNode = node.kind === 'scalar' ? node : child(node, 'name');
  const name = textOf(nameNode) ?? '';
  if (node.kind === 'scalar' && name === 'default') return coreUser;
  if (!isAccountName(name)) {
    context.refuse(nameNode ?? node, `invalid user name ${JSON.stringify(name)}; the user is left out`, {
      expected: 'letters, digits, `_`, `.` and `-`, not digits alone, at most 32 characters',
    });
    return undefined;
  }
  const field = (key: string, expected: string, accept: (text: string) => boolean): string | undefined => {
    const text = textOf(child(node, key))?.replace(/[\r\n]+$/, '');
    if (text === undefined || text === '') return undefined;
    if (isPasswdField(text) && accept(text)) return text;
    context.refuse(child(node, key), `invalid value for "${key}" of user ${name}`, { expected });
    return undefined;
  };
  const path = (text: string) => text.startsWith('/') && !text.includes('/../');
  const hash = 'a password hash of one line, without a colon';
  const passwordHash = field('passwd', hash, () => true) ?? field('hashed_passwd', hash, () => true);
  const gecos = field('gecos', 'one line without a colon', () => true);
  const homeDirectory = field('homedir', 'an absolute path', path);
  const shell = field('shell', 'the absolute path of a program', path);
  const primaryGroup = field('primary_group', 'the name of a group', isGroup);
  const uid = field('uid', 'a number from 0 to 4294967294', isId);
  return {
    name,
    ...(uid === undefined ? {} : { uid: Number(uid) }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(isTrue(child(node, 'lock_passwd')) ? { locked: true } : {}),
    ...(gecos === undefined ? {} : { gecos }),
    ...(homeDirectory === undefined ? {} : { homeDirectory }),
    ...(primaryGroup === undefined ? {} : { primaryGroup }),
    ...(shell === undefined ? (name === 'core' ? { shell: '/bin/bash' } : {}) : { shell }),
    createHome: !isTrue(child(node, 'no_create_home')),
    groups: groupsOf(child(node, 'groups'), name, context),
    optionalGroups: name === 'core' ? ['sudo'] : [],
    userGroup: !isTrue(child(node, 'no_user_group')) && primaryGroup === undefined,
    system: isTrue(child(node, 'system')),
    logInit: !isTrue(child(node, 'no_log_init')),
  };
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1;
/** useradd takes a group by name or by number. */
const isGroup = (text: string): boolean => isAccountName(text) || isId(text);

function groupsOf(node: Node | undefined, user: string, context: KeyContext): string[] {
  return wordsOf(node, ',').flatMap(([word, at]) => {
    const group = word.trim();
    if (group === '') return [];
    if (isAccountName(group)) return [group];
    context.refuse(at, `invalid group ${JSON.stringify(group)} of user ${user}`, {
      expected: 'the name of a group',
    });
    return [];
  });
}
