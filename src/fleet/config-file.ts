// The grammar of fleet.conf: top-level lines of `key = value`, as fleet's own reader took them.

/** What is to be said about a configuration, in the order of its lines. */
export interface Finding {
  /**
   * `error` keeps fleetd from starting, as it did fleet; `warning` is something passed over that its writer
   * meant to count; `note` is an old key that has no meaning here.
   */
  readonly level: 'error' | 'warning' | 'note';
  /** `PATH:LINE` or the name of the variable. */
  readonly where: string;
  readonly message: string;
  /** A value that is none, so that its key is as if it were not there. */
  readonly unreadable?: true;
}

/** One key as it was given. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Where it stands, for messages. */
  readonly where: string;
  /** The section that it stands in; fleet's own keys stand before any. */
  readonly section?: string;
}

/** The entries of the file in order; a line that is none is an error among the findings. */
export function readConfigFile(text: string, path: string): { entries: Entry[]; findings: Finding[] } {
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  let section: string | undefined;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const where = `${path}:${index + 1}`;
    let content = (lines[index] ?? '').trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    while (content.endsWith('\\') && index + 1 < lines.length) {
      content = content.slice(0, -1) + (lines[++index] ?? '').trim();
    }
    if (content.startsWith('[')) {
      section = content;
      continue;
    }
    const equals = content.indexOf('=');
    if (equals !== -1) {
      const key = content.slice(0, equals).trim().toLowerCase();
      const value = unquote(content.slice(equals + 1).trim());
      entries.push({ key, value, where, ...(section === undefined ? {} : { section }) });
    } else if (section === undefined) {
      const message = `${JSON.stringify(content)}: expected key = value.`;
      findings.push({ level: 'error', where, message });
    }
    // What follows a section is another program's, whatever it looks like.
  }
  return { entries, findings };
}

/** A value is wholly in quotes, a comment after them aside, or ends at the first `#` or `;`. */
function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1\s*([#;].*)?$/.exec(text);
  if (quoted !== null) return quoted[2] ?? '';
  return text.replace(/[#;].*$/, '').trim();
}
