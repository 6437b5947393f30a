// From user-data to a plan: what to do on this machine, in which order, and why; and what is wrong with
// the user-data. Pure.

import { configTree, inOrder, type TreeInput } from './config-tree.ts';
import { planCaCerts } from './keys/ca-certs.ts';
import { planCommands } from './keys/commands.ts';
import { keyContext } from './keys/context.ts';
import { planEnvironment } from './keys/environment.ts';
import { planEtcHosts } from './keys/etc-hosts.ts';
import { planHostname, wantedHostname } from './keys/hostname.ts';
import { planOem } from './keys/oem.ts';
import { onePerPath } from './keys/same-path.ts';
import { planServices } from './keys/services.ts';
import { planLocale, planNtp, planTimezone } from './keys/time-and-language.ts';
import { planUnits } from './keys/units.ts';
import { planUpdate } from './keys/update.ts';
import { planUsers } from './keys/users.ts';
import { planFiles } from './keys/write-files.ts';
import type { Facts, Finding, Metadata, Operation } from './model.ts';
import type { Node } from './parse/tree.ts';
import { sequence } from './sequence.ts';

export interface Plan {
  readonly operations: readonly Operation[];
  /** In the order of the text. */
  readonly findings: readonly Finding[];
}

/** Without cloud-configs only the metadata count. */
export interface PlanInput extends TreeInput {
  readonly metadata: Metadata;
  readonly facts: Facts;
  /** The network's files, converted from the metadata. */
  readonly network?: readonly Operation[];
}

/**
 * Plans cloud-configs. What is wrong in them is left out and found; the rest is planned. Of a text that is
 * not YAML only what lets people in is planned: host name, users, keys.
 */
export function planCloudConfig(input: PlanInput): Plan {
  const findings: Finding[] = [];
  const root = configTree(input, findings);
  const operations = onePerPath(operationsOf(root, input, findings), root, findings);
  const configs = [...(input.vendorConfigs ?? []), ...input.configs];
  return { operations, findings: inOrder(findings, configs) };
}

/** Every operation in the order of application. */
function operationsOf(root: Node | undefined, input: PlanInput, findings: Finding[]): Operation[] {
  const context = keyContext(root, input.metadata, input.facts, findings);
  const silent = keyContext(root, input.metadata, input.facts, []);
  const hostname = wantedHostname(silent)?.name ?? input.facts.hostname;
  const { files, deferred } = planFiles(context);
  const update = planUpdate(context);
  const services = planServices(context);
  const all = [
    ...planHostname(context),
    ...planUsers(context),
    ...planCommands(context, 'bootcmd'),
    ...planTimezone(context),
    ...planLocale(context),
    ...files,
    ...planOem(context),
    ...update.files,
    ...planEtcHosts(context, hostname),
    ...services.files,
    ...environment([...files, ...deferred], input),
    ...planCaCerts(context),
    ...planNtp(context),
    ...(input.network ?? []),
    ...planUnits(context),
    ...services.units,
    ...update.units,
    ...planCommands(context, 'runcmd'),
  ];
  return sequence(all, deferred);
}

/** /etc/environment, unless write_files has the last word on it. */
function environment(files: readonly Operation[], input: PlanInput): Operation[] {
  const own = files.some((file) => file.kind === 'write-file' && file.path === '/etc/environment');
  if (own) return [];
  const addresses = {
    public_ipv4: input.addressOf('public_ipv4') ?? '',
    private_ipv4: input.addressOf('private_ipv4') ?? '',
    public_ipv6: input.addressOf('public_ipv6') ?? '',
    private_ipv6: input.addressOf('private_ipv6') ?? '',
  };
  return planEnvironment(addresses, input.facts.environmentFile);
}
