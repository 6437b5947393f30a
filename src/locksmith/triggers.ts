// Why this machine has to reboot: an update that update-engine has installed, or /run/reboot-required, which package
// managers write.

import { readFileSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BusClient, connectBus } from '../systemd/index.ts';

export interface Reason {
  readonly text: string;
  readonly isUpdate: boolean;
}

export interface TriggerOptions {
  readonly signal: AbortSignal;
  readonly rebootRequired: boolean;
  /** Called when the reason may be another. */
  readonly onChange: () => void;
  readonly log: (text: string) => void;
  readonly systemSocket?: string;
  /** Default /run. */
  readonly runFolder?: string;
}

const name = 'com.coreos.update1';
const path = '/com/coreos/update1';
const manager = 'com.coreos.update1.Manager';
const needReboot = 'UPDATE_STATUS_UPDATED_NEED_REBOOT';

export class Triggers {
  readonly #options: TriggerOptions;
  #update: string | undefined;

  constructor(options: TriggerOptions) {
    this.#options = options;
  }

  /** Follows both until the signal aborts. What cannot be followed now is tried again. */
  start(): void {
    if (this.#options.rebootRequired) this.#followFile();
    void this.#followBus();
  }

  reason(): Reason | undefined {
    if (this.#update !== undefined) return { text: this.#update, isUpdate: true };
    return this.#options.rebootRequired ? this.#fileReason() : undefined;
  }

  #fileReason(): Reason | undefined {
    const folder = this.#options.runFolder ?? '/run';
    if (readIfThere(`${folder}/reboot-required`) === undefined) return undefined;
    const packages = readIfThere(`${folder}/reboot-required.pkgs`)?.trim().split(/\s+/).filter(isWord) ?? [];
    const which = packages.length === 0 ? '' : ` (${[...new Set(packages)].slice(0, 5).join(', ')})`;
    return { text: `/run/reboot-required is there${which}`, isUpdate: false };
  }

  #followFile(): void {
    const { runFolder = '/run', signal, onChange, log } = this.#options;
    try {
      const watcher = watch(runFolder, (_, file) => {
        if (file?.startsWith('reboot-required') === true) onChange();
      });
      watcher.on('error', (error) => log(`${runFolder} is watched no more: ${error.message}`));
      signal.addEventListener('abort', () => watcher.close(), { once: true });
    } catch (error) {
      log(`${runFolder} cannot be watched: ${String(error)}`);
    }
  }

  async #followBus(): Promise<void> {
    const { signal, log, systemSocket } = this.#options;
    for (let told = false; !signal.aborted; ) {
      try {
        // Signals may come before we are told that the connection is there; then we ask, anyway.
        let bus: BusClient | undefined;
        bus = await connectBus({
          ...(systemSocket === undefined ? {} : { systemSocket }),
          matches: [
            `type='signal',interface='${manager}',member='StatusUpdate',path='${path}'`,
            `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${name}'`,
          ],
          onSignal: ({ member, sender, body }) => {
            if (bus === undefined) return;
            if (member === 'StatusUpdate') void this.#hear(bus, sender, body());
            else if (member === 'NameOwnerChanged') void this.#ask(bus);
          },
          onReconnected: () => {
            if (bus !== undefined) void this.#ask(bus);
          },
        });
        const opened = bus;
        if (signal.aborted) {
          await opened[Symbol.asyncDispose]();
          return;
        }
        signal.addEventListener('abort', () => void opened[Symbol.asyncDispose](), { once: true });
        await this.#ask(opened);
        return;
      } catch (error) {
        if (!told)
          log(`The system bus cannot be reached: ${error instanceof Error ? error.message : String(error)}`);
        told = true;
        await sleep(5_000, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Anybody may send signals; only root's count. */
  async #hear(bus: BusClient, sender: string, body: readonly unknown[]): Promise<void> {
    try {
      const [uid] = await bus.call('the bus', 'tell who sent a signal', {
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'GetConnectionUnixUser',
        signature: 's',
        body: [sender],
      });
      if (uid === 0 || uid === process.geteuid?.()) this.#take(body);
      else
        this.#options.log(`A StatusUpdate of user ${String(uid)} is passed over: it is not update-engine's.`);
    } catch {
      // Who sent it has gone already. If it was update-engine, it tells its status to who asks.
      await this.#ask(bus);
    }
  }

  async #ask(bus: BusClient): Promise<void> {
    try {
      const call = { destination: name, path, interface: manager, member: 'GetStatus' };
      this.#take(await bus.call('update-engine', 'tell its status', call));
    } catch {
      // It does not run now; the bus tells when it does.
    }
  }

  #take([, , operation, version]: readonly unknown[]): void {
    const suffix = typeof version === 'string' && !['', '0.0.0'].includes(version) ? ` to ${version}` : '';
    const update = operation === needReboot ? `an update${suffix} is installed` : undefined;
    if (update === this.#update) return;
    this.#update = update;
    this.#options.onChange();
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names of packages go into messages; nothing else of that file does. */
function isWord(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.:-]*$/i.test(text);
}
