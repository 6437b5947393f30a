// A request → its answer, and what is to be remembered of it. Pure but for the memory of machines that it is given.

import {
  type AppRequest,
  type AppResponse,
  appStatuses,
  describeErrorCode,
  eventResults,
  meaningOf,
  type OmahaRequest,
  type OmahaResponse,
  packageUrl,
  sameAppId,
  type UpdateCheckResponse,
  updateStatuses,
} from '../omaha/index.ts';
import { channelOf } from './channels.ts';
import type { Machines } from './machines.ts';
import type { Catalog, CatalogRelease } from './model.ts';
import { type Decision, decide } from './policy.ts';

export interface Desk {
  readonly catalog: Catalog;
  readonly machines: Machines;
  /** Applications that are known here. */
  readonly appIds: readonly string[];
  /** Where releases are, in the order to try, each with its slash at the end. */
  readonly releasesUrls: readonly string[];
  /** Seconds until machines ask again; undefined leaves them their own. */
  readonly pollIntervalSeconds?: number | undefined;
  readonly now: number;
}

/** One line of the journal, and of the log. */
export interface Entry {
  readonly at: string;
  readonly kind: 'grant' | 'hold' | 'event' | 'refused';
  readonly machine: string;
  readonly app: string;
  readonly version: string;
  readonly track: string;
  readonly to?: string;
  readonly bootId?: string;
  readonly type?: number;
  readonly result?: number;
  readonly errorCode?: number;
  readonly previousVersion?: string;
  readonly text: string;
}

export interface Answer {
  readonly response: OmahaResponse;
  readonly entries: readonly Entry[];
}

/** Answers all apps of a request, in their order. */
export function answer(request: OmahaRequest, desk: Desk): Answer {
  const entries: Entry[] = [];
  const apps = request.apps.map((app) => answerApp(request, app, desk, entries));
  return { response: { protocol: '3.0', server: 'keelson', elapsedSeconds: 0, apps }, entries };
}

function answerApp(request: OmahaRequest, app: AppRequest, desk: Desk, entries: Entry[]): AppResponse {
  const { machines, now } = desk;
  const note = (entry: Pick<Entry, 'kind' | 'text'> & Partial<Entry>) =>
    entries.push({
      at: new Date(now).toISOString(),
      ...{ machine: app.machineId ?? '', app: app.appId ?? '', version: app.version ?? '' },
      ...{ track: app.track ?? '', ...entry },
    });
  const fault = faultOf(app, desk.appIds);
  if (fault !== undefined) {
    note({ kind: 'refused', text: fault });
    return {
      ...{ appId: app.appId, status: fault, events: [] },
      ...(app.updateCheck === undefined ? {} : { updateCheck: refused }),
    };
  }
  machines.see(app, now);
  for (const event of app.events) {
    machines.report(app, event);
    const meaning =
      meaningOf(event) ?? (event.result === eventResults.updateDeferred ? 'put off' : undefined);
    if (meaning === undefined) continue;
    const { type, result, errorCode, previousVersion } = event;
    note({
      ...{ kind: 'event', type, result },
      ...(errorCode === undefined ? {} : { errorCode }),
      ...(previousVersion === undefined ? {} : { previousVersion }),
      text: `${meaning}${errorCode === undefined ? '' : `: ${describeErrorCode(errorCode)}`}`,
    });
  }
  return {
    ...{ appId: app.appId, status: appStatuses.ok },
    ...(app.ping === undefined ? {} : { ping: { status: 'ok' } }),
    ...(app.updateCheck === undefined ? {} : { updateCheck: checked(request, app, desk, note) }),
    events: app.events.map(() => ({ status: 'ok' })),
  };
}

const refused: UpdateCheckResponse = { status: updateStatuses.internal, urls: [], manifests: [] };

/** The status of an app that is not served; undefined for one that is. */
function faultOf(
  { appId = '', version = '', updateCheck }: AppRequest,
  known: readonly string[],
): string | undefined {
  if (!/^[^\s\0-\x1f]{1,100}$/.test(appId)) return appStatuses.invalidAppId;
  if (!known.some((one) => sameAppId(one, appId))) return appStatuses.unknownApplication;
  return updateCheck !== undefined && !/^\S{1,100}$/.test(version) ? appStatuses.invalidVersion : undefined;
}

function checked(
  { os, installSource }: OmahaRequest,
  app: AppRequest,
  { catalog, machines, releasesUrls, pollIntervalSeconds, now }: Desk,
  note: (entry: Pick<Entry, 'kind' | 'text'> & Partial<Entry>) => void,
): UpdateCheckResponse {
  const decision = decide(catalog, {
    ...{ app, os, installSource, now, grant: machines.of(app)?.grant },
    inProgress: (channel) =>
      machines.inProgress(app, (track) => channelOf(catalog.channels, track) === channel, now),
  });
  if (decision.kind === 'none') {
    if (decision.held) {
      machines.hold(app);
      note({ kind: 'hold', text: decision.reason });
    }
    const { reason } = decision;
    return { status: updateStatuses.noUpdate, pollIntervalSeconds, reason, urls: [], manifests: [] };
  }
  const { release } = decision;
  if (decision.isNew) {
    const bootId = app.bootId ?? '';
    machines.grant(app, { version: release.version, bootId, at: now });
    note({ kind: 'grant', to: release.version, bootId, text: `${app.version} → ${release.version}` });
  }
  return { ...offered(decision, release, releasesUrls), pollIntervalSeconds };
}

function offered(
  { floorReason }: Extract<Decision, { kind: 'offer' }>,
  { path, version, file }: CatalogRelease,
  releasesUrls: readonly string[],
): UpdateCheckResponse {
  const folder = path.split('/').map(encodeURIComponent).join('/');
  return {
    status: updateStatuses.ok,
    urls: releasesUrls.map((url) => `${packageUrl(url, folder)}/`),
    manifests: [
      {
        version,
        ...(floorReason === undefined ? {} : { isFloor: true, floorReason }),
        packages: [
          {
            name: file.name,
            ...(file.sha1 === undefined ? {} : { sha1: file.sha1 }),
            size: file.bytes,
            required: true,
          },
        ],
        actions: [{ event: 'postinstall', sha256: file.sha256 }],
      },
    ],
  };
}
