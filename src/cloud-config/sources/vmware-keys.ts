// VMware's settings, the same for guestinfo and for an OVF environment: names and texts, of which the
// user-data and the metadata are made. Decides only; guestinfo.ts and ovf.ts read.

import { cloudConfigErrors } from '../errors.ts';
import { decodeContent } from '../keys/content.ts';
import type { Addresses, AddressName, Metadata, NetworkData } from '../model.ts';
import { metaDataOf } from './meta-data.ts';

/** The text of a key, without the prefix `guestinfo.`; undefined or empty when it is not set. */
export type ReadKey = (key: string) => Promise<string | undefined>;

/** In the order of preference: Flatcar's, the original's, Canonical's. */
const families = ['ignition.config', 'coreos.config'] as const;

/** The user-data by these keys, or the URL where they are; undefined when there are neither. */
export async function vmwareUserData(
  read: ReadKey,
): Promise<{ readonly bytes: Uint8Array } | { readonly url: string } | undefined> {
  for (const family of families) {
    const data = await read(`${family}.data`);
    if (data)
      return { bytes: decoded(data, (await read(`${family}.data.encoding`)) ?? '', `${family}.data`) };
  }
  const data = await read('userdata');
  if (data) return { bytes: decoded(data, (await read('userdata.encoding')) ?? '', 'userdata') };
  for (const family of families) {
    const url = await read(`${family}.url`);
    if (url) return { url };
  }
  return undefined;
}

/** What the provider wants of every machine. */
export async function vmwareVendorData(read: ReadKey): Promise<readonly Uint8Array[]> {
  const data = await read('vendordata');
  return data ? [decoded(data, (await read('vendordata.encoding')) ?? '', 'vendordata')] : [];
}

function decoded(data: string, encoding: string, key: string): Uint8Array {
  const known = /^(|b64|base64|(gz|gzip)(\+(b64|base64))?)$/.test(encoding);
  const result = known ? decodeContent(data, encoding) : { problem: `the encoding ${encoding} is not known` };
  if ('content' in result) return result.content;
  throw cloudConfigErrors.error('source', `guestinfo.${key} cannot be decoded: ${result.problem}.`);
}

/** The metadata by these keys; throws `cloud-config.source` when they contradict themselves. */
export async function vmwareMetadata(read: ReadKey, location: string): Promise<Metadata> {
  const document = await read('metadata');
  const encoding = (await read('metadata.encoding')) ?? '';
  const metadata = document
    ? await metaDataOf(decoded(document, encoding, 'metadata'), `metadata of ${location}`)
    : { sshKeys: [], addresses: {} };
  const settings = await networkSettings(read);
  const hostname = (await read('hostname')) ?? '';
  const own: NetworkData = { form: 'vmware', data: Object.fromEntries(settings), location };
  const network = [...(metadata.network ?? []), ...(settings.size > 0 ? [own] : [])];
  return {
    ...metadata,
    addresses: addressesOf(settings),
    ...(metadata.hostname === undefined && hostname !== '' ? { hostname } : {}),
    ...(network.length === 0 ? {} : { network }),
  };
}

/** The keys of the interfaces and of DNS, as far as their numbers go on without a gap. */
async function networkSettings(read: ReadKey): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const take = async (key: string): Promise<boolean> => {
    const value = await read(key);
    if (value) found.set(key, value);
    return Boolean(value);
  };
  const takeAll = async (...keys: string[]) => (await Promise.all(keys.map(take))).includes(true);
  const numbered = async (step: (number: number) => Promise<boolean>) => {
    for (let number = 0; number < 64 && (await step(number)); number++);
  };
  await numbered((x) => take(`dns.server.${x}`));
  await numbered((x) => take(`dns.domain.${x}`));
  await numbered(async (n) => {
    const prefix = `interface.${n}`;
    const before = found.size;
    await takeAll(...['name', 'mac', 'dhcp', 'role'].map((name) => `${prefix}.${name}`));
    await numbered((m) => take(`${prefix}.ip.${m}.address`));
    await numbered((l) => takeAll(`${prefix}.route.${l}.gateway`, `${prefix}.route.${l}.destination`));
    return found.size > before;
  });
  return found;
}

function addressesOf(settings: ReadonlyMap<string, string>): Addresses {
  const found: Partial<Record<AddressName, string>> = {};
  for (const [key, role] of settings) {
    const [, number] = /^interface\.(\d+)\.role$/.exec(key) ?? [];
    if (number === undefined) continue;
    if (role !== 'public' && role !== 'private') {
      throw cloudConfigErrors.error('source', `guestinfo.${key} is ${JSON.stringify(role)}.`, {
        hint: 'It is public, private or not set.',
      });
    }
    for (const [name, value] of settings) {
      if (!name.startsWith(`interface.${number}.ip.`)) continue;
      const [address = ''] = value.split('/');
      found[`${role}_${address.includes(':') ? 'ipv6' : 'ipv4'}`] = address;
    }
  }
  return found;
}
