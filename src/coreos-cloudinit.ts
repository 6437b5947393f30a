#!/usr/bin/env node
// coreos-cloudinit: reads a machine's user-data and makes the machine so.

import { main } from './cloud-config/ctl/main.ts';

process.exitCode = await main(process.argv.slice(2));
