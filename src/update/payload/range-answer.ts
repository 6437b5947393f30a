// What an answer to a range request is worth. Pure.

import { payloadError, statusError } from './errors.ts';
import type { Answer } from './http-get.ts';

/** What tells two versions of a file on one server apart: a strong ETag, else the time of its last change. */
export type Validator = string | undefined;

/** Where the body of an answer begins in the file. */
export interface RangeBody {
  readonly from: number;
  /** The server sends ranges. */
  readonly ranges: boolean;
  readonly validator: Validator;
}

/**
 * Reads the head of an answer to a request for the bytes from `from` of a file of `total` bytes.
 * Throws `update.payload.status` for a failure, `.size` for a file of another length, `.transfer` for an answer that
 * fits neither the request nor what the server said of the file before.
 */
export function readRangeAnswer(answer: Answer, from: number, total: number, before: Validator): RangeBody {
  const { url, status, headers } = answer;
  const validator = validatorOf(headers);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw payloadError('transfer', `${url} came in the encoding ${encoding}, which was not asked for.`);
  }
  if (status === 416) throw otherSize(url, total, 'it ends before that');
  if (status !== 200 && status !== 206)
    throw statusError(status, `${url} cannot be fetched: HTTP status ${status}.`);
  if (before !== undefined && validator !== before) {
    throw payloadError('transfer', `${url} changed on the server while it was fetched.`);
  }
  if (status === 200) {
    const length = headers['content-length'];
    if (length !== undefined && Number(length) !== total) throw otherSize(url, total, `it has ${length}`);
    return { from: 0, ranges: false, validator };
  }
  const [, first, , size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  if (Number(first) !== from) {
    const range = headers['content-range'] ?? 'no range';
    throw payloadError('transfer', `${url} was asked for the bytes from ${from} on, and sent ${range}.`);
  }
  if (size !== '*' && Number(size) !== total) throw otherSize(url, total, `it has ${size}`);
  return { from, ranges: true, validator };
}

const otherSize = (url: string, total: number, has: string) =>
  payloadError('size', `${url} should have ${total} bytes: ${has}.`);

function validatorOf({ etag, 'last-modified': modified }: Answer['headers']): Validator {
  if (etag !== undefined && !etag.startsWith('W/')) return etag;
  return modified;
}
