// The system users and groups of the definition, whose numbers never change: in the form of sysusers.d(5), with
// every number given.

import { deployErrors } from '../errors.ts';

/** A user or group whose number the definition fixes. */
export interface FixedId {
  readonly kind: 'user' | 'group';
  readonly name: string;
  readonly id: number;
}

export interface SystemUsers {
  /** The file as it is, for systemd-sysusers. */
  readonly text: string;
  readonly ids: readonly FixedId[];
}

const lineForm = /^(?<type>[ug])\s+(?<name>[a-z_][a-z0-9_-]*)\s+(?<id>\d+)(?::(?<group>\d+))?(?:\s|$)/;

/**
 * Reads the file. Throws `deploy.definition` with line and column for a line without a number, and for a name or
 * a number that is there twice.
 */
export function parseUsers(text: string, file: string): SystemUsers {
  const ids: FixedId[] = [];
  const add = (id: FixedId, at: string) => {
    const clash = ids.find(
      (other) => other.kind === id.kind && (other.name === id.name || other.id === id.id),
    );
    if (clash !== undefined) {
      throw deployErrors.error(
        'definition',
        `${at}: the ${id.kind} ${id.name} (${id.id}) clashes with ${clash.name} (${clash.id}).`,
        { hint: 'Each has a number of its own.' },
      );
    }
    ids.push(id);
  };
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = `${file}:${index + 1}:${raw.length - raw.trimStart().length + 1}`;
    const { type, name, id, group } = lineForm.exec(line)?.groups ?? {};
    if (type === undefined || name === undefined || id === undefined) {
      throw deployErrors.error(
        'definition',
        `${at}: “${line}” is neither a user nor a group with a number: expected “u NAME NUMBER "COMMENT" HOME SHELL” or “g NAME NUMBER”.`,
      );
    }
    if (type === 'u') add({ kind: 'user', name, id: Number(id) }, at);
    // sysusers.d(5): a user without a group of its own gets one of its name and number.
    if (type === 'g' || group === undefined) add({ kind: 'group', name, id: Number(id) }, at);
  }
  return { text, ids };
}
