// Whether a release that was signed may be installed here and now. Pure.

import { compareVersions, type ReleaseManifest } from '../../disk/index.ts';
import type { CodedError } from '../../host/index.ts';
import { payloadError } from './errors.ts';

export interface Freshness {
  readonly manifest: ReleaseManifest;
  /** What the server called it. */
  readonly offeredVersion?: string;
  readonly runningVersion: string;
  /** The newest version that was accepted here before; an answer from before that is an old one. */
  readonly newestSeen?: string;
  readonly nowMs: number;
  /** A person asked for this version: only the signature and the time count. */
  readonly force: boolean;
}

/** Why it may not, or undefined. */
export function whyNotInstall(facts: Freshness): CodedError | undefined {
  const { manifest, offeredVersion, runningVersion, newestSeen, nowMs, force } = facts;
  const { version, expires, minimumVersion, downgradeFrom = [] } = manifest;
  if (offeredVersion !== undefined && offeredVersion !== version) {
    return payloadError('stale', `The server offers ${offeredVersion}, and what is signed is ${version}.`);
  }
  if (expires !== undefined && expires <= nowMs) {
    const day = new Date(expires).toISOString().slice(0, 10);
    return payloadError('stale', `Release ${version} expired on ${day}.`, {
      hint: 'Its makers have to publish it anew; a clock that is ahead looks the same.',
    });
  }
  const order = compareVersions(version, runningVersion);
  if (order === 0) return payloadError('policy', `Version ${version} is what runs.`);
  if (force) return undefined;
  if (order < 0 && !downgradeFrom.includes(runningVersion)) {
    return payloadError(
      'policy',
      `Version ${version} is older than ${runningVersion}, which runs, and not signed as a way back from it.`,
      { hint: 'keelson image build --downgrade-from names the versions that may be given up for it.' },
    );
  }
  if (minimumVersion !== undefined && compareVersions(runningVersion, minimumVersion) < 0) {
    return payloadError(
      'policy',
      `Version ${version} can be installed from ${minimumVersion} on; ${runningVersion} runs here.`,
      { hint: `Offer this machine version ${minimumVersion} first.` },
    );
  }
  if (newestSeen === undefined || compareVersions(version, newestSeen) >= 0) return undefined;
  if (downgradeFrom.some((from) => compareVersions(from, newestSeen) >= 0)) return undefined;
  return payloadError(
    'stale',
    `Version ${version} is an old answer: ${newestSeen} was offered to this machine before.`,
    { hint: `Sign it as a way back from ${newestSeen}, or install it by hand.` },
  );
}
