// #include: a URL a line, each of whose documents takes the line's place. #include-once: the document is
// kept, so that later boots of this instance do not ask again.

import type { Document } from '../model.ts';
import type { Expansion } from './expand.ts';
import { limits, type Piece } from './piece.ts';

/** Fetches what an include names and adds it; a document that cannot be had is found, and the rest goes on. */
export async function readInclude(expansion: Expansion, document: Document, piece: Piece): Promise<void> {
  if (!expansion.deeper(document, piece)) return;
  let once = piece.type === 'text/x-include-once-url';
  for (const [index, text] of document.text.split('\n').entries()) {
    let rest = text.trim();
    const [word, suffix] = /^#include(-once)?(?=\s|$)/.exec(rest) ?? [];
    if (word !== undefined) {
      once = suffix !== undefined;
      rest = rest.slice(word.length).trim();
    }
    if (rest === '' || rest.startsWith('#')) continue;
    await includeOne(expansion, document, piece, { url: rest, line: index + 1, once });
  }
}

interface Wanted {
  readonly url: string;
  readonly line: number;
  readonly once: boolean;
}

async function includeOne(expansion: Expansion, document: Document, piece: Piece, wanted: Wanted) {
  const { url, line } = wanted;
  const shown = shownUrl(url);
  const refuse = (message: string) => expansion.find(document, message, { line });
  if (shown === undefined) {
    refuse(`cannot include ${JSON.stringify(url.slice(0, 200))}: not an http or https URL`);
  } else if (piece.chain.includes(url)) refuse(`${shown} includes itself`);
  else if (expansion.fetches >= limits.fetches) refuse(`more than ${limits.fetches} documents are included`);
  else {
    expansion.fetches++;
    try {
      const bytes = await fetchKept(expansion, wanted);
      const inner = { file: shown, type: '', depth: piece.depth + 1, chain: [...piece.chain, url] };
      await expansion.addBytes(bytes, inner);
    } catch (error) {
      refuse(`cannot include ${shown}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function fetchKept(expansion: Expansion, { url, once }: Wanted): Promise<Uint8Array> {
  const { fetch, kept } = expansion.options;
  const before = once ? await kept?.get(url) : undefined;
  if (before !== undefined) return before;
  if (fetch === undefined) throw new Error('includes are not followed here');
  const bytes = await fetch(url);
  if (once) await kept?.put(url, bytes);
  return bytes;
}

/** A URL as messages may show it: without its password and its query, which often is one. */
function shownUrl(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
