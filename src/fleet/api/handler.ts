// Where each path of fleet's API goes, and how the store's errors become answers.

import { errorAnswer, type HttpAnswerParts, type HttpHandler, type HttpRequest } from '../../http/index.ts';
import { storeErrors } from '../../store/index.ts';
import { countedHandler } from '../metrics/api.ts';
import { type ApiContext, storeAwayMessage } from './context.ts';
import { answerV1 } from './v1.ts';
import { answerV2 } from './v2.ts';

/** Bodies of requests may be this large: two units of the largest size, or thousands of common ones. */
export const maxBodyBytes = 2 * 1024 * 1024;

export function apiHandler(context: ApiContext): HttpHandler {
  const answer: HttpHandler = async (request) => {
    try {
      return await route(context, request);
    } catch (error) {
      if (storeErrors.is(error, 'unavailable') || storeErrors.is(error, 'denied')) {
        return errorAnswer(503, storeAwayMessage);
      }
      // Nobody but an operator of the store can help, so what to do goes along.
      if (storeErrors.is(error, 'full')) {
        return errorAnswer(error.http, [error.message, error.hint ?? ''].join(' ').trim());
      }
      throw error;
    }
  };
  return countedHandler(answer, context.requests);
}

async function route(context: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  if (request.path === '/metrics' && request.method === 'GET') {
    return { status: 200, text: await context.metrics(), contentType: 'text/plain; version=0.0.4' };
  }
  const [, version, path] = /^\/(fleet\/v1|v1-alpha|fleet\/v2)(\/.*)?$/.exec(request.path) ?? [];
  // The daemon itself can be asked about whatever it waits for.
  const isOwn = version === 'fleet/v2' && (path === '/status' || path === '/local');
  const away = isOwn ? undefined : context.unavailable();
  if (away !== undefined) return errorAnswer(503, away);
  if (request.path === '/') return errorAnswer(405, '');
  const answer =
    version === undefined
      ? undefined
      : await (version === 'fleet/v2' ? answerV2 : answerV1)(context, request, path ?? '');
  return answer ?? errorAnswer(404, '');
}
