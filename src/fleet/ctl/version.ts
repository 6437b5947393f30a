// fleetctl version.

import { version } from '../../host/index.ts';
import type { Context } from './context.ts';

export async function run(context: Context): Promise<number> {
  context.output.out(`fleetctl version ${version()}\n`);
  return 0;
}
