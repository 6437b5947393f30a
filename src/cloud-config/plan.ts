// From user-data to a plan: what to do on this machine, in which order, and why; and what is wrong with
// the user-data. Pure.

import { configTree, inOrder, type TreeInput } from './config-tree.ts';
import { keyContext } from './keys/context.ts';
import { planEnvironment } from './keys/environment.ts';
import { planEtcHosts } from './keys/etc-hosts.ts';
import { planHostname, wantedHostname } from './keys/hostname.ts';
import { planOem } from './keys/oem.ts';
import { planServices } from './keys/services.ts';
import { isNetworkFile, planUnits } from './keys/units.ts';
import { planUpdate } from './keys/update.ts';
import { planUsers } from './keys/users.ts';
import { planFiles } from './keys/write-files.ts';
import type { Facts, Finding, Metadata, Operation } from './model.ts';
import type { Node } from './parse/tree.ts';

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
  const operations = lastOfEachPath(operationsOf(root, input, findings), findings);
  const configs = [...(input.vendorConfigs ?? []), ...input.configs];
  return { operations, findings: inOrder(findings, configs) };
}

/** Every operation in the order of application: who the machine is and who may log in come first. */
function operationsOf(root: Node | undefined, input: PlanInput, findings: Finding[]): Operation[] {
  const context = keyContext(root, input.metadata, input.facts, findings);
  const silent = keyContext(root, input.metadata, input.facts, []);
  const hostname = wantedHostname(silent)?.name ?? input.facts.hostname;
  const files = [...planFiles(context), ...planOem(context)];
  const all = [
    ...planHostname(context),
    ...planUsers(context),
    ...files,
    ...planEtcHosts(context, hostname),
    ...environment(files, input),
    ...(input.network ?? []),
    ...planUnits(context),
    ...planServices(context),
    ...planUpdate(context),
  ];
  return sequence(all);
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

/** Of several operations on one path only the last, which is what would remain of them. */
function lastOfEachPath(operations: readonly Operation[], findings: Finding[]): Operation[] {
  const last = new Map(operations.map((operation) => ['path' in operation ? operation.path : '', operation]));
  return operations.filter((operation) => {
    if (!('path' in operation) || last.get(operation.path) === operation) return true;
    const message = `${operation.path} is asked for twice; the last counts`;
    findings.push({ kind: 'warning', message, place: undefined, dropped: false });
    return false;
  });
}

/** Files before enabling, one reload of each manager after them, commands last. */
function sequence(operations: readonly Operation[]): Operation[] {
  const enables = operations.filter(({ kind }) => kind === 'enable-unit');
  const commands = operations.filter(({ kind }) => kind === 'unit-command');
  const rest = operations.filter(({ kind }) => kind !== 'enable-unit' && kind !== 'unit-command');
  const unitFiles = operations.filter(
    ({ kind }) =>
      kind === 'write-unit-file' || kind === 'mask-unit' || kind === 'unmask-unit' || kind === 'enable-unit',
  );
  const network = unitFiles.filter((operation) => 'path' in operation && isNetworkFile(operation.path));
  const reloads: Operation[] = [];
  if (unitFiles.length > network.length) {
    reloads.push({ kind: 'reload-manager', why: 'unit files are written' });
  }
  if (network.length > 0) reloads.push({ kind: 'reload-network', why: 'network files are written' });
  return [...rest, ...enables, ...reloads, ...commands];
}
