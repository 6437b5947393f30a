// Run last by systemd-services.test.ts: powers the machine off.

import { connectLogin1 } from '../../../src/systemd/index.ts';

await (await connectLogin1()).powerOff();
