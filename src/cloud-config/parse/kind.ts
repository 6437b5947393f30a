// What a piece of user-data is, told by its first bytes.

export type UserDataKind = 'empty' | 'script' | 'cloud-config' | 'ignition' | 'unknown';

/** The kind of a decompressed text. */
export function kindOf(text: string): UserDataKind {
  if (text === '') return 'empty';
  const end = text.indexOf('\n');
  const first = end === -1 ? text : text.slice(0, end);
  if (first.startsWith('#!')) return 'script';
  if (first.trimEnd() === '#cloud-config') return 'cloud-config';
  return isIgnition(text) ? 'ignition' : 'unknown';
}

function isIgnition(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null) return false;
    if ('ignitionVersion' in data) return Number.isInteger(data.ignitionVersion);
    if (!('ignition' in data)) return false;
    const { ignition } = data;
    if (typeof ignition !== 'object' || ignition === null || !('version' in ignition)) return false;
    return typeof ignition.version === 'string';
  } catch {
    return false;
  }
}

/** Why an unknown text is not recognised, when the mistake is a well-known one. */
export function hintForUnknown(text: string): string | undefined {
  const first = text.slice(0, 200).split('\n')[0] ?? '';
  if (text.startsWith('\uFEFF')) return 'Remove the byte order mark before "#cloud-config".';
  if (/^##\s*template:\s*jinja/.test(first)) return 'Templates are not supported; render it first.';
  if (first.startsWith('#cloud-config-archive')) return 'Archives are not supported; give one cloud-config.';
  if (/^(content-type|mime-version):/i.test(first)) return 'MIME multipart is not supported yet.';
  if (first.startsWith('#include')) return 'Includes are not supported yet.';
  if (/^\s*#\s*cloud-config/i.test(text)) {
    return 'The first line must be exactly "#cloud-config": no space or line before it, no other case.';
  }
  if (/^[A-Za-z0-9+/=\s]{32,}$/.test(text.slice(0, 400))) return 'It looks like base64; decode it first.';
  return undefined;
}
