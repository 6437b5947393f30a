// update_engine_client: asks the update engine of this machine, and tells it what to do.

import { version } from './host/index.ts';

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-version') {
  process.stdout.write(`update_engine_client version ${version()}\n`);
} else {
  const { main } = await import('./update/ctl/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
