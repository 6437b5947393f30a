// The document meta-data of NoCloud, and of all that borrowed its form: YAML or JSON with the instance's
// id, its name and its keys, and sometimes the network.

import { isIP } from 'node:net';
import { cloudConfigErrors } from '../errors.ts';
import type { Metadata, NetworkData } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';
import { Gathering } from './gathering.ts';

/** The metadata of such a document; throws `cloud-config.source` with the place of what is wrong. */
export async function metaDataOf(bytes: Uint8Array, location: string): Promise<Metadata> {
  const root = await documentOf(bytes, location);
  if (root === undefined) return { sshKeys: [], addresses: {} };
  if (root.kind !== 'mapping') {
    throw cloudConfigErrors.error('source', `${location} is not a map of names and values.`);
  }
  const text = (key: string) => {
    const value = textOf(child(root, key))?.trim();
    return value === '' ? undefined : value;
  };
  const hostname = text('local_hostname') ?? text('hostname');
  const instanceId = text('instance_id');
  const gathering = new Gathering();
  // A description of the network that cannot be read costs nobody the name and the keys.
  const network = (await gathering.attempt(() => networkWithin(root, location))) ?? [];
  const address = (names: readonly string[], family: 4 | 6) =>
    names.map(text).find((value) => value !== undefined && isIP(value) === family);
  const addresses = {
    public_ipv4: address(['public_ipv4'], 4),
    private_ipv4: address(['local_ipv4', 'private_ipv4'], 4),
    public_ipv6: address(['public_ipv6'], 6),
    private_ipv6: address(['local_ipv6', 'private_ipv6'], 6),
  };
  const keys = [...keysOf(child(root, 'public_keys')), ...keysOf(child(root, 'public_ssh_keys'))];
  return gathering.metadata({
    sshKeys: [...new Set(keys)],
    addresses,
    hostname,
    instanceId,
    network: network.length === 0 ? undefined : network,
  });
}

/** A YAML or JSON document as our tree; undefined when it is empty. Throws `cloud-config.source`. */
export async function documentOf(bytes: Uint8Array, location: string): Promise<Node | undefined> {
  // Loaded here: a run without such a document does not pay for it.
  const { parseYaml } = await import('../parse/yaml.ts');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw cloudConfigErrors.error('source', `${location} is not UTF-8.`, { cause });
  }
  const { root, findings } = parseYaml(text);
  const wrong = findings.find(({ kind }) => kind === 'error');
  if (wrong !== undefined) {
    const at = wrong.place === undefined ? '' : ` in line ${wrong.place.line}`;
    throw cloudConfigErrors.error('source', `${location} cannot be read: ${wrong.message}${at}.`);
  }
  return root === undefined || (root.kind === 'scalar' && root.value === null) ? undefined : root;
}

/** Keys as a text of lines, as a list, or as a map of names; OpenSSH's form or EC2's within. */
function keysOf(node: Node | undefined): readonly string[] {
  if (node?.kind === 'mapping') {
    const own = textOf(node.entries.get('openssh_key')?.value);
    if (own !== undefined) return linesOf(own);
    return Array.from(node.entries.values()).flatMap(({ value }) => keysOf(value));
  }
  if (node?.kind === 'sequence') return itemsOf(node).flatMap(keysOf);
  return linesOf(textOf(node) ?? '');
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

async function networkWithin(root: Node, location: string): Promise<NetworkData[]> {
  const { networkConfigOf } = await import('../network/read.ts');
  const node = child(root, 'network_config') ?? child(root, 'network');
  const config =
    node?.kind === 'mapping' ? networkConfigOf(node, location) : await packedNetwork(root, location);
  const interfaces = textOf(child(root, 'network_interfaces'));
  return [
    ...(config === undefined ? [] : [config]),
    ...(interfaces === undefined ? [] : [{ form: 'debian' as const, data: interfaces, location }]),
  ];
}

/** VMware's form: the description as a text within the document, packed as network.encoding says. */
async function packedNetwork(root: Node, location: string): Promise<NetworkData | undefined> {
  const text = textOf(child(root, 'network'));
  if (text === undefined) return undefined;
  const { decodeContent } = await import('../keys/content.ts');
  const { readNetworkConfig } = await import('../network/read.ts');
  const decoded = decodeContent(text, textOf(child(root, 'network.encoding')) ?? '');
  if ('content' in decoded) {
    return readNetworkConfig(Buffer.from(decoded.content).toString('utf8'), `network in ${location}`);
  }
  throw cloudConfigErrors.error('source', `network in ${location} cannot be decoded: ${decoded.problem}.`);
}
