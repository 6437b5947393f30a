// Pages of API v1: a token is four bytes, limit and page number, in URL-safe base64.

import { fleetErrors } from '../errors.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken?: string;
}

/** The page of `items` that the query asks for. Throws `fleet.invalid` for a bad token. */
export function pageOf<Item>(items: readonly Item[], query: URLSearchParams, limit: number): Page<Item> {
  const tokens = query.getAll('nextPageToken');
  if (tokens.length > 1) throw fleetErrors.error('invalid', 'too many values for page token');
  const page = tokens[0] === undefined ? 1 : readToken(tokens[0], limit);
  const start = (page - 1) * limit;
  const cut = items.slice(start, start + limit);
  // A full page promises another one, which may be empty: clients of fleet know it so.
  return cut.length === limit ? { items: cut, nextPageToken: writeToken(limit, page + 1) } : { items: cut };
}

function writeToken(limit: number, page: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(limit & 0xffff, 0);
  bytes.writeUInt16LE(page & 0xffff, 2);
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function readToken(token: string, limit: number): number {
  const wrong = corruptAt(token);
  if (wrong !== undefined) {
    throw fleetErrors.error('invalid', `illegal base64 data at input byte ${wrong}`);
  }
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < 4) throw fleetErrors.error('invalid', bytes.length === 0 ? 'EOF' : 'unexpected EOF');
  if (bytes.readUInt16LE(0) !== limit) throw fleetErrors.error('invalid', `token limit must be ${limit}`);
  const page = bytes.readUInt16LE(2);
  if (page === 0) throw fleetErrors.error('invalid', 'token page must be greater than zero');
  return page;
}

/** Where padded base64 stops being some, counted as fleet's decoder counts; undefined when it is all good. */
function corruptAt(token: string): number | undefined {
  for (let at = 0; at < token.length; at += 4) {
    const digits = /^[A-Za-z0-9_-]{0,4}/.exec(token.slice(at, at + 4))?.[0].length ?? 0;
    if (digits === 4) continue;
    const wrong = at + digits;
    if (wrong === token.length) return at;
    if (token[wrong] !== '=' || digits < 2) return wrong;
    if (digits === 3) return wrong + 1 < token.length ? wrong + 1 : undefined;
    if (wrong + 1 === token.length) return token.length;
    if (token[wrong + 1] !== '=') return wrong;
    return wrong + 2 < token.length ? wrong + 2 : undefined;
  }
  return undefined;
}
