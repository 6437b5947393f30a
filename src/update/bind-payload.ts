// The payload's rooms as the engine's port.

import { errorCodes } from '../omaha/index.ts';
import { updateErrors } from './errors.ts';
import type { Log } from './log.ts';
import type { Payload } from './payload-port.ts';

export interface MachinePayloadOptions {
  /** /var/lib/update_engine */
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Payloads for the slots of this machine. */
export function machinePayload(_options: MachinePayloadOptions): Payload {
  return {
    apply: async () => {
      throw updateErrors.error('failed', 'This engine cannot install payloads yet.');
    },
    codeOf: () => errorCodes.InstallDeviceOpenError,
  };
}
