// The D-Bus object path of a unit, in systemd's escaping of names for paths.

const unitFolder = '/org/freedesktop/systemd1/unit/';

/** `web.service` → `/org/freedesktop/systemd1/unit/web_2eservice`. */
export function unitObjectPath(name: string): string {
  if (name === '') return `${unitFolder}_`;
  let label = '';
  for (const [index, byte] of Buffer.from(name, 'utf8').entries()) {
    const character = String.fromCharCode(byte);
    const plain = /[A-Za-z]/.test(character) || (index > 0 && /[0-9]/.test(character));
    label += plain ? character : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return unitFolder + label;
}
