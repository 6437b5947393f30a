// The system users of a tree as one file of sysusers.d(5): what a later version of the system brings is added to a
// machine whose /etc/passwd has been its own for long, with the same numbers.

interface Account {
  readonly name: string;
  readonly fields: readonly string[];
}

/** The sysusers.d text that makes every user, group and membership of these files but root's. Pure. */
export function sysusersText(passwd: string, group: string): string {
  const groups = accounts(group);
  const lines = [
    '# Every user and group of this system, made of the passwd and group that it was built with.',
  ];
  for (const { name, fields } of groups) if (name !== 'root') lines.push(`g ${name} ${fields[1] ?? '-'}`);
  for (const { name, fields } of accounts(passwd)) {
    if (name === 'root') continue;
    const [, uid = '-', gid = '-', gecos = '', home = '', shell = ''] = fields;
    const words = [
      `${uid}:${gid}`,
      quoted(gecos),
      home === '' ? '-' : quoted(home),
      shell === '' ? '-' : shell,
    ];
    lines.push(`u ${name} ${words.join(' ')}`);
  }
  for (const { name, fields } of groups) {
    const members = (fields[2] ?? '').split(',').filter((member) => member !== '' && member !== 'root');
    for (const member of members) lines.push(`m ${member} ${name}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Users and groups that packages numbered as they came: their numbers may be others in the next version. */
export function unfixedIds(
  passwd: string,
  group: string,
  fixed: readonly { readonly kind: 'user' | 'group'; readonly name: string }[],
): readonly string[] {
  const known = new Set(fixed.map(({ kind, name }) => `${kind} ${name}`));
  const found: string[] = [];
  for (const [kind, text, id] of [['user', passwd, 1] as const, ['group', group, 1] as const]) {
    for (const { name, fields } of accounts(text)) {
      const number = Number(fields[id]);
      // Debian's policy 9.2.2: 0–99 are the same everywhere; `users` is 100 everywhere as well.
      if (number < 100 || number >= 65534 || (kind === 'group' && name === 'users')) continue;
      if (!known.has(`${kind} ${name}`)) found.push(`${kind === 'user' ? 'u' : 'g'} ${name} ${number}`);
    }
  }
  return found;
}

function accounts(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', ...fields] = line.split(':');
    return name === '' || fields.length < 2 ? [] : [{ name, fields }];
  });
}

/** sysusers.d(5) reads words as a shell does, and percent signs as specifiers. */
function quoted(text: string): string {
  return `"${text.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`;
}
