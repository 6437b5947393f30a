// users and ssh_authorized_keys: who may log in. The lists of one user, wherever they stand, are one set.

import type { Operation, UserSpec } from '../model.ts';
import { child, isTrue, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { isAccountName, isPasswdField, sshKeyProblem } from './checks.ts';
import type { KeyContext } from './context.ts';

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

/** Plans core, the users and everybody's keys: first the accounts, then the keys. */
export function planUsers(context: KeyContext): Operation[] {
  const accounts: Operation[] = [];
  const keys = new Map<string, string[]>();
  const authorize = (user: string, more: readonly string[]) => {
    if (more.length > 0) keys.set(user, [...new Set([...(keys.get(user) ?? []), ...more])]);
  };
  authorize('core', keysOf(child(context.root, 'ssh_authorized_keys'), context));
  authorize('core', metadataKeys(context));
  for (const node of itemsOf(child(context.root, 'users'))) {
    const user = readUser(node, context);
    if (user === undefined) continue;
    accounts.push({ kind: 'ensure-user', user, why: `users in the cloud-config` });
    authorize(user.name, keysOf(child(node, 'ssh_authorized_keys'), context));
  }
  if (!accounts.some((operation) => operation.kind === 'ensure-user' && operation.user.name === 'core')) {
    accounts.unshift({ kind: 'ensure-user', user: coreUser, why: 'the user core exists on every machine' });
  }
  const authorizations = Array.from(keys, ([user, all]): Operation => {
    const why = `${all.length} key${all.length === 1 ? '' : 's'} of ssh_authorized_keys and the metadata`;
    return { kind: 'authorize-keys', user, set: context.facts.keySet, keys: all, why };
  });
  return [...accounts, ...authorizations];
}

function keysOf(node: Node | undefined, context: KeyContext): string[] {
  const single = textOf(node);
  const given: [string, Node | undefined][] =
    single === undefined
      ? itemsOf(node).map((item) => [textOf(item) ?? '', item])
      : single.split('\n').map((line) => [line, node]);
  return given.flatMap(([text, at]) => {
    const key = text.trim();
    if (key === '' || key.startsWith('#')) return [];
    const problem = sshKeyProblem(key);
    if (problem === undefined) return [key];
    context.refuse(at, `the SSH key is not usable: ${problem}`, {
      expected: 'a line as in an id_*.pub file: TYPE BASE64 COMMENT',
    });
    return [];
  });
}

function metadataKeys(context: KeyContext): string[] {
  return context.metadata.sshKeys.flatMap((text) => {
    const key = text.trim();
    if (key === '') return [];
    const problem = sshKeyProblem(key);
    if (problem === undefined) return [key];
    context.refuse(undefined, `an SSH key of the metadata is not usable: ${problem}`);
    return [];
  });
}

function readUser(node: Node, context: KeyContext): UserSpec | undefined {
  const nameNode = child(node, 'name');
  const name = textOf(nameNode) ?? '';
  if (!isAccountName(name)) {
    context.refuse(nameNode ?? node, `invalid user name ${JSON.stringify(name)}; the user is left out`, {
      expected: 'letters, digits, `_`, `.` and `-`, beginning with a letter or `_`, at most 32 characters',
    });
    return undefined;
  }
  const field = (key: string, expected: string, accept: (text: string) => boolean): string | undefined => {
    const text = textOf(child(node, key));
    if (text === undefined || text === '') return undefined;
    if (isPasswdField(text) && accept(text)) return text;
    context.refuse(child(node, key), `invalid value for "${key}" of user ${name}`, { expected });
    return undefined;
  };
  const path = (text: string) => text.startsWith('/') && !text.includes('/../');
  const passwordHash = field('passwd', 'a password hash of one line, without a colon', () => true);
  const gecos = field('gecos', 'one line without a colon', () => true);
  const homeDirectory = field('homedir', 'an absolute path', path);
  const shell = field('shell', 'the absolute path of a program', path);
  const primaryGroup = field('primary_group', 'the name of a group', isAccountName);
  return {
    name,
    ...(passwordHash === undefined ? {} : { passwordHash }),
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

function groupsOf(node: Node | undefined, user: string, context: KeyContext): string[] {
  const single = textOf(node);
  const given: [string, Node | undefined][] =
    single === undefined
      ? itemsOf(node).map((item) => [textOf(item) ?? '', item])
      : single.split(',').map((word) => [word.trim(), node]);
  return given.flatMap(([group, at]) => {
    if (group === '') return [];
    if (isAccountName(group)) return [group];
    context.refuse(at, `invalid group ${JSON.stringify(group)} of user ${user}`, {
      expected: 'the name of a group',
    });
    return [];
  });
}
