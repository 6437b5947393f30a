// The list of packages that a person edits: one name a line under headings, comments with “#”.

import { deployErrors } from '../errors.ts';

/** A package as the file names it, and where. */
export interface WantedPackage {
  readonly name: string;
  /** The heading it stands under; empty before the first. */
  readonly section: string;
  /** From 1. */
  readonly line: number;
}

/** Debian Policy 5.6.1: what the name of a package looks like. */
const packageName = /^[a-z0-9][a-z0-9+.-]+$/;

const entryForm = /^(?<name>[^\s[\]]+)(?:\s+\[(?<architectures>[a-z0-9]+(?:\s+[a-z0-9]+)*)\])?$/;

/** Whether this can be the name of a Debian package. */
export function isPackageName(name: string): boolean {
  return packageName.test(name);
}

/**
 * Reads the list for machines of `architecture` (Debian's word: amd64). `file` is how errors name it.
 * Throws `deploy.definition` with line and column for what is no heading and no name, or is there twice.
 */
export function parsePackages(text: string, architecture: string, file: string): readonly WantedPackage[] {
  const wanted: WantedPackage[] = [];
  const seen = new Map<string, number>();
  let section = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const content = raw.replace(/(^|\s)#.*$/, '').trimEnd();
    const words = content.trimStart();
    if (words === '') continue;
    const at = `${file}:${line}:${content.length - words.length + 1}`;
    const heading = /^\[([a-z][a-z0-9-]*)\]$/.exec(words)?.[1];
    if (heading !== undefined) {
      section = heading;
      continue;
    }
    const { name = '', architectures } = entryForm.exec(words)?.groups ?? {};
    if (!isPackageName(name)) {
      throw deployErrors.error(
        'definition',
        `${at}: “${words}” is neither a package nor a heading: expected a name such as “curl”, “curl [amd64]”, or “[network]”.`,
      );
    }
    if (architectures !== undefined && !architectures.split(/\s+/).includes(architecture)) continue;
    const before = seen.get(name);
    if (before !== undefined) {
      throw deployErrors.error('definition', `${at}: ${name} is there already, in line ${before}.`, {
        hint: 'Remove one of the two.',
      });
    }
    seen.set(name, line);
    wanted.push({ name, section, line });
  }
  return wanted;
}
