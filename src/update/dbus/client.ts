// The engine from the other side of the bus.

import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../host/index.ts';
import { type BusClient, connectBus, systemdErrors } from '../../systemd/index.ts';
import { updateErrors } from '../errors.ts';
import { type EngineDetail, operations, type StatusReport } from '../model.ts';
import { busName, busPath, detailInterface, managerInterface } from './names.ts';

export interface EngineClient extends AsyncDisposable {
  status(): Promise<StatusReport>;
  /** Undefined when the engine is another one than ours. */
  detail(): Promise<EngineDetail | undefined>;
  attempt(force: boolean): Promise<void>;
  reset(): Promise<void>;
  /** False when no version of that name was remembered. */
  forget(version: string): Promise<boolean>;
}

export interface EngineClientOptions {
  /** Default: the system bus. */
  readonly systemSocket?: string;
  readonly onStatus?: (status: StatusReport) => void;
  /** Told before each further try. */
  readonly onRetry?: (sentence: string) => void;
  /** Between two tries; default 10,000. */
  readonly pauseMs?: number;
}

const tries = 4;

/** Connects to the engine; tries four times, ten seconds apart. Throws `update.unavailable`. */
export async function connectEngine(options: EngineClientOptions = {}): Promise<EngineClient> {
  const { pauseMs = 10_000, onRetry } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(options);
    } catch (error) {
      if (!systemdErrors.is(error, 'unavailable') && !systemdErrors.is(error, 'disconnected')) throw error;
      if (attempt === tries) {
        throw updateErrors.error('unavailable', `The update engine does not answer: ${error.message}`, {
          cause: error,
          hint: 'Does it run? systemctl status update-engine; systemctl enable --now update-engine starts it.',
        });
      }
      onRetry?.(`${error.message} It is tried again in ${pauseMs / 1000} s.`);
      await sleep(pauseMs);
    }
  }
}

async function open({ systemSocket, onStatus }: EngineClientOptions): Promise<EngineClient> {
  const bus = await connectBus({
    ...(systemSocket === undefined ? {} : { systemSocket }),
    matches:
      onStatus === undefined
        ? []
        : [`type='signal',interface='${managerInterface}',member='StatusUpdate',path='${busPath}'`],
    onSignal: (signal) => {
      if (signal.member === 'StatusUpdate') onStatus?.(statusOf(signal.body()));
    },
  });
  const client = engineOver(bus);
  try {
    await client.status();
    return client;
  } catch (error) {
    await bus[Symbol.asyncDispose]();
    throw error;
  }
}

function engineOver(bus: BusClient): EngineClient {
  const ask = (what: string, member: string, more: object = {}) =>
    bus.call('The update engine', what, {
      ...{ destination: busName, path: busPath, interface: managerInterface, member },
      ...more,
    });
  const own = { interface: detailInterface };
  return {
    status: async () => statusOf(await ask('tell its status', 'GetStatus')),
    async detail() {
      try {
        const [text] = await ask('tell more', 'GetDetail', own);
        return detailOf(text);
      } catch (error) {
        // Another engine than ours has no such method, or the policy does not let this user.
        if (error instanceof CodedError) return undefined;
        throw error;
      }
    },
    async attempt(force) {
      if (force) await ask('begin an update', 'AttemptUpdateByForce', own);
      else await ask('begin an update', 'AttemptUpdate');
    },
    async reset() {
      await ask('reset its status', 'ResetStatus');
    },
    async forget(version) {
      const call = { ...own, signature: 's', body: [version] };
      const [known] = await ask('forget a version', 'ForgetFailedVersion', call);
      return known === true;
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

/** The five values, believed only in their promised shape. */
function statusOf(values: readonly unknown[]): StatusReport {
  const [time, progress, name, newVersion, size] = values;
  const operation = operations.find((known) => known === name);
  if (
    typeof time !== 'bigint' ||
    typeof progress !== 'number' ||
    operation === undefined ||
    typeof newVersion !== 'string' ||
    typeof size !== 'bigint'
  ) {
    throw updateErrors.error('answer', 'The update engine gave a status of another form than promised.');
  }
  return { lastCheckedS: Number(time), progress, operation, newVersion, newSize: Number(size) };
}

function detailOf(text: unknown): EngineDetail | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    // Only ours has the method, and this is what it says.
    if (typeof value === 'object' && value !== null && 'reason' in value) return value as EngineDetail;
  } catch {
    // What is no JSON says nothing.
  }
  return undefined;
}
