// What the flags ask for, done: fetch, check, plan, and then print the plan or apply it.

import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import type { Finding, Metadata, Operation } from '../model.ts';
import { substituteText } from '../parse/substitute.ts';
import { planCloudConfig } from '../plan.ts';
import { noMetadata, type Source } from '../sources/source.ts';
import { findingsJson, formatFindings } from '../validate/format.ts';
import { loadValidator } from '../validate/load.ts';
import { exampleAddresses, exampleFacts } from './examples.ts';
import type { Flags } from './flags.ts';
import { pickSource } from './pick.ts';
import { readUserData, type UserData } from './user-data.ts';

/** Runs with one of these sources; returns the exit status. */
export async function execute(flags: Flags, sources: readonly Source[]): Promise<number> {
  const is = (flag: Parameters<Flags['get']>[0]) => flags.get(flag) === 'true';
  const abort = new AbortController();
  setMaxListeners(50, abort.signal);
  const { signal } = abort;
  const source = await pickSource(flags, sources, signal);
  const fetched = await fetchUserData(source, signal);
  if (fetched.kind === 'ignition') {
    process.stdout.write('The user-data is an Ignition config: nothing is done.\n');
    return 0;
  }
  const file = source.type === 'local-file' ? source.location : 'user-data';
  const validate = is('validate');
  const { metadata, findings: metadataFindings } = validate
    ? { metadata: noMetadata, findings: [] }
    : await fetchMetadata(source, signal);
  const root = flags.get('root') ?? '/';
  const { facts, addressOf } = validate
    ? { facts: exampleFacts, addressOf: exampleAddresses }
    : await knowledgeOf(root, flags.get('ssh-key-name') ?? 'coreos-cloudinit', metadata);
  const config = fetched.kind === 'cloud-config' ? fetched.text : '';
  const plan = planCloudConfig({
    text: config,
    metadata,
    facts,
    addressOf,
    validator: await loadValidator(),
  });
  const findings = [...fetched.findings, ...metadataFindings, ...plan.findings];
  const script = fetched.kind === 'script' ? [scriptOperation(fetched.text, addressOf, findings)] : [];
  const operations = [...plan.operations, ...script];
  const malformed = findings.some((finding) => finding.dropped || finding.kind === 'error');
  const refused = malformed && !is('ignore-failure');

  // Not even touched when all is well: making the stream costs a good part of a start.
  if (!is('json') && findings.length > 0) {
    process.stderr.write(formatFindings(findings, fetched.text, file));
  }
  if (validate) {
    if (is('json')) print({ file, findings: findingsJson(findings, file) });
    return refused || (is('strict') && findings.length > 0) ? 1 : 0;
  }
  const { applyNow, dryRun } = await import('./apply.ts');
  const request = { operations, root, source: `${source.type}:${source.location}`, state: stateOf(flags) };
  const report = is('dry-run') ? await dryRun(request, is('json')) : await applyNow(request, is('json'));
  if (is('json')) print({ file, findings: findingsJson(findings, file), ...report.json });
  return refused || report.failed ? 1 : 0;
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

/** The source's user-data; when they cannot be had, a finding, and the rest of the run goes on. */
async function fetchUserData(source: Source, signal: AbortSignal): Promise<UserData> {
  try {
    return readUserData(await source.userData(signal));
  } catch (error) {
    return { kind: 'unknown', text: '', findings: [fromError(error)] };
  }
}

async function fetchMetadata(
  source: Source,
  signal: AbortSignal,
): Promise<{ metadata: Metadata; findings: readonly Finding[] }> {
  try {
    const metadata = await source.metadata(signal);
    const { problems = [], warnings = [] } = metadata;
    return { metadata, findings: [...problems.map(missing), ...warnings.map(odd)] };
  } catch (error) {
    return { metadata: noMetadata, findings: [fromError(error)] };
  }
}

function fromError(error: unknown): Finding {
  if (!cloudConfigErrors.is(error)) throw error;
  return missing(error.message);
}

function odd(message: string): Finding {
  return { kind: 'warning', message, place: undefined, dropped: false };
}

function missing(message: string): Finding {
  return { kind: 'error', message, place: undefined, dropped: true };
}

function scriptOperation(
  text: string,
  addressOf: Parameters<typeof substituteText>[1],
  findings: Finding[],
): Operation {
  const script = substituteText(text, addressOf, (name) =>
    findings.push({
      kind: 'warning',
      message: `$${name} is empty: the address is not known`,
      place: undefined,
      dropped: false,
    }),
  );
  return { kind: 'run-script', script, why: 'the user-data is a script' };
}
