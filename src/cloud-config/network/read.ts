// Network configuration in cloud-init's own forms, version 1 and 2: from YAML text, or from a part of a
// YAML document that holds it.

import { cloudConfigErrors } from '../errors.ts';
import type { NetworkData } from '../model.ts';
import { type Node, toData } from '../parse/tree.ts';
import { parseYaml } from '../parse/yaml.ts';

/**
 * The network configuration in a YAML (or JSON) text, as NoCloud's `network-config`; undefined when it is
 * empty or says that the network is not to be configured. Throws `cloud-config.source` when it is not YAML.
 */
export function readNetworkConfig(text: string, location: string): NetworkData | undefined {
  const { root, findings } = parseYaml(text);
  const wrong = findings.find(({ kind }) => kind === 'error');
  if (wrong !== undefined) {
    const place = wrong.place === undefined ? '' : `:${wrong.place.line}:${wrong.place.column}`;
    throw cloudConfigErrors.error('source', `${location}${place} is not YAML: ${wrong.message}.`);
  }
  return networkConfigOf(root, location);
}

/** The same of a node, with the names that are keys in it as they were written. Does not throw. */
export function networkConfigOf(node: Node | undefined, location: string): NetworkData | undefined {
  return node === undefined ? undefined : networkConfigIn(toData(node, 'written'), location);
}

/** The same of plain data; whether they are what they should be is for the conversion to say. */
export function networkConfigIn(data: unknown, location: string): NetworkData | undefined {
  if (data === null || data === undefined || data === '') return undefined;
  const inner = isObject(data) && isObject(data['network']) ? data['network'] : data;
  if (isObject(inner) && inner['config'] === 'disabled') return undefined;
  const version = isObject(inner) ? inner['version'] : undefined;
  return {
    form: version === 2 || version === '2' ? 'cloud-init-v2' : 'cloud-init-v1',
    data: inner,
    location,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
