// Whether a piece of untrusted text is the name it claims to be. Pure; used before a name reaches a
// command line, a path or a file of one value a line.

const unitTypes =
  'service|socket|device|mount|automount|swap|target|path|timer|slice|scope|network|netdev|link';
const unitPattern = new RegExp(`^[A-Za-z0-9:_.\\\\@-]+\\.(${unitTypes})$`);

/** Whether systemd would take this as the name of a unit, or networkd as one of its files. */
export function isUnitName(name: string): boolean {
  return name.length <= 255 && unitPattern.test(name) && !name.startsWith('.') && !name.startsWith('-.');
}

/** Whether this names one file: no folder, no control character. */
export function isFileName(name: string): boolean {
  return (
    Buffer.byteLength(name) <= 255 &&
    !/[\x00-\x1f\x7f/\u2028\u2029]/.test(name) &&
    !['', '.', '..'].includes(name)
  );
}

/** Whether this is a user or group name that neither a command line nor /etc/passwd can misread. */
export function isAccountName(name: string): boolean {
  return /^(?!\d+\$?$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}\$?$/.test(name) && name.length <= 32;
}

/** A host name as the kernel and DNS take it. */
export function isHostname(name: string): boolean {
  return (
    name.length <= 64 &&
    name.split('.').every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label))
  );
}

/** Whether a text stays on its line. */
export function isSingleLine(text: string): boolean {
  return !/[\r\n\0\u2028\u2029]/.test(text);
}

/** Whether this is a value of one field of /etc/passwd. */
export function isPasswdField(text: string): boolean {
  return isSingleLine(text) && !text.includes(':');
}

/** Why a line is no OpenSSH public key, or undefined if it is one. Options before the type are allowed. */
export function sshKeyProblem(line: string): string | undefined {
  if (!isSingleLine(line)) return 'a key must be a single line';
  if (line.startsWith('-----BEGIN')) return 'this is not a public key in OpenSSH form';
  const words = line.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
  const at = words.findIndex((word) => /^(ssh-|ecdsa-|sk-)[\w@.-]+$/.test(word));
  const type = words[at];
  const blob = words[at + 1];
  if (at === -1 || at > 1 || type === undefined) return 'it does not begin with a type such as ssh-ed25519';
  if (blob === undefined) return 'the key itself is missing after its type';
  if (!/^[A-Za-z0-9+/]+={0,3}$/.test(blob)) return 'the key itself is not base64';
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  if (bytes.length <= 4 + length || bytes.subarray(4, 4 + length).toString('latin1') !== type) {
    return `the key itself is cut off or not of type ${type}`;
  }
  return undefined;
}
