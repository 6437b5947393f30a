// Whether this machine takes what a server offers. Pure: the offer and the facts of the machine give a decision
// with its reason, and the code under which the server hears of it. That the answer is one, of the protocol and for
// this application, was seen when it was read (`updateOffer` of omaha).

import { compareVersions, isVersion } from '../disk/index.ts';
import { errorCodes } from '../omaha/index.ts';
import type { FailedVersion, Offer, Wish } from './model.ts';

/** What is known of the slot that runs. */
export type RunningSlot =
  | 'blessed'
  /** It has not shown its health yet: the other slot is what the machine could go back to. */
  | 'on-trial'
  /** This machine has no slots, or runs neither. */
  | 'none';

export interface PolicyFacts {
  readonly version: string;
  readonly runningSlot: RunningSlot;
  readonly failed: readonly FailedVersion[];
  /** Milliseconds that a download has to wait after too many failures. */
  readonly backoffLeftMs: number;
}

export type Decision =
  /** `downgrade`: only along an edge that the release's signed manifest names. */
  | { readonly take: true; readonly downgrade: boolean }
  | { readonly take: false; readonly code: number; readonly reason: string };

const {
  OmahaResponseInvalid: invalid,
  OmahaUpdateIgnoredPerPolicy: ignored,
  OmahaUpdateDeferredPerPolicy: deferred,
  OmahaUpdateDeferredForBackoff: backoff,
} = errorCodes;

/** Whether the offer is installed, and if not, why, with the code of 1.5 to report. */
export function decide(offer: Offer, facts: PolicyFacts, wish: Wish): Decision {
  const refuse = (code: number, reason: string): Decision => ({ take: false, code, reason });
  if (!isVersion(offer.version)) {
    return refuse(
      invalid,
      `The answer offers version ${quoted(offer.version)}; letters, digits and . ~ ^ - make one.`,
    );
  }
  const order = compareVersions(offer.version, facts.version);
  if (order === 0) {
    return refuse(ignored, `Version ${offer.version} is offered, and is what runs.`);
  }
  const downgrade = order < 0;
  if (downgrade && !isRelease(offer)) {
    return refuse(
      ignored,
      `Version ${offer.version} is offered, which is older than ${facts.version}: only a signed manifest can lead back.`,
    );
  }
  const failure = facts.failed.find(({ version }) => version === offer.version);
  if (failure !== undefined && !wish.force) {
    return refuse(
      ignored,
      `Version ${offer.version} is offered, which failed here: ${failure.reason} ` +
        'update_engine_client -update -force installs it again.',
    );
  }
  if (facts.runningSlot === 'none') {
    return refuse(
      deferred,
      `Version ${offer.version} is offered, but this machine runs from no slot that could be updated.`,
    );
  }
  if (facts.runningSlot === 'on-trial') {
    return refuse(
      deferred,
      `Version ${offer.version} is offered, but ${facts.version}, which runs, is still on trial: ` +
        'the other slot is what the machine could go back to.',
    );
  }
  if (facts.backoffLeftMs > 0 && !wish.force) {
    return refuse(
      backoff,
      `Version ${offer.version} is offered; its download failed too often and waits ${waitText(facts.backoffLeftMs)}.`,
    );
  }
  return { take: true, downgrade };
}

/** Whether the offer is one of our releases, with a manifest that can carry more than the answer does. */
export function isRelease({ packageName }: Pick<Offer, 'packageName'>): boolean {
  return packageName === 'manifest.json';
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function waitText(ms: number): string {
  const hours = Math.ceil(ms / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.ceil(hours / 24)} days`;
}
