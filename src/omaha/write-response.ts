// An answer's model → its bytes, in Nebraska's shape: the order of elements that all clients know.

import type {
  AppResponse,
  OmahaAction,
  OmahaManifest,
  OmahaPackage,
  OmahaResponse,
  UpdateCheckResponse,
} from './model.ts';
import { elementText, xmlHeader } from './write-xml.ts';

/** The document as text. Throws TypeError for numbers that are not whole. */
export function writeResponse(response: OmahaResponse): string {
  const { elapsedSeconds } = response;
  const dayStart =
    elapsedSeconds === undefined ? '' : elementText('daystart', [['elapsed_seconds', elapsedSeconds]]);
  const root = elementText(
    'response',
    [
      ['protocol', response.protocol],
      ['server', response.server],
    ],
    dayStart + response.apps.map(appText).join(''),
  );
  return `${xmlHeader}${root}\n`;
}

function appText({ appId, status, ping, updateCheck, events }: AppResponse): string {
  const content = [
    ping === undefined ? '' : elementText('ping', [['status', ping.status]]),
    updateCheck === undefined ? '' : updateCheckText(updateCheck),
    ...events.map((event) => elementText('event', [['status', event.status]])),
  ];
  return elementText(
    'app',
    [
      ['appid', appId],
      ['status', status],
    ],
    content.join(''),
  );
}

function updateCheckText(check: UpdateCheckResponse): string {
  const urls = check.urls.map((codebase) => elementText('url', [['codebase', codebase]])).join('');
  return elementText(
    'updatecheck',
    [
      ['status', check.status],
      ['PollInterval', check.pollIntervalSeconds],
      ['reason', check.reason],
    ],
    (urls === '' ? '' : elementText('urls', [], urls)) + check.manifests.map(manifestText).join(''),
  );
}

function manifestText(manifest: OmahaManifest): string {
  const packages = elementText('packages', [], manifest.packages.map(packageText).join(''));
  const actions = elementText('actions', [], manifest.actions.map(actionText).join(''));
  return elementText(
    'manifest',
    [
      ['version', manifest.version],
      ['is_floor', manifest.isFloor],
      ['floor_reason', manifest.floorReason],
      ['is_target', manifest.isTarget],
    ],
    packages + actions,
  );
}

function packageText({ name, sha1, size, required, sha256 }: OmahaPackage): string {
  return elementText('package', [
    ['name', name],
    ['hash', sha1],
    ['size', size],
    ['required', required],
    ['hash_sha256', sha256],
  ]);
}

function actionText(action: OmahaAction): string {
  return elementText('action', [
    ['event', action.event],
    ['DisplayVersion', action.displayVersion],
    ['sha256', action.sha256],
    ['needsadmin', action.needsAdmin],
    ['IsDeltaPayload', action.isDeltaPayload],
    ['DisablePayloadBackoff', action.disablePayloadBackoff],
    ['MaxFailureCountPerUrl', action.maxFailureCountPerUrl],
    ['MetadataSignatureRsa', action.metadataSignatureRsa],
    ['MetadataSize', action.metadataSize],
    ['deadline', action.deadline],
    ['MoreInfo', action.moreInfo],
    ['Prompt', action.prompt],
  ]);
}
