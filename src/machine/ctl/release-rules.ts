// What the commands that make a release may be told about who signs it and where it may be installed.

import type { Command } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import type { ReleaseOptions } from '../../deploy/index.ts';
import type { ReleaseManifest } from '../../disk/index.ts';

export interface RuleFlags {
  readonly signKey?: string;
  readonly expires?: string;
  readonly minimumVersion?: string;
  readonly downgradeFrom?: string;
}

/** Adds the options to a command. */
export function withReleaseRules(command: Command): Command {
  return command
    .option('--sign-key <file>', 'sign the payload with this key (keelson release key new)')
    .option('--expires <time>', 'no machine fetches the payload from then on: 2027-01-31T00:00:00Z')
    .option('--minimum-version <version>', 'machines that run an older one go through another release first')
    .option('--downgrade-from <list>', 'newer versions, by commas, that may be given up for this one');
}

/** What the options say, with the key read. Throws `cli.usage` for what no manifest can say, `disk.…` for the key. */
export async function releaseOptionsOf(flags: RuleFlags): Promise<ReleaseOptions> {
  const { isTime, isVersion, readPrivateKey } = await import('../../disk/index.ts');
  const { expires, minimumVersion, signKey } = flags;
  const downgradeFrom = flags.downgradeFrom?.split(',').filter((word) => word !== '');
  if (expires !== undefined && !isTime(expires)) {
    throw cliErrors.error('usage', `“${expires}” is no time: expected one such as 2027-01-31T00:00:00Z.`);
  }
  for (const version of [
    ...(minimumVersion === undefined ? [] : [minimumVersion]),
    ...(downgradeFrom ?? []),
  ]) {
    if (!isVersion(version)) throw cliErrors.error('usage', `“${version}” is no version of a release.`);
  }
  const rules = {
    ...(expires === undefined ? {} : { expires }),
    ...(minimumVersion === undefined ? {} : { minimumVersion }),
    ...(downgradeFrom === undefined ? {} : { downgradeFrom }),
  };
  return { rules, ...(signKey === undefined ? {} : { signKey: await readPrivateKey(signKey) }) };
}

/** What a manifest says of where and until when it may be installed, for people that read JSON. */
export function rulesOf({ expires, minimumVersion, downgradeFrom }: ReleaseManifest) {
  return {
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString().replace('.000Z', 'Z') }),
    ...(minimumVersion === undefined ? {} : { minimumVersion }),
    ...(downgradeFrom === undefined ? {} : { downgradeFrom }),
  };
}

/** The same in sentences, each behind a space; empty without rules. */
export function rulesText(manifest: ReleaseManifest): string {
  const { expires, minimumVersion, downgradeFrom } = rulesOf(manifest);
  return [
    expires === undefined ? '' : ` Fetched until ${expires}.`,
    minimumVersion === undefined ? '' : ` Installed from ${minimumVersion} on.`,
    downgradeFrom === undefined ? '' : ` A way back from ${downgradeFrom.join(', ')}.`,
  ].join('');
}
