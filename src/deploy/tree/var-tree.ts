// What a machine finds outside /usr at its first boot, as lines of tmpfiles.d(5): the image has only /usr.

/** A folder or file below /var of the built tree. */
export interface VarEntry {
  readonly kind: 'folder' | 'file';
  /** Absolute. */
  readonly path: string;
  /** Octal digits. */
  readonly mode: string;
  readonly user: string;
  readonly group: string;
}

/** A package manager's own, and what a machine makes for itself. */
const notWanted = [
  /^\/var\/lib\/(apt|dpkg|ucf|pam|sgml-base|xml-core|dracut|vim|shells\.state|initramfs-tools)(\/|$)/,
  /^\/var\/lib\/(dbus|machines|portables)(\/|$)/,
  /^\/var\/lib\/systemd\/(deb-systemd-.*|catalog|random-seed|timers|timesync)(\/|$)/,
  /^\/var\/cache\/(apt|debconf|adduser|ldconfig|man)(\/|$)/,
  /^\/var\/(backups|tmp|run|lock)(\/|$)/,
  /^\/var\/log\/(apt|runit|journal|private)(\/|$)/,
  /^\/var\/log\/[^/]+$/,
];

/** Reads what `find -printf '%y %m %u %g %p\\n'` prints; other kinds than folders and files are left out. */
export function parseEntries(listing: string): readonly VarEntry[] {
  return listing.split('\n').flatMap((line) => {
    const [, kind, mode = '', user = '', group = '', path = ''] =
      /^([df]) ([0-7]+) (\S+) (\S+) (\/.*)$/.exec(line) ?? [];
    if (kind === undefined) return [];
    return [{ kind: kind === 'd' ? 'folder' : 'file', path, mode, user, group }];
  });
}

/** The entries that a machine needs: of /var without what is not wanted, and root's own files. Sorted by path. */
export function wantedEntries(entries: readonly VarEntry[]): readonly VarEntry[] {
  const wanted = entries.filter(
    ({ path, kind }) =>
      !notWanted.some((pattern) => pattern.test(path) && !(kind === 'folder' && path === '/var/log')),
  );
  return wanted.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The paths that tmpfiles.d files make already. */
export function pathsOf(tmpfiles: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of tmpfiles.join('\n').split('\n')) {
    const [, path] = /^[A-Za-z][^\s]*\s+(\/\S*)/.exec(line) ?? [];
    if (path !== undefined) found.add(path.replace(/(.)\/$/, '$1'));
  }
  return found;
}

const always = `# What a system of nothing but /usr lacks at its first boot, made of the tree that it was built from.
d /opt 0755 root root -
d /mnt 0755 root root -
d /media 0755 root root -
d /boot 0755 root root -
# Which packages the system is made of: dpkg -l answers.
L+ /var/lib/dpkg - - - - ../../usr/lib/sysimage/dpkg
`;

/** The tmpfiles.d text. Files are copied from /usr/share/factory, where they have the same path. */
export function tmpfilesText(entries: readonly VarEntry[], made: ReadonlySet<string>): string {
  const lines = entries
    .filter(({ path }) => !made.has(path))
    .map(({ kind, path, mode, user, group }) => {
      const head = `${word(path)} ${mode.padStart(4, '0')} ${user} ${group} -`;
      // The source is the default one; but that is not found when the path has a percent sign.
      return kind === 'folder' ? `d ${head}\n` : `C ${head} /usr/share/factory${rest(path)}\n`;
    });
  return `${always}${lines.join('')}`;
}

/** A path as one word of the line. */
function word(path: string): string {
  const text = path.replaceAll('%', '%%');
  return /[\s"'\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** A path as the rest of the line, in which only escapes and specifiers are read. */
function rest(path: string): string {
  return path.replaceAll('%', '%%').replaceAll('\\', '\\\\');
}
