// The heartbeat of this machine: says when it has not been confirmed for as long as the lease is certain to hold.

import { type Clock, pause } from '../host/index.ts';
import type { Lease } from '../store/index.ts';
import type { Log } from './log.ts';

/** Watches the lease until the signal aborts; says it once each time that the heartbeat stops. */
export async function watchHeartbeat(
  lease: Lease,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let said = false;
  while (!signal.aborted) {
    const left = lease.safeUntilMs() - clock.now();
    if (left > 0) {
      said = false;
      await pause(clock, left, signal);
    } else {
      if (!said) {
        // Fleet's own words, that people and programs look for.
        log.error(
          { ttlMs: lease.ttlMs },
          'Server monitor triggered: Monitor timed out before successful heartbeat. Units are left alone; ' +
            'fleetd goes on trying.',
        );
      }
      said = true;
      await pause(clock, lease.ttlMs / 2, signal);
    }
  }
}
