// The system's own os-release(5).

import { deployErrors } from '../errors.ts';

/** The version, when it can be one: it becomes part of file names that boot loaders read. Throws `deploy.invalid`. */
export function imageVersion(version: string): string {
  if (/^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/.test(version)) return version;
  throw deployErrors.error(
    'invalid',
    `“${version}” cannot be the version of an image: expected up to 64 of a-z, 0-9, “.” and “-”, such as 1.2.0.`,
  );
}

/** The text for this version, on top of Debian's `debian` file. */
export function osRelease(version: string, debian: string): string {
  const field = (name: string) =>
    new RegExp(`^${name}=(?:"([^"]*)"|(.*))$`, 'm').exec(debian)?.slice(1).find(Boolean) ?? '';
  const codename = field('VERSION_CODENAME');
  return [
    `PRETTY_NAME="keelson ${version} (Debian ${field('VERSION_ID')})"`,
    'NAME="keelson"',
    'ID=keelson',
    'ID_LIKE=debian',
    `VERSION="${version}"`,
    `VERSION_ID=${version}`,
    ...(codename === '' ? [] : [`VERSION_CODENAME=${codename}`]),
    'IMAGE_ID=keelson',
    `IMAGE_VERSION=${version}`,
    '',
  ].join('\n');
}
