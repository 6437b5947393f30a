// What the flags ask for, done: fetch, check, plan, and then print the plan or apply it.

import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Finding, Metadata, Operation } from '../model.ts';
import type { AddressOf } from '../parse/substitute.ts';
import { planCloudConfig } from '../plan.ts';
import type { Source } from '../sources/source.ts';
import { isConfig, type Part } from '../user-data/model.ts';
import { findingsJson, formatFindings, lineOf } from '../validate/format.ts';
import { loadValidator } from '../validate/load.ts';
import { exampleAddresses, exampleFacts } from './examples.ts';
import { type Fetched, fetchAll } from './fetch.ts';
import type { Flags } from './flags.ts';
import { networkOf } from './network.ts';
import { pickSource } from './pick.ts';

/** Runs with one of these sources; returns the exit status. */
export async function execute(
  flags: Flags,
  sources: readonly Source[],
  mode: 'apply' | 'diff' = 'apply',
): Promise<number> {
  const is = (flag: Parameters<Flags['get']>[0]) => flags.get(flag) === 'true';
  const abort = new AbortController();
  setMaxListeners(50, abort.signal);
  const { signal } = abort;
  const source = await pickSource(flags, sources, signal, mode);
  const file = source.type === 'local-file' ? source.location : 'user-data';
  const validate = is('validate');
  const root = flags.get('root') ?? '/';
  const applies = !(validate || is('dry-run') || mode === 'diff');
  const workspace = !applies ? undefined : join(root, stateOf(flags));
  const fetched = await fetchAll({ source, signal, file, validate, workspace });
  if (fetched.user.ignition) {
    const message = 'The user-data is an Ignition config: nothing is done.';
    if (is('json')) print({ file, findings: [], message });
    else process.stdout.write(`${message}\n`);
    return 0;
  }
  const { metadata } = fetched;
  // Two runs that add to one file must both start from what the other left.
  await using _lock = applies ? await (await import('./apply.ts')).lockOf(root) : undefined;
  const { facts, addressOf } = validate
    ? { facts: exampleFacts, addressOf: exampleAddresses }
    : await knowledgeOf(root, flags.get('ssh-key-name') ?? 'coreos-cloudinit', metadata);
  const network = await networkOf(flags, source.type, metadata);
  const plan = planCloudConfig({
    configs: fetched.user.parts.filter(isConfig),
    vendorConfigs: fetched.vendor.parts.filter(isConfig),
    metadata,
    facts,
    addressOf,
    validator: await loadValidator(),
    network: network.operations,
  });
  const findings = [...fetched.findings, ...network.findings, ...plan.findings];
  const scripts = await planScriptsOf(fetched, root, addressOf, findings);
  const operations = [...plan.operations, ...scripts];
  // A wrong value that is used all the same fails a check, but not the run that uses it.
  const malformed = findings.some(
    (finding) => !isOfVendor(finding, fetched) && (finding.dropped || (validate && finding.kind === 'error')),
  );
  // --ignore-failure is about the user-data; that metadata are missing, or the network is not as the cloud
  // has it, counts as not applied.
  const unapplied = fetched.metadataLost || network.findings.some(({ dropped }) => dropped);
  const refused = (malformed && !is('ignore-failure')) || unapplied;

  // Not even touched when all is well: making the stream costs a good part of a start.
  if (!is('json') && findings.length > 0) process.stderr.write(formatFindings(findings));
  if (validate) {
    if (is('json')) print({ file, findings: findingsJson(findings, file) });
    return refused || (is('strict') && findings.length > 0) ? 1 : 0;
  }
  const { applyNow, dryRun } = await import('./apply.ts');
  const dropped = findings.filter((finding) => finding.dropped);
  const request = {
    operations,
    root,
    source: `${source.type}:${source.location}`,
    state: stateOf(flags),
    instance: metadata.instanceId ?? '',
    leftOut: dropped.filter((finding) => !isOfVendor(finding, fetched)).map(lineOf),
    // An empty answer, or one that is odd, is more often a service that is not itself than a wish to undo.
    whole: dropped.length === 0 && fetched.user.parts.length > 0 && (metadata.warnings ?? []).length === 0,
  };
  if (mode === 'diff') {
    const { showDiff } = await import('./diff.ts');
    return showDiff(request, { json: is('json'), refused });
  }
  const report = is('dry-run') ? await dryRun(request, is('json')) : await applyNow(request, is('json'));
  if (is('json')) print({ file, findings: findingsJson(findings, file), ...report.json });
  return refused || report.failed ? 1 : 0;
}

/** What is wrong with the vendor's part is told, but nobody at this machine can mend it. */
function isOfVendor(finding: Finding, { vendor }: Fetched): boolean {
  const file = finding.place?.document?.file;
  return vendor.findings.includes(finding) || vendor.parts.some(({ document }) => document.file === file);
}

async function knowledgeOf(root: string, keySet: string, metadata: Metadata) {
  const { addressesOf, readFacts } = await import('./facts.ts');
  return { facts: await readFacts(root, keySet), addressOf: addressesOf(metadata, process.env) };
}

function stateOf(flags: Flags): string {
  const workspace = flags.get('workspace') ?? '';
  return join('/', workspace === '' ? '/var/lib/coreos-cloudinit' : workspace);
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** The scripts, the vendor's first; what plans them is loaded only when there are any. */
async function planScriptsOf(
  fetched: Fetched,
  root: string,
  addressOf: AddressOf,
  findings: Finding[],
): Promise<Operation[]> {
  const { user, vendor } = fetched;
  const parts = [...vendor.parts, ...user.parts];
  if (parts.every(isConfig)) return [];
  const [{ planScripts }, { instanceOf }] = await Promise.all([
    import('../user-data/scripts.ts'),
    import('./instance.ts'),
  ]);
  const instance = await instanceOf(root, fetched);
  const own = user.parts.length === 1 ? 'the user-data is a script' : 'a script of the user-data';
  const whyOf = (part: Part) => (vendor.parts.includes(part) ? 'a script of the vendor-data' : own);
  return planScripts(parts, { addressOf, instance, whyOf }, findings);
}
