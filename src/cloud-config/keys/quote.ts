// Values quoted for the files that other programs read, so that no value can end its own line or quotes.

/** A NAME=VALUE of `Environment=` in a unit file, with the quotes around it. One line only. */
export function environmentAssignment(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${name}=${escaped.replaceAll('\t', '\\t')}"`;
}

/** A value of os-release, /etc/environment and their like: bare when it can be, or in double quotes. */
export function shellWord(value: string, always = false): string {
  if (!always && /^[\w@%+=:,./[\]~^-]*$/.test(value)) return value;
  return `"${value.replace(/[\\"$`]/g, '\\$&')}"`;
}
