// The update server as the engine sees it: asked for an update, told what happened.

import {
  answerErrorCode,
  type ErrorFlag,
  type EventRequest,
  encodeErrorCode,
  eventResults,
  httpErrorCode,
  readResponse,
  updateOffer,
  writeRequest,
} from '../../omaha/index.ts';
import type { Offer } from '../model.ts';
import type { ServerAnswer } from './exchange.ts';
import { type Identity, requestFor } from './request.ts';

/** Posts a document; throws when there was no answer at all. */
export type Post = (url: string, document: string, signal: AbortSignal) => Promise<ServerAnswer>;

export type CheckResult =
  | ({ readonly kind: 'none'; readonly reason: string } & Cadence)
  /** `document`: the answer as it came. */
  | ({ readonly kind: 'offer'; readonly offer: Offer; readonly document: string } & Cadence)
  /** `code` as of 1.5, without flags. */
  | ({ readonly kind: 'failed'; readonly code: number; readonly reason: string } & Cadence);

interface Cadence {
  readonly httpStatus: number | undefined;
  readonly pollIntervalS: number | undefined;
}

const bytesOfXml = 1024 * 1024;

export interface CheckQuestion {
  readonly interactive: boolean;
  /** What goes with the question: how the last reboot went. */
  readonly event: EventRequest | undefined;
}

/** Asks for an update. Does not throw but for the signal: a failure is a result. */
export async function check(
  post: Post,
  url: string,
  identity: Identity,
  question: CheckQuestion,
  signal: AbortSignal,
): Promise<CheckResult> {
  const document = writeRequest(requestFor({ kind: 'check', ...question }, identity));
  let answer: ServerAnswer;
  try {
    answer = await post(url, document, signal);
  } catch (error) {
    signal.throwIfAborted();
    const nothing = { httpStatus: undefined, pollIntervalS: undefined };
    return { kind: 'failed', code: httpErrorCode(0), reason: wordsOf(error), ...nothing };
  }
  const httpStatus = answer.status;
  if (!isSuccess(httpStatus)) {
    return {
      ...{ kind: 'failed', code: httpErrorCode(httpStatus), httpStatus, pollIntervalS: undefined },
      reason: `The update server ${url} answered with HTTP status ${httpStatus}.`,
    };
  }
  let pollIntervalS: number | undefined;
  try {
    const response = readResponse(answer.body, { maxBytes: bytesOfXml });
    pollIntervalS = response.apps.find((app) => app.updateCheck !== undefined)?.updateCheck
      ?.pollIntervalSeconds;
    const offered = updateOffer(response, identity.settings.appId);
    if (offered.kind === 'none') {
      return { kind: 'none', reason: offered.reason ?? '', httpStatus, pollIntervalS };
    }
    const offer: Offer = {
      version: offered.version,
      codebases: offered.codebases,
      packageName: offered.payload.name,
      sizeBytes: offered.payload.size,
      sha256: offered.sha256,
      isDelta: offered.isDelta,
      disablePayloadBackoff: offered.disableBackoff,
      maxFailureCountPerUrl: offered.maxFailureCountPerUrl,
    };
    return { kind: 'offer', offer, document: answer.body.toString(), httpStatus, pollIntervalS };
  } catch (error) {
    const code = answerErrorCode(error);
    if (code === undefined) throw error;
    return { kind: 'failed', code, reason: wordsOf(error), httpStatus, pollIntervalS };
  }
}

/** Whether a document with that status counts, as with libcurl. */
export function isSuccess(httpStatus: number | undefined): boolean {
  return httpStatus !== undefined && httpStatus >= 200 && httpStatus < 300;
}

/** Says that the machine is alive. False when nobody heard it. */
export async function ping(
  post: Post,
  url: string,
  identity: Identity,
  signal: AbortSignal,
): Promise<boolean> {
  return await say(post, url, writeRequest(requestFor({ kind: 'ping' }, identity)), signal);
}

/** Tells the server what happened. Best effort: false when nobody heard it, whatever the answer says. */
export async function tell(
  post: Post,
  url: string,
  identity: Identity,
  event: EventRequest,
  signal: AbortSignal,
): Promise<boolean> {
  return await say(post, url, writeRequest(requestFor({ kind: 'event', event }, identity)), signal);
}

async function say(post: Post, url: string, document: string, signal: AbortSignal): Promise<boolean> {
  try {
    return isSuccess((await post(url, document, signal)).status);
  } catch {
    return false;
  }
}

/** An event with its code as the wire has it: none for a success, else with the flags of this machine. */
export function eventOf(
  type: number,
  result: number,
  code: number,
  flags: readonly ErrorFlag[],
): EventRequest {
  if (result === eventResults.success) return { type, result };
  return { type, result, errorCode: encodeErrorCode(code, flags) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
