// What a piece of user-data is, told by its first line.

export type UserDataKind =
  | 'empty'
  | 'script'
  | 'cloud-config'
  | 'boothook'
  | 'include'
  | 'archive'
  | 'ignition'
  | 'unknown';

/** The kind of a decompressed text. */
export function kindOf(text: string): UserDataKind {
  if (text === '') return 'empty';
  const first = firstLineOf(text);
  if (first.startsWith('#!')) return 'script';
  if (first === '#cloud-config') return 'cloud-config';
  if (first === '#cloud-config-archive') return 'archive';
  if (first === '#cloud-boothook') return 'boothook';
  if (/^#include(-once)?(\s|$)/.test(first)) return 'include';
  return isIgnition(text) ? 'ignition' : 'unknown';
}

function firstLineOf(text: string): string {
  const end = text.indexOf('\n');
  return (end === -1 ? text : text.slice(0, end)).trimEnd();
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
  const first = firstLineOf(text.slice(0, 400));
  if (text.startsWith('\uFEFF')) return 'Remove the byte order mark before "#cloud-config".';
  if (/^##\s*template:\s*jinja/i.test(first)) return jinjaHint;
  if (first.startsWith('#part-handler')) return 'Part handlers are Python for cloud-init; they are not run.';
  if (first.startsWith('#upstart-job')) return 'There is no upstart here; write a systemd unit.';
  if (first.startsWith('#cloud-config-jsonp')) return 'JSON patches are not supported; give a cloud-config.';
  if (/^\s*#\s*cloud-config/i.test(text)) {
    return 'The first line must be exactly "#cloud-config": no space or line before it, no other case.';
  }
  if (/^\s+#!/.test(text)) return 'A script begins with "#!" at once: no space or line before it.';
  if (/^\0|^.\0/s.test(text)) return 'It looks like UTF-16; save it as UTF-8.';
  if (/^[A-Za-z0-9+/=\s]{32,}$/.test(text.slice(0, 400))) {
    return 'It looks like base64, but what it holds is not recognised either.';
  }
  if (/^(hostname|coreos|users|write[_-]files|ssh[_-]authorized[_-]keys|runcmd|packages):/m.test(text)) {
    return 'Write "#cloud-config" as the first line.';
  }
  return undefined;
}

export const jinjaHint =
  'Templates are not rendered here; render it first, or use $private_ipv4 and its kin.';
