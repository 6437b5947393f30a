// What a client sent, as JSON.

import { fleetErrors } from '../errors.ts';

/** Deeper than anything of ours, and far from where a reader that descends would run out of stack. */
const maxDepth = 64;

/** Parses a body. Throws `fleet.invalid`. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > maxDepth) {
    throw fleetErrors.error('invalid', `unable to decode body: it is nested deeper than ${maxDepth} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fleetErrors.error('invalid', `unable to decode body: ${reason}`);
  }
}

/** A text of a client in quotes, for messages: not longer than anybody reads. */
export function quote(text: string): string {
  const most = 300;
  return text.length <= most ? `"${text}"` : `"${text.slice(0, most)}…"`;
}

function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (quoted) {
      if (char === '\\') index++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}
