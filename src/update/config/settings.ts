// The engine's settings out of the texts of update.conf and the release files. Pure.
//
// Looked up a key at a time, the first file that has it wins: an operator's GROUP in /etc does not hide the
// image's SERVER.

import { nearest } from '../../cli/index.ts';
import { isExtensionName } from '../../disk/index.ts';
import { type Finding, type KeyValue, parseKeyValues } from './key-values.ts';

/** Where keys are looked for, in this order; Container Linux's place before its successor's. */
export const configPaths: readonly string[] = [
  '/etc/coreos/update.conf',
  '/etc/flatcar/update.conf',
  '/usr/share/coreos/update.conf',
  '/usr/share/flatcar/update.conf',
  '/usr/share/coreos/release',
  '/usr/share/flatcar/release',
  '/etc/os-release',
  '/usr/lib/os-release',
];

export const defaultAppId = '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}';
export const defaultGroup = 'stable';

export interface UpdateSettings {
  /** The track. */
  readonly group: string;
  /** URL of the Omaha server; undefined when updates are off. */
  readonly server: string | undefined;
  /** Why they are off, as a sentence. */
  readonly serverProblem: string | undefined;
  /** Whether the server is another one than the image came with: flag bit 28 of what is reported. */
  readonly customServer: boolean;
  readonly machineAlias: string;
  readonly downloadUser: string;
  readonly downloadPassword: string;
  /** Bytes a second that a download may take; 0 for all there is. */
  readonly downloadLimit: number;
  /** A folder with slots in plain files; empty where the slots are partitions. */
  readonly slotFolder: string;
  /** The system extension that is kept up to date, instead of the system; empty for the system. */
  readonly slotExtension: string;
  readonly appId: string;
  /** The version that runs; undefined when no file tells. */
  readonly version: string | undefined;
  /** Empty when no file tells. */
  readonly board: string;
}

export interface ReadSettings {
  readonly settings: UpdateSettings;
  readonly findings: readonly Finding[];
}

const ownKeys: readonly string[] = [
  'GROUP',
  'SERVER',
  'PCR_POLICY_SERVER',
  'MACHINE_ALIAS',
  'DOWNLOAD_USER',
  'DOWNLOAD_PASSWORD',
  'DOWNLOAD_LIMIT',
  'SLOT_FOLDER',
  'SLOT_EXTENSION',
];
/** Keys that locksmith reads from the same file. */
const locksmithKeys: readonly string[] = [
  'REBOOT_STRATEGY',
  'REBOOT_WINDOW_START',
  'REBOOT_WINDOW_LENGTH',
  'LOCKSMITHD_ENDPOINT',
  'LOCKSMITHD_ETCD_USERNAME',
  'LOCKSMITHD_ETCD_PASSWORD',
  'LOCKSMITHD_GROUP',
];
/** Keys of a release file that stand in update.conf, too, where somebody overrides them. */
const releaseKey = /^(?:COREOS|FLATCAR)_RELEASE_(?:VERSION|BOARD|APPID)$/;

/** The settings of these texts by path; a file that is not there has no entry. */
export function readSettings(texts: Readonly<Record<string, string | undefined>>): ReadSettings {
  const findings: Finding[] = [];
  const found = new Map<string, KeyValue & { readonly path: string }>();
  for (const path of configPaths) {
    const text = texts[path];
    if (text === undefined) continue;
    const { pairs, findings: bad } = parseKeyValues(text, path);
    if (!path.endsWith('os-release')) findings.push(...bad);
    if (path.endsWith('update.conf')) findings.push(...unknownKeys(pairs, path));
    // Within one file the last line counts, as it would in a shell.
    const own = new Map(pairs.map((pair) => [pair.key, { ...pair, path }]));
    for (const [key, pair] of own) if (!found.has(key)) found.set(key, pair);
  }
  const value = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => found.get(key)?.value).find((text) => text !== undefined && text !== '');
  const shipped = shippedServer(texts);
  const server = value('SERVER');
  const checked = checkServer(server);
  return {
    settings: {
      group: value('GROUP') ?? defaultGroup,
      ...checked,
      customServer: checked.server !== undefined && checked.server !== shipped,
      machineAlias: value('MACHINE_ALIAS') ?? '',
      downloadUser: value('DOWNLOAD_USER') ?? '',
      downloadPassword: value('DOWNLOAD_PASSWORD') ?? '',
      downloadLimit: downloadLimit(found.get('DOWNLOAD_LIMIT'), findings),
      ...slotPlace(found.get('SLOT_FOLDER'), found.get('SLOT_EXTENSION'), findings),
      appId: value('COREOS_RELEASE_APPID', 'FLATCAR_RELEASE_APPID') ?? defaultAppId,
      // Not VERSION_ID: that is of the distribution, not of an image.
      version: value('COREOS_RELEASE_VERSION', 'FLATCAR_RELEASE_VERSION', 'IMAGE_VERSION'),
      board: value('COREOS_RELEASE_BOARD', 'FLATCAR_RELEASE_BOARD') ?? '',
    },
    findings,
  };
}

