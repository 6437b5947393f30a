// The body of a request: bounded, and text or an error.

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { CodedError } from '../host/index.ts';
import { requestErrors } from './server-errors.ts';

/** Throws `http.request.tooLarge` for a body that says itself that it is. */
export function refuseLongBody(incoming: IncomingMessage, maxBytes: number): void {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * The whole body. Rejects with `http.request.tooLarge` and `malformed`, and with what breaks the connection. The
 * connection itself is left as it is.
 */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      end();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      incoming.pause();
      settle(() => reject(tooLarge(maxBytes)));
    };
    const onEnd = () =>
      settle(() => {
        try {
          resolve(textOf(chunks));
        } catch (error) {
          reject(error);
        }
      });
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the connection broke in the middle of a request')));
    incoming.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    if (incoming.destroyed) onClose();
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  if (!isUtf8(body)) {
    // Taken all the same, it would be stored with other characters than were sent.
    throw requestErrors.error('malformed', 'unable to decode body: it is not valid UTF-8');
  }
  const text = body.toString('utf8');
  // A byte order mark is none of the text.
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function tooLarge(maxBytes: number): CodedError {
  const mib = Math.round(maxBytes / 1024 / 1024);
  return requestErrors.error('tooLarge', `The body of the request is larger than ${mib} MiB.`);
}
