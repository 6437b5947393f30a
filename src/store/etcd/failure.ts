// What it means when a call to one endpoint of etcd fails: whose fault, whether it may have been done, and
// whether another endpoint could do better.

import { errnoOf } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import { isMessage, type Message, messageOf, textOf } from './wire.ts';

export interface Failure {
  readonly kind: /** Another endpoint, or the same one later, may answer. */
    | 'retry'
    /** The token is not, or no longer, valid: log in again. */
    | 'token'
    /** The watch asks for what etcd has compacted. */
    | 'compacted'
    | 'denied'
    | 'full'
    | 'invalid';
  /** Half a sentence: what happened, in etcd's or the system's words. */
  readonly reason: string;
  /** True when the call certainly changed nothing. */
  readonly undone: boolean;
}

/** A call to one endpoint did not work out. Stays inside this folder. */
export class EndpointFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** etcd with users enabled takes the common name for a user, but not through its gateway (seen on 3.4). */
export const commonNameRefused =
  'with users enabled, etcd takes no client certificate here that has a common name; use one without (subject /O=…)';

// google.golang.org/grpc/codes.
const [invalidArgument, notFound, permissionDenied, exhausted, precondition, outOfRange, unauthenticated] = [
  3, 5, 7, 8, 9, 11, 16,
];

/** Reads the body of an error of the gateway: `{"error","message","code"}`, in streams one level deeper. */
export function answeredFailure(status: number, body: unknown): Failure {
  const outer = messageOf(body);
  const inner: Message = isMessage(outer.error) ? outer.error : outer;
  const reason = textOf(inner.message) || textOf(inner.error);
  const code = Number(inner.grpc_code ?? inner.code ?? Number.NaN);
  if (reason === commonNameRefused) return { kind: 'denied', reason, undone: true };
  if (reason === '')
    return {
      kind: 'retry',
      reason: `it answered with HTTP status ${status}, not as etcd does`,
      undone: false,
    };
  if (/invalid auth token|auth store is old/.test(reason) || code === unauthenticated)
    return { kind: 'token', reason, undone: true };
  if (/user name|authentication failed|root user/.test(reason) || code === permissionDenied)
    return { kind: 'denied', reason, undone: true };
  if (/space exceeded/.test(reason)) return { kind: 'full', reason, undone: true };
  if (/compacted/.test(reason)) return { kind: 'compacted', reason, undone: true };
  if (/larger than max|too large/.test(reason)) return { kind: 'invalid', reason, undone: true };
  if (code === invalidArgument || code === notFound || code === precondition || code === outOfRange)
    return { kind: 'invalid', reason, undone: true };
  // etcd says so before it proposes anything; all other trouble may come after the proposal.
  const undone = /no leader|too many requests|not supported for learner/.test(reason) || code === exhausted;
  return { kind: 'retry', reason, undone };
}

/** The failure behind an error of a socket. `sent` is whether the request may have reached the server. */
export function socketFailure(cause: unknown, sent: boolean): Failure {
  if (cause instanceof EndpointFailure) return cause.failure;
  const errno = errnoOf(cause) ?? '';
  const reason = cause instanceof Error ? cause.message : String(cause);
  // OpenSSL's and Node's names for a certificate that one side does not accept.
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_SSL|ERR_TLS|HOSTNAME_MISMATCH/.test(errno))
    return { kind: 'denied', reason: `TLS failed: ${reason}`, undone: true };
  return { kind: 'retry', reason: errno === 'ECONNREFUSED' ? 'connection refused' : reason, undone: !sent };
}

/** The error that the caller of the store gets. `who` names the endpoint. */
export function storeError(failure: Failure, who: string): Error {
  switch (failure.kind) {
    case 'denied':
    case 'token':
      return storeErrors.error('denied', `etcd at ${who} refused access: ${failure.reason}.`, {
        hint: 'Look at the user, the password and the certificates of the store, and at what etcd grants that user.',
      });
    case 'full':
      return storeErrors.error('full', `etcd at ${who} takes no more: ${failure.reason}.`, {
        hint: 'Compact and defragment etcd or raise its --quota-backend-bytes, then run: etcdctl alarm disarm.',
      });
    case 'invalid':
    case 'compacted':
      return storeErrors.error('invalid', `etcd at ${who} refused the request: ${failure.reason}.`);
    case 'retry':
      return storeErrors.error('unavailable', `etcd at ${who} did not do it: ${failure.reason}.`);
  }
}
