// Requests of the API, counted by route: the names in their paths are not told, so that nobody who asks for
// many things makes many series.

import { CodedError } from '../../host/index.ts';
import type { HttpAnswerParts, HttpHandler } from '../../http/index.ts';
import type { Counter } from './exposition.ts';

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD'];

/** The same handler; what it answers is counted. */
export function countedHandler(handler: HttpHandler, requests: Counter): HttpHandler {
  return async (request) => {
    const method = methods.includes(request.method) ? request.method : 'other';
    const count = (code: number) =>
      requests.add({ route: routeOf(request.path), method, code: String(code) });
    let answer: HttpAnswerParts;
    try {
      answer = await handler(request);
    } catch (error) {
      count(error instanceof CodedError ? error.http : 500);
      throw error;
    }
    count(answer.status);
    return answer;
  };
}

/** The path without what it names: one of a fixed set. */
export function routeOf(path: string): string {
  if (path === '/metrics') return path;
  const [, version = '', kind = '', rest] =
    /^\/(fleet\/v1|v1-alpha|fleet\/v2)\/([a-z-]+(?:\.json)?)(\/.*)?$/.exec(path) ?? [];
  if (!kinds.includes(kind)) return 'other';
  return `/${version}/${kind}${rest === undefined || rest === '/' ? '' : '/{name}'}`;
}

const kinds = [
  ...['units', 'state', 'machines', 'discovery', 'events', 'status', 'local', 'logs', 'top'],
  ...['rebalance', 'openapi.json', 'states'],
];
