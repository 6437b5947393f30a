// What the update server answers to: Omaha by go-omaha's rules of HTTP, the files of releases, and two questions.

import { CodedError } from '../host/index.ts';
import { fileAnswer, type HttpAnswerParts, type HttpHandler, type HttpRequest } from '../http/index.ts';
import {
  checkContentType,
  httpStatusOf,
  readRequest,
  responseContentType,
  writeResponse,
} from '../omaha/index.ts';
import { answer, type Entry } from './answer.ts';
import type { CatalogFolder } from './catalog.ts';
import type { Machines } from './machines.ts';
import { metricsContentType, metricsText } from './metrics.ts';

export interface HandlerParts {
  readonly catalog: CatalogFolder;
  readonly machines: Machines;
  readonly appIds: readonly string[];
  /** Where machines get releases, in the order to try, without a slash at the end; none: where they asked. */
  readonly urls: readonly string[];
  readonly pollIntervalSeconds: number | undefined;
  readonly scheme: 'http' | 'https';
  /** Named when a machine does not say whom it asked. */
  readonly address: () => string;
  readonly now: () => number;
  readonly onEntries: (entries: readonly Entry[]) => void;
  readonly onRefused: (reason: string) => void;
}

/** A request over this is no request. */
export const maxRequestBytes = 1024 * 1024;

export function updateHandler(parts: HandlerParts): HttpHandler {
  return async (request) => {
    const { path } = request;
    if (path === '/v1/update' || path.startsWith('/v1/update/')) return omaha(request, parts);
    if (path.startsWith('/releases/')) return releaseFile(request, parts);
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only asked here.');
    if (path === '/healthz') return health(parts);
    if (path === '/v1/machines') return { status: 200, json: { machines: parts.machines.list() } };
    if (path === '/metrics') {
      const text = metricsText(parts.machines.list(), await parts.catalog.recent());
      return { status: 200, text, contentType: metricsContentType };
    }
    return plain(404, 'There is nothing here; machines ask /v1/update/.');
  };
}

async function omaha(request: HttpRequest, parts: HandlerParts): Promise<HttpAnswerParts> {
  if (request.method !== 'POST') return plain(400, 'Expected a POST');
  let found: ReturnType<typeof readRequest>;
  try {
    checkContentType(request.header('content-type')[0]);
    found = readRequest(await request.text(), { maxBytes: maxRequestBytes });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // The words of go-omaha; ours are in the log, and beside.
    parts.onRefused(error.message);
    const reason = error.message.replace(/[^ -~]+/g, ' ').slice(0, 300);
    return { ...plain(400, 'Bad Omaha Request'), headers: { 'Omaha-Error': reason } };
  }
  const catalog = await parts.catalog.recent();
  const { machines, appIds, pollIntervalSeconds } = parts;
  const here = `${parts.scheme}://${hostOf(request) ?? parts.address()}`;
  const { response, entries } = answer(found, {
    ...{ catalog, machines, appIds, pollIntervalSeconds, now: parts.now() },
    releasesUrls: (parts.urls.length === 0 ? [here] : parts.urls).map((url) => `${url}/releases/`),
  });
  parts.onEntries(entries);
  return { status: httpStatusOf(response), text: writeResponse(response), contentType: responseContentType };
}

/** Files of releases that are whole, and of no other folder. */
async function releaseFile(request: HttpRequest, { catalog }: HandlerParts): Promise<HttpAnswerParts> {
  const path = request.path.slice('/releases/'.length);
  const folder = decoded(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  const { releases } = await catalog.recent();
  if (!releases.some((release) => release.path === folder)) return plain(404, 'There is no such release.');
  return fileAnswer(request, catalog.folder, path);
}

async function health({ catalog }: HandlerParts): Promise<HttpAnswerParts> {
  const { releases, problems } = await catalog.recent();
  const { failure } = catalog;
  const status = failure !== undefined ? 'unreadable' : releases.length === 0 ? 'empty' : 'ok';
  const all = failure === undefined ? problems : [failure, ...problems];
  return { status: status === 'ok' ? 200 : 503, json: { status, releases: releases.length, problems: all } };
}

function plain(status: number, text: string): HttpAnswerParts {
  return { status, text: `${text}\n`, contentType: 'text/plain; charset=utf-8' };
}

/** The name by which a machine asked; undefined for one that would not be an address. */
function hostOf(request: HttpRequest): string | undefined {
  const [host = ''] = request.header('host');
  return /^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/.test(host) ? host : undefined;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
