// A request's bytes → its model, as tolerant as the field's servers: what is unknown is passed over, what is known
// and wrong is an error. Source: go-omaha's parser, Omaha v3 as update_engine, go-omaha and Nebraska send it.

import { omahaErrors } from './errors.ts';
import type { AppRequest, EventRequest, OmahaOs, OmahaRequest, PingRequest } from './model.ts';
import { child, children, strictBoolean, strictInteger } from './read-values.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml.ts';

/**
 * Reads a request.
 * @throws omaha.empty, omaha.malformed, omaha.tooLarge, omaha.protocol, omaha.invalid
 */
export function readRequest(input: Uint8Array | string, limits: XmlLimits = {}): OmahaRequest {
  const root = readXml(input, 'request', { ...limits, mayBeginBlank: true });
  if (root.name !== 'request') {
    throw omahaErrors.error('invalid', `The document is <${root.name.slice(0, 40)}>; expected <request>.`);
  }
  const at = (name: string) => root.attributes.get(name);
  const protocol = at('protocol') ?? '';
  if (protocol !== '3.0') {
    throw omahaErrors.error(
      'protocol',
      `unsupported omaha protocol: ${JSON.stringify(protocol.slice(0, 40))}`,
      {
        hint: 'Only protocol 3.0 is spoken.',
      },
    );
  }
  const os = child(root, 'os');
  return {
    protocol,
    version: at('version'),
    updaterVersion: at('updaterversion'),
    installSource: at('installsource'),
    isMachine: strictInteger(root, 'ismachine'),
    requestId: at('requestid'),
    sessionId: at('sessionid'),
    userId: at('userid'),
    testSource: at('testsource'),
    os: os === undefined ? undefined : readOs(os),
    apps: children(root, 'app').map(readApp),
  };
}

function readOs({ attributes }: XmlElement): OmahaOs {
  return {
    platform: attributes.get('platform'),
    version: attributes.get('version'),
    servicePack: attributes.get('sp'),
    arch: attributes.get('arch'),
  };
}

function readApp(element: XmlElement): AppRequest {
  const at = (name: string) => element.attributes.get(name);
  const ping = child(element, 'ping');
  const check = child(element, 'updatecheck');
  return {
    appId: at('appid'),
    version: at('version'),
    track: at('track'),
    fromTrack: at('from_track'),
    bootId: at('bootid'),
    oem: at('oem'),
    oemVersion: at('oemversion'),
    alephVersion: at('alephversion'),
    machineId: at('machineid'),
    machineAlias: at('machinealias'),
    lang: at('lang'),
    board: at('board'),
    hardwareClass: at('hardware_class'),
    deltaOkay: strictBoolean(element, 'delta_okay'),
    nextVersion: at('nextversion'),
    client: at('client'),
    installAge: at('installage'),
    brand: at('brand'),
    multiManifestOk: strictBoolean(element, 'multi_manifest_ok'),
    ping: ping === undefined ? undefined : readPing(ping),
    updateCheck:
      check === undefined ? undefined : { targetVersionPrefix: check.attributes.get('targetversionprefix') },
    events: children(element, 'event').map(readEvent),
  };
}

function readPing(element: XmlElement): PingRequest {
  return {
    active: strictInteger(element, 'active'),
    lastActiveDays: strictInteger(element, 'a'),
    lastReportDays: strictInteger(element, 'r'),
  };
}

function readEvent(element: XmlElement): EventRequest {
  return {
    type: strictInteger(element, 'eventtype') ?? 0,
    result: strictInteger(element, 'eventresult') ?? 0,
    errorCode: strictInteger(element, 'errorcode'),
    previousVersion: element.attributes.get('previousversion'),
    nextVersion: element.attributes.get('nextversion'),
  };
}
