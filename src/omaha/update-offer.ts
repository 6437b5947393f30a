// What an answer offers, by update_engine's rules and in their order, and by ours where the originals trust too
// much: the protocol and the application have to be the ones asked about.

import { omahaErrors } from './errors.ts';
import type { AppResponse, OmahaAction, OmahaPackage, OmahaResponse } from './model.ts';
import { pollIntervalOf } from './poll-interval.ts';
import { describeStatus } from './statuses.ts';

export interface NoUpdate {
  readonly kind: 'none';
  /** The server's sentence, when it is ours. */
  readonly reason: string | undefined;
  readonly pollIntervalSeconds: number | undefined;
}

export interface UpdateOffer {
  readonly kind: 'update';
  readonly version: string;
  /** Where the payload is, in the order to try; none is empty. */
  readonly codebases: readonly string[];
  /** The first of the packages: its name is not empty, its size above 0. */
  readonly payload: OmahaPackage & { readonly size: number };
  /** All packages, the payload first. */
  readonly packages: readonly OmahaPackage[];
  /** SHA-256 of the whole payload as the answer has it: base64, not yet checked to be that. */
  readonly sha256: string;
  readonly isDelta: boolean;
  readonly disableBackoff: boolean;
  readonly maxFailureCountPerUrl: number;
  /** All of the postinstall action. */
  readonly action: OmahaAction;
  readonly pollIntervalSeconds: number | undefined;
}

/** Failures of a URL after which the next one is tried, unless the answer says otherwise. */
export const defaultMaxFailures = 10;

/**
 * Reads what is offered to one application.
 * @param appId As it was asked with; without it the answer's first update check counts, whosever it is.
 * @throws omaha.protocol, omaha.invalid: error code 34 in either case
 */
export function updateOffer(response: OmahaResponse, appId?: string): NoUpdate | UpdateOffer {
  const { protocol } = response;
  if (protocol !== undefined && protocol !== '3.0') {
    throw omahaErrors.error('protocol', `The answer is of Omaha ${quoted(protocol)}, not 3.0.`);
  }
  const app = appId === undefined ? firstChecked(response) : answerFor(response, appId);
  const check = app?.updateCheck;
  if (check === undefined) {
    const because = app?.status === undefined || app.status === 'ok' ? '' : `: ${describeStatus(app.status)}`;
    throw invalid(`has no update check${because}`);
  }
  const pollIntervalSeconds = appId === undefined ? pollIntervalOf(response) : check.pollIntervalSeconds;
  if (check.status === 'noupdate') return { kind: 'none', reason: check.reason, pollIntervalSeconds };
  if (check.status !== 'ok') throw refusal(check.status, app?.status);

  const [manifest] = check.manifests;
  if (manifest === undefined) throw invalid('offers an update without a manifest');
  if ((manifest.version ?? '') === '') throw invalid('offers an update without a version');
  if (check.urls.length === 0) throw invalid('offers an update without a URL');
  if (check.urls.includes('')) throw invalid('offers an update with an empty URL');
  const [payload] = manifest.packages;
  if (payload === undefined || payload.name === '') throw invalid('names no package');
  const { size } = payload;
  if (size === undefined || size <= 0) throw invalid(`gives no size of ${quoted(payload.name)}`);
  const action = manifest.actions.find(({ event }) => event === 'postinstall');
  if (action === undefined) throw invalid('has no postinstall action');
  if ((action.sha256 ?? '') === '') throw invalid('gives no SHA-256 of the payload');
  return {
    kind: 'update',
    version: manifest.version ?? '',
    codebases: check.urls,
    payload: { ...payload, size },
    packages: manifest.packages,
    sha256: action.sha256 ?? '',
    isDelta: action.isDeltaPayload ?? false,
    disableBackoff: action.disablePayloadBackoff ?? false,
    maxFailureCountPerUrl: action.maxFailureCountPerUrl ?? defaultMaxFailures,
    action,
    pollIntervalSeconds,
  };
}

/** The address of a package: a `/` is put between, where there is none. */
export function packageUrl(codebase: string, name: string): string {
  return codebase.endsWith('/') ? codebase + name : `${codebase}/${name}`;
}

/** Whether two ids of applications are the same: braces and the case of letters do not count. */
export function sameAppId(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

const bare = (id: string): string =>
  id
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .toLowerCase();

function firstChecked({ apps }: OmahaResponse): AppResponse | undefined {
  return apps.find(({ updateCheck }) => updateCheck !== undefined) ?? apps[0];
}

function answerFor({ apps }: OmahaResponse, appId: string): AppResponse {
  const own = apps.filter((app) => app.appId !== undefined && sameAppId(app.appId, appId));
  const found = own.find(({ updateCheck }) => updateCheck !== undefined) ?? own[0];
  if (found !== undefined) return found;
  const [only] = apps;
  if (apps.length === 1 && only !== undefined && only.appId === undefined) return only;
  const others = apps.map((app) => quoted(app.appId ?? '')).join(', ');
  throw invalid(others === '' ? 'is about no application' : `is about ${others}, not about ${quoted(appId)}`);
}

function refusal(checkStatus: string | undefined, appStatus: string | undefined) {
  if (checkStatus === undefined) return invalid('has an update check without a status');
  // Nebraska's reason is in the app's status; the check then only says that something was wrong.
  const status = appStatus === undefined || appStatus === 'ok' ? checkStatus : appStatus;
  return invalid(`is a refusal, ${quoted(status)}: ${describeStatus(status).slice(0, 200)}`);
}

const invalid = (problem: string) => omahaErrors.error('invalid', `The update server's answer ${problem}.`);
const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
