// fleetd: the daemon of fleet.

import { describeError } from './cli/index.ts';
import { main } from './fleet/daemon.ts';

try {
  await main(process.argv.slice(2), process.env);
  process.exit(0);
} catch (error) {
  const { text, exit } = describeError('fleetd', error);
  process.stderr.write(text);
  process.exit(exit);
}
