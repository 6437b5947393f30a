// What OpenStack tells an instance, from a config drive or over HTTP: the documents are the same.
// https://docs.openstack.org/nova/latest/user/metadata.html

import { cloudConfigErrors } from '../errors.ts';
import type { Metadata, NetworkData } from '../model.ts';
import { type Gathering, textOfBody } from './gathering.ts';
import { parseJson } from './http.ts';
import { isObject, type JsonObject, listAt, textAt, valueAt } from './json.ts';

/** Where the documents are. */
export interface OpenStackPlace {
  /** A document by its path below `openstack/`; undefined when there is none. */
  read(path: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The name of a document for people. */
  name(path: string): string;
}

/** The metadata, and the descriptions of the network: OpenStack's own, and the file of old. */
export async function openStackMetadata(
  place: OpenStackPlace,
  gathering: Gathering,
  signal: AbortSignal,
  addresses: Metadata['addresses'] = {},
): Promise<Metadata> {
  const document = async (path: string) =>
    gathering.attempt(async () => jsonObject(await place.read(path, signal), place.name(path)));
  const [data = {}, network] = await Promise.all([
    document('latest/meta_data.json'),
    document('latest/network_data.json'),
  ]);
  const file = await gathering.attempt(() => networkFile(data, place, gathering, signal));
  const descriptions: NetworkData[] = [];
  if (network !== undefined && Object.keys(network).length > 0) {
    const location = place.name('latest/network_data.json');
    descriptions.push({ form: 'openstack', data: network, location });
  }
  if (file !== undefined) descriptions.push(file);
  return gathering.metadata({
    hostname: textAt(data, 'hostname'),
    sshKeys: keysIn(data),
    instanceId: textAt(data, 'uuid'),
    addresses,
    network: descriptions.length === 0 ? undefined : descriptions,
  });
}

function jsonObject(body: Uint8Array | undefined, location: string): JsonObject | undefined {
  const text = textOfBody(body);
  if (text.trim() === '') return undefined;
  const data = parseJson(text, location);
  if (isObject(data)) return data;
  throw cloudConfigErrors.error('source', `${location} does not hold a JSON object.`);
}

/** By name in `public_keys`; `keys` has the same and certificates. */
function keysIn(data: JsonObject): readonly string[] {
  const named = data['public_keys'];
  if (isObject(named)) return Object.values(named).filter((key) => typeof key === 'string');
  const listed = Array.isArray(named)
    ? named
    : listAt(data, 'keys')
        .filter((key) => textAt(key, 'type') === 'ssh')
        .map((key) => textAt(key, 'data'));
  return listed.filter((key) => typeof key === 'string');
}

async function networkFile(
  data: JsonObject,
  place: OpenStackPlace,
  gathering: Gathering,
  signal: AbortSignal,
): Promise<NetworkData | undefined> {
  const given = textAt(data, 'network_config', 'content_path') ?? '';
  if (given === '') return undefined;
  const path = given.replace(/^\/+/, '');
  if (path.split('/').includes('..') || /[\0?#]/.test(path)) {
    gathering.problem(
      `network_config.content_path in ${place.name('latest/meta_data.json')} leads elsewhere: ${JSON.stringify(given)}.`,
    );
    return undefined;
  }
  const body = await place.read(path, signal);
  if (body === undefined) {
    gathering.problem(`${place.name(path)}, the network configuration, is not there.`);
    return undefined;
  }
  return { form: 'debian', data: textOfBody(body), location: place.name(path) };
}

/** The user-data that the provider has for every instance; often none. */
export async function openStackVendorData(
  place: OpenStackPlace,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const documents = await Promise.all(
    ['vendor_data.json', 'vendor_data2.json'].map(async (name) => {
      const path = `latest/${name}`;
      const text = textOfBody(await place.read(path, signal));
      return text.trim() === '' ? undefined : parseJson(text, place.name(path));
    }),
  );
  return documents.flatMap(cloudConfigsIn).map((text) => Buffer.from(text));
}

/** Of an object only what is meant for cloud-init; of a list every item. */
function cloudConfigsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(cloudConfigsIn);
  const inner = valueAt(value, 'cloud-init');
  return inner === undefined ? [] : cloudConfigsIn(inner);
}