/** The server that the image itself names: what an operator writes over it is custom. */
function shippedServer(texts: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const path of configPaths.filter((each) => each.startsWith('/usr/share/'))) {
    const { pairs } = parseKeyValues(texts[path] ?? '', path);
    const server = pairs.findLast(({ key }) => key === 'SERVER')?.value;
    if (server !== undefined) return checkServer(server).server;
  }
  return undefined;
}

function checkServer(text: string | undefined): Pick<UpdateSettings, 'server' | 'serverProblem'> {
  if (text === undefined) {
    return {
      server: undefined,
      serverProblem: 'Updates are off: no SERVER= is set in /etc/coreos/update.conf.',
    };
  }
  if (text === 'disabled') return { server: undefined, serverProblem: 'Updates are off: SERVER=disabled.' };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return {
      server: undefined,
      serverProblem: `Updates are off: SERVER=${text.slice(0, 200)} is no http:// or https:// URL.`,
    };
  }
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/v1/update/';
  return { server: url.href, serverProblem: undefined };
}

function downloadLimit(pair: (KeyValue & { path: string }) | undefined, findings: Finding[]): number {
  if (pair === undefined || pair.value === '') return 0;
  const parts = /^(\d{1,12})([KMG]?)$/i.exec(pair.value);
  if (parts !== null) {
    const factor = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[(parts[2] ?? '').toUpperCase()] ?? 1;
    return Number(parts[1]) * factor;
  }
  const { path, line, value } = pair;
  const message = `DOWNLOAD_LIMIT=${value} is no number of bytes a second (500K, 2M); nothing is limited.`;
  findings.push({ path, line, message });
  return 0;
}

type Pair = KeyValue & { readonly path: string };

function slotFolder(pair: Pair | undefined, findings: Finding[]): string {
  if (pair === undefined || pair.value === '') return '';
  const { path, line, value } = pair;
  if (value.startsWith('/') && !value.split('/').includes('..')) return value;
  findings.push({ path, line, message: `SLOT_FOLDER=${value} is no absolute path; it does not count.` });
  return '';
}

function slotPlace(
  folder: Pair | undefined,
  extension: Pair | undefined,
  findings: Finding[],
): Pick<UpdateSettings, 'slotFolder' | 'slotExtension'> {
  const name = slotExtension(extension, findings);
  const path = slotFolder(folder, findings);
  if (name === '' || path === '' || folder === undefined) return { slotFolder: path, slotExtension: name };
  const message = `SLOT_FOLDER=${path} does not count: SLOT_EXTENSION=${name} is what is kept up to date.`;
  findings.push({ path: folder.path, line: folder.line, message });
  return { slotFolder: '', slotExtension: name };
}

function slotExtension(pair: Pair | undefined, findings: Finding[]): string {
  if (pair === undefined || pair.value === '') return '';
  const { path, line, value } = pair;
  if (isExtensionName(value)) return value;
  findings.push({
    path,
    line,
    message: `SLOT_EXTENSION=${value} is no name of an extension; it does not count.`,
  });
  return '';
}

function unknownKeys(pairs: readonly KeyValue[], path: string): Finding[] {
  const known = [...ownKeys, ...locksmithKeys];
  return pairs
    .filter(({ key }) => !known.includes(key) && !releaseKey.test(key))
    .filter(({ key }) => !/^(?:LOCKSMITH(?:D|CTL)|REBOOT)_/.test(key))
    .map(({ key, line }) => {
      const near = nearest(key, known);
      const hint = near === undefined ? '' : ` Did you mean ${near}?`;
      return { path, line, message: `Nobody reads the key ${key}.${hint}` };
    });
}
