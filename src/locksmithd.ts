// locksmithd: reboots this machine when it has to be, may be, and has its turn.

import { describeError } from './cli/index.ts';
import { main } from './locksmith/locksmithd.ts';

try {
  process.exit(await main(process.argv.slice(2), process.env));
} catch (error) {
  const { text, exit } = describeError('locksmithd', error);
  process.stderr.write(text);
  process.exit(exit);
}
