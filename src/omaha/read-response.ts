// An answer's bytes → its model, as tolerant as update_engine: values that are junk are as if they were not there,
// and whether what is left will do is decided elsewhere (`update-offer.ts`).

import { omahaErrors } from './errors.ts';
import type {
  AppResponse,
  OmahaAction,
  OmahaManifest,
  OmahaPackage,
  OmahaResponse,
  UpdateCheckResponse,
} from './model.ts';
import { child, children, literalTrue, looseSize, looseUnsigned, within } from './read-values.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml.ts';

/**
 * Reads an answer.
 * @throws omaha.empty, omaha.malformed, omaha.tooLarge; omaha.invalid when it is XML of another kind
 */
export function readResponse(input: Uint8Array | string, limits: XmlLimits = {}): OmahaResponse {
  const root = readXml(input, 'answer', limits);
  if (root.name !== 'response') {
    throw omahaErrors.error('invalid', `The answer is <${root.name.slice(0, 40)}>; expected <response>.`, {
      hint: 'Is SERVER the address of an update server?',
    });
  }
  const dayStart = child(root, 'daystart');
  return {
    protocol: root.attributes.get('protocol'),
    server: root.attributes.get('server'),
    elapsedSeconds: dayStart === undefined ? undefined : looseUnsigned(dayStart, 'elapsed_seconds'),
    apps: children(root, 'app').map(readApp),
  };
}

const statusOf = ({ attributes }: XmlElement) => ({ status: attributes.get('status') });

function readApp(element: XmlElement): AppResponse {
  const ping = child(element, 'ping');
  const check = child(element, 'updatecheck');
  return {
    appId: element.attributes.get('appid'),
    status: element.attributes.get('status'),
    ping: ping === undefined ? undefined : statusOf(ping),
    updateCheck: check === undefined ? undefined : readUpdateCheck(check),
    events: children(element, 'event').map(statusOf),
  };
}

function readUpdateCheck(element: XmlElement): UpdateCheckResponse {
  return {
    status: element.attributes.get('status'),
    pollIntervalSeconds: looseUnsigned(element, 'PollInterval'),
    reason: element.attributes.get('reason'),
    urls: within(element, 'urls', 'url').map(({ attributes }) => attributes.get('codebase') ?? ''),
    manifests: children(element, 'manifest').map(readManifest),
  };
}

function readManifest(element: XmlElement): OmahaManifest {
  return {
    version: element.attributes.get('version'),
    isFloor: literalTrue(element, 'is_floor'),
    floorReason: element.attributes.get('floor_reason'),
    isTarget: literalTrue(element, 'is_target'),
    packages: within(element, 'packages', 'package').map(readPackage),
    actions: within(element, 'actions', 'action').map(readAction),
  };
}

function readPackage(element: XmlElement): OmahaPackage {
  return {
    name: element.attributes.get('name') ?? '',
    sha1: element.attributes.get('hash'),
    size: looseSize(element, 'size'),
    required: literalTrue(element, 'required'),
    sha256: element.attributes.get('hash_sha256'),
  };
}

function readAction(element: XmlElement): OmahaAction {
  const at = (name: string) => element.attributes.get(name);
  return {
    event: at('event'),
    displayVersion: at('DisplayVersion') ?? at('ChromeOSVersion'),
    sha256: at('sha256'),
    needsAdmin: literalTrue(element, 'needsadmin'),
    isDeltaPayload: literalTrue(element, 'IsDeltaPayload'),
    disablePayloadBackoff: literalTrue(element, 'DisablePayloadBackoff'),
    maxFailureCountPerUrl: looseUnsigned(element, 'MaxFailureCountPerUrl', 2 ** 32 - 1),
    metadataSignatureRsa: at('MetadataSignatureRsa'),
    metadataSize: at('MetadataSize'),
    deadline: at('deadline'),
    moreInfo: at('MoreInfo'),
    prompt: literalTrue(element, 'Prompt'),
  };
}
