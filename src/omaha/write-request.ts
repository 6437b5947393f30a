// A request's model → its bytes, in update_engine's own layout: servers and their tests compare with it.

import type { AppRequest, EventRequest, OmahaRequest } from './model.ts';
import { attributesText, elementText, xmlHeader } from './write-xml.ts';

/** The document as text. Throws TypeError for numbers that are not whole. */
export function writeRequest(request: OmahaRequest): string {
  const attributes = attributesText([
    ['protocol', request.protocol],
    ['version', request.version],
    ['updaterversion', request.updaterVersion],
    ['installsource', request.installSource],
    ['ismachine', request.isMachine],
    ['requestid', request.requestId],
    ['sessionid', request.sessionId],
    ['userid', request.userId],
    ['testsource', request.testSource],
  ]);
  const { os } = request;
  const parts = [
    ...(os === undefined
      ? []
      : [
          elementText('os', [
            ['version', os.version],
            ['platform', os.platform],
            ['sp', os.servicePack],
            ['arch', os.arch],
          ]),
        ]),
    ...request.apps.map(appText),
  ];
  const body = parts.map((part) => `    ${part}\n`).join('');
  return `${xmlHeader}<request${attributes}>\n${body}</request>\n`;
}

function appText(app: AppRequest): string {
  const attributes = attributesText([
    ['appid', app.appId],
    ['version', app.version],
    ['track', app.track],
    ['from_track', app.fromTrack],
    ['bootid', app.bootId],
    ['oem', app.oem],
    ['oemversion', app.oemVersion],
    ['alephversion', app.alephVersion],
    ['machineid', app.machineId],
    ['machinealias', app.machineAlias],
    ['lang', app.lang],
    ['board', app.board],
    ['hardware_class', app.hardwareClass],
    ['delta_okay', app.deltaOkay],
    ['nextversion', app.nextVersion],
    ['client', app.client],
    ['installage', app.installAge],
    ['brand', app.brand],
    ['multi_manifest_ok', app.multiManifestOk],
  ]);
  const { ping, updateCheck } = app;
  const parts = [
    ...(ping === undefined
      ? []
      : [
          elementText('ping', [
            ['active', ping.active],
            ['a', ping.lastActiveDays],
            ['r', ping.lastReportDays],
          ]),
        ]),
    ...(updateCheck === undefined
      ? []
      : [elementText('updatecheck', [['targetversionprefix', updateCheck.targetVersionPrefix]])]),
    ...app.events.map(eventText),
  ];
  // The blank before the bracket is update_engine's.
  return `<app${attributes} >\n${parts.map((part) => `        ${part}\n`).join('')}    </app>`;
}

function eventText(event: EventRequest): string {
  return elementText('event', [
    ['eventtype', event.type],
    ['eventresult', event.result],
    ['errorcode', event.errorCode],
    ['previousversion', event.previousVersion],
    ['nextversion', event.nextVersion],
  ]);
}
