// What a source gives, as far as it can be had: user-data in parts, metadata, the vendor's parts. What
// cannot be had is found, and the rest of the run goes on.

import { cloudConfigErrors } from '../errors.ts';
import type { Finding, Metadata } from '../model.ts';
import { isOfOriginal } from '../network/wish.ts';
import { noMetadata, type Source } from '../sources/source.ts';
import type { ReadOptions, UserData } from '../user-data/model.ts';
import { noUserData, readUserData } from '../user-data/read.ts';

export interface FetchInput {
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Names the user-data in messages. */
  readonly file: string;
  /** Only the user-data, and nothing is kept: a check may run far from the machine. */
  readonly validate: boolean;
  /** Where documents of #include-once are kept; undefined: nowhere. */
  readonly workspace: string | undefined;
}

export interface Fetched {
  readonly user: UserData;
  readonly vendor: UserData;
  readonly metadata: Metadata;
  readonly findings: readonly Finding[];
  /** Part of the metadata could not be had, which is no fault of the user-data. */
  readonly metadataLost: boolean;
}

/** Everything of the source. */
export async function fetchAll(input: FetchInput): Promise<Fetched> {
  const { source, signal, validate } = input;
  const bytes = await attempt(() => source.userData(signal));
  const metadata = validate ? noMetadata : await attempt(() => source.metadata(signal));
  const known = 'message' in metadata ? noMetadata : metadata;
  const options = readOptions(input, known.instanceId ?? '');
  const user = 'message' in bytes ? noUserData(bytes) : await readUserData(bytes, options);
  // The original knows no vendor-data: who names one of its sources gets what the original gave.
  const asked = !validate && (source.evidence !== undefined || !isOfOriginal(source.type));
  const given = !asked ? [] : await attempt(async () => (await source.vendorData?.(signal)) ?? []);
  const vendor = 'message' in given ? noUserData(given) : await readVendorData(given, options);
  const { problems = [], warnings = [] } = known;
  const remarks = 'message' in metadata ? [metadata] : [...problems.map(missing), ...warnings.map(odd)];
  const findings = [...user.findings, ...vendor.findings, ...remarks];
  const metadataLost = remarks.some(({ dropped }) => dropped);
  return { user, vendor, metadata: known, findings, metadataLost };
}

/** The vendor's documents, in order, as one. */
async function readVendorData(given: readonly Uint8Array[], options: ReadOptions): Promise<UserData> {
  const all: UserData[] = [];
  for (const [index, bytes] of given.entries()) {
    const file = index === 0 ? 'vendor-data' : `vendor-data ${index + 1}`;
    all.push(await readUserData(bytes, { ...options, file }));
  }
  return {
    parts: all.flatMap(({ parts }) => parts),
    findings: all.flatMap(({ findings }) => findings),
    ignition: false,
  };
}

/** Includes are fetched as patiently as user-data themselves, unless somebody waits before a terminal. */
function readOptions({ file, signal, validate, workspace }: FetchInput, instanceId: string): ReadOptions {
  const fetch = async (url: string) => {
    const { fetchDocument } = await import('../sources/http.ts');
    return fetchDocument(url, { signal, ...(validate ? { tries: 3 } : {}) });
  };
  if (workspace === undefined) return { file, fetch };
  const opened = import('../user-data/kept-includes.ts').then(({ keptIncludes }) =>
    keptIncludes(workspace, instanceId),
  );
  const kept: ReadOptions['kept'] = {
    get: async (url) => (await opened).get(url),
    put: async (url, bytes) => (await opened).put(url, bytes),
  };
  return { file, fetch, kept };
}

async function attempt<Value extends object>(get: () => Promise<Value>): Promise<Value | Finding> {
  try {
    return await get();
  } catch (error) {
    if (!cloudConfigErrors.is(error)) throw error;
    return missing(error.message);
  }
}

function odd(message: string): Finding {
  return { kind: 'warning', message, place: undefined, dropped: false };
}

function missing(message: string): Finding {
  return { kind: 'error', message, place: undefined, dropped: true };
}
