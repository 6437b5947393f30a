// The engine as an object on the bus.

import type { BusObject } from '../../systemd/index.ts';
import type { EngineDetail, StatusReport, Wish } from '../model.ts';
import { detailInterface, managerInterface, statusSignature } from './names.ts';

/** What of the engine the bus reaches. */
export interface EngineOnBus {
  attempt(wish: Wish): void;
  reset(): Promise<void>;
  forget(version: string): Promise<boolean>;
  status(): StatusReport;
  detail(): EngineDetail;
}

const statusNames = ['last_checked_time', 'progress', 'current_operation', 'new_version', 'new_size'];

/** The five values, in the order and types of `GetStatus` and `StatusUpdate`. */
export function statusValues(status: StatusReport): readonly unknown[] {
  const { lastCheckedS, progress, operation, newVersion, newSize } = status;
  return [BigInt(lastCheckedS), progress, operation, newVersion, BigInt(newSize)];
}

/** The interfaces of the object, by name. */
export function engineInterfaces(engine: EngineOnBus): Readonly<Record<string, BusObject>> {
  return {
    [managerInterface]: {
      methods: {
        AttemptUpdate: {
          ...{ in: '', out: '' },
          run: () => {
            engine.attempt({ interactive: true, force: false });
            return [];
          },
        },
        ResetStatus: {
          ...{ in: '', out: '' },
          run: async () => {
            await engine.reset();
            return [];
          },
        },
        GetStatus: {
          ...{ in: '', out: statusSignature, outNames: statusNames },
          run: () => statusValues(engine.status()),
        },
      },
      signals: { StatusUpdate: statusSignature },
    },
    [detailInterface]: {
      methods: {
        // As JSON: it may grow.
        GetDetail: { in: '', out: 's', outNames: ['detail'], run: () => [JSON.stringify(engine.detail())] },
        AttemptUpdateByForce: {
          ...{ in: '', out: '' },
          run: () => {
            engine.attempt({ interactive: true, force: true });
            return [];
          },
        },
        ForgetFailedVersion: {
          ...{ in: 's', out: 'b', inNames: ['version'], outNames: ['was_remembered'] },
          run: async ([version]) => [await engine.forget(String(version))],
        },
      },
      properties: { Reason: { signature: 's', read: () => engine.detail().reason } },
    },
  };
}
