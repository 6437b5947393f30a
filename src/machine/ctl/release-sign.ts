// keelson release sign and verify.

import { join } from 'node:path';
import { Command } from 'commander';
import { cliErrors, progress } from '../../cli/index.ts';
import { provideTools, readFileIfExists } from '../../host/index.ts';
import { rulesOf, rulesText } from './release-rules.ts';

export function signCommand(): Command {
  return new Command('sign')
    .description('Sign a release. Signatures of other keys stay: a release may have several.')
    .argument('<dir>', 'the folder of the release')
    .requiredOption('--key <file>', 'the private key, made by keelson release key new')
    .option(
      '--downgrade-from <version>',
      'a newer version that may be given up for this one; may be given several times',
      (version: string, before: readonly string[]) => [...before, version],
      [],
    )
    .option('--expires <time>', 'no machine fetches it from then on: 2027-01-31T00:00:00Z')
    .option('--json', 'print who has signed as JSON', false)
    .addHelpText(
      'after',
      '\nWith a rule that the release does not have yet its manifest changes: the other keys have to sign again.',
    )
    .action(sign);
}

interface SignFlags {
  readonly key: string;
  readonly downgradeFrom: readonly string[];
  readonly expires?: string;
  readonly json: boolean;
}

async function sign(folder: string, { key, downgradeFrom, expires, json }: SignFlags): Promise<void> {
  const { compareVersions, isTime, isVersion, keyId, parseManifest, readPrivateKey, signRelease } =
    await import('../../disk/index.ts');
  if (expires !== undefined && !isTime(expires)) {
    throw cliErrors.error('usage', `“${expires}” is no time: expected one such as 2027-01-31T00:00:00Z.`);
  }
  const own = await readPrivateKey(key);
  const path = join(folder, 'manifest.json');
  const text = downgradeFrom.length === 0 ? undefined : await readFileIfExists(path);
  const version = text === undefined ? undefined : parseManifest(text, path).version;
  for (const newer of downgradeFrom) {
    if (!isVersion(newer)) throw cliErrors.error('usage', `“${newer}” is no version of a release.`);
    if (version === undefined || compareVersions(newer, version) > 0) continue;
    throw cliErrors.error('usage', `${newer} is not newer than ${version}: there is no way back from it.`);
  }
  const rules = { downgradeFrom, ...(expires === undefined ? {} : { expires }) };
  const names = (await signRelease(folder, own, rules)).map((signature) => signature.key);
  process.stdout.write(
    json
      ? `${JSON.stringify({ signed: keyId(own), signatures: names }, null, 2)}\n`
      : `Signed by ${keyId(own)}; signatures: ${names.join(', ')}.\n`,
  );
}

interface VerifyFlags {
  readonly keys: readonly string[];
  readonly threshold: string;
  readonly install: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const tools = { veritysetup: 'cryptsetup-bin' };

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Read all of a release: signatures, hashes, indexes, and the image against its hash tree.')
    .argument('<dir>', 'the folder of the release')
    .option('--keys <dir...>', 'folders with public keys (default: those that machines trust)', [])
    .option('--threshold <n>', 'so many keys have to have signed', '1')
    .option('--no-install', 'do not install missing programs with apt-get')
    .option('--json', 'print what was found as JSON', false)
    .option('-q, --quiet', 'say nothing', false)
    .action(verify);
}

async function verify(folder: string, flags: VerifyFlags): Promise<void> {
  const disk = await import('../../disk/index.ts');
  const threshold = Number(flags.threshold);
  if (!Number.isInteger(threshold) || threshold < 1) {
    throw cliErrors.error('usage', `“${flags.threshold}” is no number of keys.`);
  }
  const says = progress(process.stderr, flags.quiet);
  const onStep = (text: string) => says.step(text);
  const folders = flags.keys.length === 0 ? disk.trustedKeyFolders : flags.keys;
  const keys = await disk.readTrustedKeys(folders, onStep);
  onStep('Checking the signatures');
  const signedBy = await disk.verifySignature(folder, keys, { threshold, nowMs: Date.now() });
  await provideTools({ tools, purpose: 'checking a release', install: flags.install, onStep });
  const release = await disk.readRelease(folder);
  const { version, expires } = release.manifest;
  onStep('Checking the files');
  await disk.checkRelease(release);
  // Machines know the image of an extension by its SHA-256 alone.
  if (release.manifest.kind === 'extension') await disk.checkTree(release);
  onStep('Checking the indexes');
  for (const [, file] of disk.filesOf(release.manifest)) await disk.checkIndex(folder, file);
  const expired = expires !== undefined && expires <= Date.now();
  if (expired) {
    const when = new Date(expires).toISOString().slice(0, 10);
    throw disk.diskErrors.error('untrusted', `${join(folder, disk.manifestFile)} expired on ${when}.`);
  }
  says.done(`Release ${version} is whole, signed by ${signedBy.join(', ')}.${rulesText(release.manifest)}`);
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ version, signedBy, ...rulesOf(release.manifest) }, null, 2)}\n`);
}
