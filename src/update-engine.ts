// update-engine: the update engine of a machine.

import { describeError } from './cli/index.ts';
import { main } from './update/daemon.ts';

try {
  process.exit(await main(process.argv.slice(2), process.env));
} catch (error) {
  const { text, exit } = describeError('update-engine', error);
  process.stderr.write(text);
  process.exit(exit);
}
