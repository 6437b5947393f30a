// How documents travel by HTTP: which media types are taken, with which status an answer goes out, and what a
// client makes of a status. Source: go-omaha's server and client, update_engine.

import { omahaErrors } from './errors.ts';
import type { OmahaResponse } from './model.ts';

export const requestContentType = 'text/xml';
export const responseContentType = 'text/xml; charset=utf-8';

/**
 * Takes the Content-Type of a document, or undefined for none.
 * @throws omaha.mediaType for anything but XML in UTF-8
 */
export function checkContentType(value: string | undefined): void {
  if (value === undefined || value.trim() === '') return;
  const [type = '', ...parameters] = value.split(';').map((part) => part.trim());
  if (!/^(text|application)\/xml$/i.test(type)) {
    throw omahaErrors.error('mediaType', `unsupported content type ${JSON.stringify(type.slice(0, 80))}`, {
      hint: 'Send text/xml.',
    });
  }
  // A semicolon may stand at the end; between two there has to be something.
  if (parameters.at(-1) === '') parameters.pop();
  const seen = new Set<string>();
  for (const parameter of parameters) {
    const [, name, quoted, bare] = /^([^=\s]+)\s*=\s*(?:"([^"]*)"|([^\s"]+))$/.exec(parameter) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || seen.has(key)) {
      throw omahaErrors.error('mediaType', 'the parameters of the content type cannot be read');
    }
    seen.add(key);
    const charset = quoted ?? bare ?? '';
    if (key === 'charset' && !/^(|utf-8)$/i.test(charset)) {
      throw omahaErrors.error('mediaType', `unsupported content charset ${JSON.stringify(charset)}`, {
        hint: 'Send UTF-8.',
      });
    }
  }
}

/** The status that an answer goes out with: 200 if any app is ok, else the first app's failure; 400 for no app. */
export function httpStatusOf({ apps }: Pick<OmahaResponse, 'apps'>): 200 | 400 | 500 {
  if (apps.some(({ status }) => status === 'ok')) return 200;
  return apps[0]?.status === 'error-internal' ? 500 : 400;
}

/** Statuses after which go-omaha's client tries again at once, from 1 s on, up to 7 times. */
export const retriedStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Statuses after which update_engine doubles the time to its next check. */
export const slowingStatuses: ReadonlySet<number> = new Set([500, 503]);
