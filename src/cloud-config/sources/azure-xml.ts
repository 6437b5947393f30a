// Reading the XML files of Azure's disc and agent.

import { cloudConfigErrors } from '../errors.ts';
import { parseXml, type XmlElement } from '../parse/xml.ts';
import { readBounded } from './read.ts';

/** The root element of a file; throws `cloud-config.source` when it is not there or is not XML. */
export async function readXml(path: string): Promise<XmlElement> {
  const bytes = await readBounded(path);
  if (bytes === undefined) throw cloudConfigErrors.error('source', `${path} is not there.`);
  const parsed = parseXml(Buffer.from(bytes).toString('utf8'));
  if ('root' in parsed) return parsed.root;
  throw cloudConfigErrors.error('source', `${path} is not XML that can be read: ${parsed.problem}.`);
}

/** All elements that this path of names leads to. */
export function elementsAt(element: XmlElement, ...names: readonly string[]): readonly XmlElement[] {
  return names.reduce<readonly XmlElement[]>(
    (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
    [element],
  );
}
