// Which SSH keys of a Google project and instance count. Pure.
// https://cloud.google.com/compute/docs/connect/add-ssh-keys

export interface GceKeyAttributes {
  /** `ssh-keys` of the instance and of the project. */
  readonly instance: string;
  readonly project: string;
  /** `sshKeys`, of old: those of an instance stand for all of the project's. */
  readonly instanceOld: string;
  readonly projectOld: string;
  /** `block-project-ssh-keys`. */
  readonly block: string;
}

/** The keys, without the users they are meant for; those that have expired are left out. */
export function gceKeys(attributes: GceKeyAttributes, nowMs: number): readonly string[] {
  const { instance, instanceOld, project, projectOld } = attributes;
  const own = [instance, instanceOld];
  const blocked = /^(true|1|y|yes)$/i.test(attributes.block.trim()) || instanceOld.trim() !== '';
  const texts = blocked ? own : [...own, project, projectOld];
  const keys = texts.flatMap((text) => text.split('\n')).flatMap((line) => keyIn(line.trim(), nowMs) ?? []);
  return [...new Set(keys)];
}

/** `USER:KEY`; Google's own keys end with `google-ssh {"userName": …, "expireOn": …}`. */
function keyIn(line: string, nowMs: number): string | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const [, key = line] = /^[^\s:]*:(.*)$/.exec(line) ?? [];
  const [, expiry] = /\bgoogle-ssh\s.*"expireOn"\s*:\s*"([^"]*)"/.exec(key) ?? [];
  if (expiry === undefined) return key.trim();
  // Dates end with +0000, which Date does not read.
  const at = Date.parse(expiry.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  // A date that cannot be read has not been kept: such a key is for nobody.
  return at > nowMs ? key.trim() : undefined;
}
