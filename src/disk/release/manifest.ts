// manifest.json: the one reader, for what lies on a disk and for what came over a network. Pure.

import { diskErrors } from '../errors.ts';
import { isVersion } from '../slots/version.ts';
import { isRootHash } from '../verity.ts';
import { isExtensionName, type ReleaseFile, type ReleaseIndex, type ReleaseManifest } from './model.ts';

/** A manifest has one kibibyte; nobody reads a mebibyte to find that it is none. */
export const maxManifestBytes = 64 * 1024;

/** Downgrades from more versions than this are no list that somebody wrote. */
const maxEdges = 256;

type Fields = Readonly<Record<string, unknown>>;

/** Parses a manifest. Throws `disk.damaged` with `path` and the field, or line and column, that is wrong. */
export function parseManifest(text: string, path: string): ReleaseManifest {
  const { damaged, object, matching, file } = reader(path);
  if (text.length > maxManifestBytes) throw damaged(`it has more than ${maxManifestBytes} characters`);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw damaged(jsonFault(text, cause), cause);
  }
  const all = object(root, 'it');
  if (all['format'] !== 1) throw damaged(`format is ${shown(all['format'])}, expected 1`);
  const product = productOf(all, reader(path));
  const version = matching(all, 'version', '', isVersion, versionForm);
  const isArchitecture = (name: string) => /^[a-z0-9][a-z0-9_-]{1,15}$/.test(name);
  const architecture = matching(all, 'architecture', '', isArchitecture, 'an architecture (amd64, arm64)');
  const usr = file(object(all['usr'], 'usr'), 'usr');
  if (usr.bytes % 4096 !== 0) throw damaged(`usr.bytes is ${usr.bytes}, expected a multiple of 4096`);
  const tree = object(all['verity'], 'verity');
  const isUuid = (uuid: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid);
  const digits = '64 hexadecimal digits';
  const verity = {
    ...file(tree, 'verity'),
    rootHash: matching(tree, 'rootHash', 'verity.', isRootHash, digits),
    salt: matching(tree, 'salt', 'verity.', isRootHash, digits),
    uuid: matching(tree, 'uuid', 'verity.', isUuid, 'a UUID in lower case'),
  };
  const manifest = {
    format: 1,
    ...product,
    version,
    architecture,
    ...rules(all, damaged),
    usr,
    verity,
  } as const;
  if (product.kind === 'extension') {
    if (all['uki'] !== undefined) throw damaged('uki is there, and an extension starts nothing');
    checkNames([usr, verity], damaged);
    return manifest;
  }
  const uki = file(object(all['uki'], 'uki'), 'uki');
  checkNames([usr, verity, uki], damaged);
  return { ...manifest, uki };
}

/** What it is a release of: the system, or an extension by its name. */
function productOf(all: Fields, { damaged, matching }: Reader): Pick<ReleaseManifest, 'kind' | 'name'> {
  const { kind, name } = all;
  if (kind === 'extension') {
    const form = 'the name of an extension (a-z, 0-9, _ . and -)';
    return { kind, name: matching(all, 'name', '', isExtensionName, form) };
  }
  if (kind !== undefined) throw damaged(`kind is ${shown(kind)}, expected "extension" or nothing`);
  if (name !== 'keelson') throw damaged(`name is ${shown(name)}, expected "keelson"`);
  return { name };
}

const versionForm = 'a version (letters, digits and . ~ ^ -)';

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 120) ?? 'missing';

type Damaged = (what: string, cause?: unknown) => Error;

type Reader = ReturnType<typeof reader>;

/** The ways in which fields are read, each naming `path` and the field when it is not as expected. */
function reader(path: string) {
  const damaged: Damaged = (what, cause) =>
    diskErrors.error('damaged', `${path} is no manifest of a release: ${what}.`, { cause });
  const object = (value: unknown, field: string): Fields => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
    throw damaged(`${field} is no object`);
  };
  const matching = (
    fields: Fields,
    key: string,
    where: string,
    fits: (text: string) => boolean,
    form: string,
  ): string => {
    const value = fields[key];
    if (typeof value === 'string' && fits(value)) return value;
    throw damaged(`${where}${key} is ${shown(value)}, expected ${form}`);
  };
  const sized = (fields: Fields, part: string): ReleaseIndex => {
    const { bytes } = fields;
    if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 1) {
      throw damaged(`${part}.bytes is ${shown(bytes)}, expected a size in bytes`);
    }
    // No folder, no hidden file: it goes into a path and into a URL as it is.
    const isName = (name: string) => /^[0-9A-Za-z_][0-9A-Za-z._+~^-]{0,199}$/.test(name);
    return {
      file: matching(fields, 'file', `${part}.`, isName, 'the name of a file beside it'),
      bytes,
      sha256: matching(fields, 'sha256', `${part}.`, isRootHash, '64 hexadecimal digits'),
    };
  };
  const file = (fields: Fields, part: string): ReleaseFile => {
    const { chunks } = fields;
    const own = sized(fields, part);
    if (chunks === undefined) return own;
    return { ...own, chunks: sized(object(chunks, `${part}.chunks`), `${part}.chunks`) };
  };
  return { damaged, object, matching, file };
}

function checkNames(files: readonly ReleaseFile[], damaged: Damaged): void {
  const names = files.flatMap(({ file, chunks }) => (chunks === undefined ? [file] : [file, chunks.file]));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw damaged(`${twice} is named twice`);
}

/** What the manifest says of when and on what the release may be installed. */
function rules(
  all: Fields,
  damaged: Damaged,
): Pick<ReleaseManifest, 'expires' | 'minimumVersion' | 'downgradeFrom'> {
  const { expires, minimumVersion, downgradeFrom } = all;
  const time = typeof expires === 'string' && isTime(expires) ? Date.parse(expires) : Number.NaN;
  if (expires !== undefined && !Number.isSafeInteger(time)) {
    throw damaged(`expires is ${shown(expires)}, expected a time such as 2027-01-31T00:00:00Z`);
  }
  const isOne = (value: unknown): value is string => typeof value === 'string' && isVersion(value);
  if (minimumVersion !== undefined && !isOne(minimumVersion)) {
    throw damaged(`minimumVersion is ${shown(minimumVersion)}, expected ${versionForm}`);
  }
  const isList = Array.isArray(downgradeFrom) && downgradeFrom.length <= maxEdges;
  if (downgradeFrom !== undefined && !(isList && downgradeFrom.every(isOne))) {
    throw damaged(`downgradeFrom is ${shown(downgradeFrom)}, expected a list of up to ${maxEdges} versions`);
  }
  return {
    ...(expires === undefined ? {} : { expires: time }),
    ...(minimumVersion === undefined ? {} : { minimumVersion }),
    ...(downgradeFrom === undefined ? {} : { downgradeFrom }),
  };
}

/** Whether a text is a time in UTC by the second, as manifests and keys have it. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** V8's words with line and column. */
function jsonFault(text: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : 'no JSON';
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? faultPosition(text));
  const before = text.slice(0, position).split('\n');
  const what = message.replace(
    / (in|after) JSON at position.*| of JSON input$|, [."][\s\S]* is not valid JSON$/,
    '',
  );
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}`;
}

/** Some of V8's messages have no position: it is the end of the longest beginning that only ends too early. */
function faultPosition(text: string): number {
  const endsEarly = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return true;
    } catch (error) {
      if (!(error instanceof Error)) return false;
      const position = /position (\d+)/.exec(error.message)?.[1];
      return position === undefined ? /^Unexpected end/.test(error.message) : Number(position) >= length;
    }
  };
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (endsEarly(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
