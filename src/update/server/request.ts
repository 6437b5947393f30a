// What a machine asks and tells, as Omaha requests: check, ping, event. Pure.

import type { AppRequest, EventRequest, OmahaRequest } from '../../omaha/index.ts';
import type { UpdateSettings } from '../config/settings.ts';
import { boardOf, type MachineFacts } from '../machine-facts.ts';

/** Who speaks. */
export interface Identity {
  readonly settings: UpdateSettings;
  readonly facts: MachineFacts;
  /** The version that runs. */
  readonly version: string;
  /** The version that was installed first. */
  readonly alephVersion: string;
}

export type Saying =
  | { readonly kind: 'check'; readonly interactive: boolean; readonly event: EventRequest | undefined }
  /** Only that it is alive: an update waits for the reboot. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'event'; readonly event: EventRequest };

/** The client whose protocol this is: servers tell clients apart by it. */
const speaksAs = 'update_engine-0.4.10';

/** The document for what is to be said. */
export function requestFor(saying: Saying, identity: Identity): OmahaRequest {
  const { settings, facts, version, alephVersion } = identity;
  const asked = saying.kind === 'check' && saying.interactive;
  const alive = { ping: { active: 1 } };
  const said: Pick<AppRequest, 'ping' | 'updateCheck' | 'events'> =
    saying.kind === 'check'
      ? { ...alive, updateCheck: {}, events: saying.event === undefined ? [] : [saying.event] }
      : saying.kind === 'ping'
        ? { ...alive, events: [] }
        : { events: [saying.event] };
  return {
    protocol: '3.0',
    version: speaksAs,
    updaterVersion: speaksAs,
    installSource: asked ? 'ondemandupdate' : 'scheduler',
    isMachine: 1,
    os: { version: 'Chateau', platform: 'CoreOS', servicePack: `${version}_${facts.architecture}` },
    apps: [
      {
        appId: settings.appId,
        version,
        track: settings.group,
        bootId: `{${facts.bootId}}`,
        oem: facts.oem,
        oemVersion: facts.oemVersion,
        alephVersion,
        machineId: facts.machineId,
        machineAlias: settings.machineAlias,
        lang: 'en-US',
        board: settings.board === '' ? boardOf(facts.architecture) : settings.board,
        hardwareClass: '',
        deltaOkay: false,
        ...said,
      },
    ],
  };
}
