// usr/lib/extension-release.d/extension-release.NAME: what systems an extension is for, and which version it is. Pure.

import { parseOsRelease } from '../../disk/index.ts';
import { deployErrors } from '../errors.ts';

export interface ExtensionIdentity {
  readonly name: string;
  readonly version: string;
  /** As Debian calls it. */
  readonly architecture: string;
  /** `ID` of the systems that it is for; default what its own file says, else `_any`. */
  readonly id?: string;
  /** `VERSION_ID` of these. */
  readonly versionId?: string;
}

/** systemd's words (ConditionArchitecture= in systemd.unit(5)). */
const architectures: Readonly<Record<string, string>> = { amd64: 'x86-64', arm64: 'arm64' };

/**
 * The file's text: what the tree's own one says, with what it leaves open. Throws `deploy.source` with `path` when
 * that says something else than was asked for, `deploy.invalid` when it would fit no system.
 */
export function extensionRelease(identity: ExtensionIdentity, own: string | undefined, path: string): string {
  const before = parseOsRelease(own ?? '');
  const id = identity.id ?? before.get('ID') ?? '_any';
  const versionId = identity.versionId ?? before.get('VERSION_ID');
  const wanted: Record<string, string | undefined> = {
    ID: id,
    VERSION_ID: versionId,
    ARCHITECTURE: architectures[identity.architecture],
    IMAGE_ID: identity.name,
    IMAGE_VERSION: identity.version,
  };
  for (const [key, value] of Object.entries(wanted)) {
    const said = before.get(key);
    if (said === undefined || value === undefined || said === value) continue;
    throw deployErrors.error('source', `${path} says ${key}=${said}, and ${value} was asked for.`);
  }
  if (id !== '_any' && versionId === undefined && before.get('SYSEXT_LEVEL') === undefined) {
    throw deployErrors.error('invalid', `An extension for ${id} alone fits no version of it.`, {
      hint: 'Name one (--id debian --version-id 12), or leave both: then it is for all systems.',
    });
  }
  const all = new Map([...before, ...Object.entries(wanted)]);
  return [...all].map(([key, value]) => (value === undefined ? '' : `${key}=${quoted(value)}\n`)).join('');
}

const quoted = (value: string) => (/^[A-Za-z0-9._~^-]*$/.test(value) ? value : JSON.stringify(value));
