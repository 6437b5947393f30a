// The service manager as a run needs it: connected to when something is first asked of it.

import type { Manager } from '../../systemd/index.ts';
import { cloudConfigErrors } from '../errors.ts';

export class Connection implements AsyncDisposable {
  #manager: Promise<Manager> | undefined;

  /** Rejects with `cloud-config.apply` below another root, where none runs. */
  open(root: string): Promise<Manager> {
    if (root !== '/') {
      return Promise.reject(cloudConfigErrors.error('apply', `No service manager runs below ${root}.`));
    }
    this.#manager ??= import('../../systemd/index.ts').then(({ connectManager }) => connectManager());
    return this.#manager;
  }

  /** Whether the boot is still under way, and so may be waiting for us. */
  async isBooting(): Promise<boolean> {
    if (process.env.KEELSON_UNIT === undefined) return false;
    try {
      const state = await (await this.open('/')).managerProperty('SystemState');
      return state === 'initializing' || state === 'starting';
    } catch {
      // Without an answer the careful guess is that somebody waits.
      return true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const manager = await this.#manager?.catch(() => undefined);
    await manager?.[Symbol.asyncDispose]();
  }
}
