// Cloud-configs into the one tree that is planned from: each is parsed, substituted and checked by itself, so
// that what is wrong is told in its own lines; then they are merged.

import type { Finding } from './model.ts';
import { lifelinesOf } from './parse/lifelines.ts';
import { mergeBelow, mergeTrees } from './parse/merge.ts';
import { type AddressOf, substitute } from './parse/substitute.ts';
import { type MappingNode, type Node, without } from './parse/tree.ts';
import { parseYaml } from './parse/yaml.ts';
import type { ConfigPart } from './user-data/model.ts';
import { checkRules } from './validate/rules.ts';
import { checkSchema, type Validator } from './validate/schema.ts';

export interface TreeInput {
  /** The user's cloud-configs, in order. */
  readonly configs: readonly ConfigPart[];
  /** Those of the cloud or the image's maker; the user's values win over theirs. */
  readonly vendorConfigs?: readonly ConfigPart[];
  readonly addressOf: AddressOf;
  readonly validator: Validator;
}

/** The tree without what must not be used; what is wrong is added to the findings. */
export function configTree(input: TreeInput, findings: Finding[]): Node | undefined {
  const read = (configs: readonly ConfigPart[] = []) =>
    configs.flatMap((config) => readConfig(config, input, findings) ?? []);
  const vendor = mergeTrees(read(input.vendorConfigs), findings);
  return mergeBelow(vendor, mergeTrees(read(input.configs), findings));
}

function readConfig(config: ConfigPart, input: TreeInput, findings: Finding[]): MappingNode | undefined {
  const { document } = config;
  const parsed = parseYaml(document.text, { document });
  for (const finding of parsed.findings) findings.push(finding);
  const broken = config.damaged === true || parsed.broken;
  if (!broken) return parsed.root && checked(parsed.root, input, findings);
  const lifelines = lifelinesOf(document, parsed.root?.kind === 'mapping' ? parsed.root : undefined);
  return lifelines && checked(lifelines, input, findings);
}

function checked(parsed: Node, input: TreeInput, findings: Finding[]): MappingNode | undefined {
  if (parsed.kind === 'scalar' && parsed.value === null) return undefined;
  if (parsed.kind !== 'mapping') {
    findings.push({
      kind: 'error',
      message: 'incorrect type for "" (want struct)',
      place: parsed.place,
      dropped: true,
      expected: 'keys with values, as hostname: NAME',
    });
    return undefined;
  }
  const substituted = substitute(parsed, input.addressOf);
  const schema = checkSchema(substituted.root, input.validator);
  for (const list of [checkRules(parsed), substituted.findings, schema.findings])
    for (const finding of list) findings.push(finding);
  const rest = without(substituted.root, schema.invalid);
  return rest.kind === 'mapping' ? rest : undefined;
}

/** Findings in the order of the texts, those of no place last. */
export function inOrder(findings: readonly Finding[], configs: readonly ConfigPart[]): Finding[] {
  const order = new Map(configs.map(({ document }, index) => [document, index]));
  const documentOf = ({ place }: Finding) =>
    place === undefined ? order.size : ((place.document && order.get(place.document)) ?? -1);
  const start = (finding: Finding) => finding.place?.start ?? 0;
  return findings.toSorted((a, b) => documentOf(a) - documentOf(b) || start(a) - start(b));
}
