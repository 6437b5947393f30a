// fleetctl: controls units of systemd across the machines of a cluster.

import { version } from './host/index.ts';

const [first] = process.argv.slice(2);
if (first !== undefined && ['version', '--version', '-version', '-v', '--v'].includes(first)) {
  process.stdout.write(`fleetctl version ${version()}\n`);
} else {
  const { main } = await import('./fleet/ctl/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
