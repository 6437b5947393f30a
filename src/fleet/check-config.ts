// fleetd --check-config: everything there is to say about a configuration, without starting anything.

import { openStore } from '../store/index.ts';
import { chooseStore } from './choose-store.ts';
import { type InspectedConfig, showFinding } from './config.ts';
import type { Finding } from './config-file.ts';
import { type ConfigSource, configPathOf, readWholeConfig } from './config-source.ts';
import { fleetErrors } from './errors.ts';

/**
 * Prints each finding on a line. Throws `fleet.config` when something does not count as it was written, or
 * fleetd would not start; old keys without a meaning are told and do no harm.
 */
export async function checkConfig(source: ConfigSource, print: (line: string) => void): Promise<void> {
  const inspected = await readWholeConfig(source);
  const findings = [...inspected.findings, ...(await findInStore(inspected, configPathOf(source)))];
  for (const finding of findings) {
    const { where, message } = finding;
    print(finding.level === 'warning' ? showFinding(finding) : `${where}: ${finding.level}: ${message}`);
  }
  const wrong = findings.filter(({ level }) => level !== 'note').length;
  if (wrong > 0) {
    const count = wrong === 1 ? 'one thing' : `${wrong} things`;
    throw fleetErrors.error('config', `${configPathOf(source)}: ${count} to mend.`);
  }
  print(`${configPathOf(source)}: nothing to mend.`);
}

/** The files of TLS are read as the daemon reads them; etcd itself is not asked. */
async function findInStore({ config }: InspectedConfig, where: string): Promise<Finding[]> {
  if (config?.etcdServers === undefined || config.etcdServers[0] === 'embedded') return [];
  try {
    await using _store = await openStore(chooseStore(config, [], undefined));
    return [];
  } catch (error) {
    return [{ level: 'error', where, message: error instanceof Error ? error.message : String(error) }];
  }
}
