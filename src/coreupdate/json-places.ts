// Where in a text of JSON something is, as line:column from 1. Pure.

const blank = /[ \t\n\r]*/y;
const name = /"(?:[^"\\\x00-\x1f]|\\.)*"/y;
const scalar = /"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const mostLevels = 100;

/** Where a text ends to be JSON: JSON.parse does not always say. */
export function placeOfFault(text: string): string {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found?.[0].length ?? 0;
    return found !== null;
  };
  const inside = (end: RegExp, part: () => boolean): boolean => {
    take(blank);
    if (take(end)) return true;
    do {
      take(blank);
      if (!part()) return false;
      take(blank);
    } while (take(/,/y));
    return take(end);
  };
  const value = (level: number): boolean => {
    take(blank);
    if (level > mostLevels) return false;
    if (take(/\[/y)) return inside(/\]/y, () => value(level + 1));
    if (!take(/\{/y)) return take(scalar);
    return inside(/\}/y, () => take(name) && take(blank) && take(/:/y) && value(level + 1));
  };
  value(0);
  take(blank);
  return placeAt(text, at);
}

/** The places of the keys of the outermost object; of one that comes twice, the last, which is the one that counts. */
export function placesOfKeys(text: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  let depth = 0;
  // Text is one token: what looks like a bracket in it is none.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[[\]{}]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && token.endsWith(':')) {
      places.set(String(JSON.parse(token.replace(/\s*:$/, ''))), placeAt(text, index));
    }
  }
  return places;
}

function placeAt(text: string, at: number): string {
  const before = text.slice(0, at);
  return `${before.split('\n').length}:${at - before.lastIndexOf('\n')}`;
}
