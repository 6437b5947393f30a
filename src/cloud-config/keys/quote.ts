// Values quoted for the files that other programs read, so that no value can end its own line or quotes.
// What can stand bare stands bare: update_engine and docker read such files without any quotes.

/** A NAME=VALUE of `Environment=` in a unit file, with the quotes around it. One line only. */
export function environmentAssignment(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${name}=${escaped.replaceAll('\t', '\\t')}"`;
}

/** A value of a file of `EnvironmentFile=`: bare where systemd reads exactly that, or in double quotes. */
export function environmentFileValue(value: string): string {
  if (!/^[\s"']|\s$|\\/.test(value)) return value;
  return `"${value.replace(/[\\"$`]/g, '\\$&')}"`;
}

/** A value of os-release and its like, which a shell may read too: bare when it can be, or in double quotes. */
export function shellWord(value: string, always = false): string {
  if (!always && /^[\w@%+=:,./?&#!*{}[\]~^-]*$/.test(value)) return value;
  return `"${value.replace(/[\\"$`]/g, '\\$&')}"`;
}
