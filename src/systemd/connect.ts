// Connects to the manager of this machine. Everything heavy is loaded only here.

import { accessSync } from 'node:fs';
import type { BusAddress } from './bus.ts';
import type { BusClient, BusClientOptions } from './bus-client.ts';
import type { BusService, BusServiceOptions } from './bus-service.ts';
import type { Login1, Manager } from './model.ts';

export interface ConnectOptions {
  /**
   * "private" speaks to PID 1 alone, which only root may and dbus-daemon's limits do not touch; "system" goes
   * over the system bus. Default: private where it can be.
   */
  readonly transport?: 'auto' | 'private' | 'system';
  /** Default /run/systemd/private. */
  readonly privateSocket?: string;
  /** Default /run/dbus/system_bus_socket, or what DBUS_SYSTEM_BUS_ADDRESS names. */
  readonly systemSocket?: string;
  /** How long the other end may take to greet us, at each try. Default 10,000. */
  readonly deadlineMs?: number;
}

/**
 * The manager, connected. Throws `systemd.unavailable` when that fails now; once connected it reconnects
 * by itself until it is disposed of.
 */
export async function connectManager(options: ConnectOptions = {}): Promise<Manager> {
  const { BusManager } = await import('./manager.ts');
  return await BusManager.open(busAddress(options), options.deadlineMs ?? 10_000);
}

/** logind; it is connected to when it is called. */
export async function connectLogin1(options: Pick<ConnectOptions, 'systemSocket'> = {}): Promise<Login1> {
  const { BusLogin1 } = await import('./login1.ts');
  return new BusLogin1(busAddress({ ...options, transport: 'system' }).path);
}

/** Other programs on the system bus. Throws `systemd.unavailable`; once connected it reconnects by itself. */
export async function connectBus(
  options: BusClientOptions & Pick<ConnectOptions, 'systemSocket'> = {},
): Promise<BusClient> {
  const { openBusClient } = await import('./bus-client.ts');
  return await openBusClient(busAddress({ ...options, transport: 'system' }), options);
}

/**
 * Offers an object on the system bus under a name, until it is disposed of; after the bus was restarted it is there
 * again. Throws `systemd.unavailable`, and `systemd.refused` when the name is taken or the policy forbids it.
 */
export async function serveOnBus(
  options: BusServiceOptions & Pick<ConnectOptions, 'systemSocket'>,
): Promise<BusService> {
  const { openBusService } = await import('./bus-service.ts');
  return await openBusService(busAddress({ ...options, transport: 'system' }), options);
}

/** Where systemd is reached from this process at this moment. */
export function busAddress(options: ConnectOptions): BusAddress {
  const privateSocket = options.privateSocket ?? '/run/systemd/private';
  const transport = options.transport ?? 'auto';
  const direct =
    transport === 'private' || (transport === 'auto' && process.getuid?.() === 0 && exists(privateSocket));
  if (direct) return { kind: 'private', path: privateSocket };
  const named = /(?:^|;)unix:(?:[^;]*,)?path=([^,;]+)/.exec(process.env.DBUS_SYSTEM_BUS_ADDRESS ?? '')?.[1];
  return { kind: 'system', path: options.systemSocket ?? named ?? '/run/dbus/system_bus_socket' };
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
