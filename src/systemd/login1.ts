// logind over the system bus: may the machine go down, who holds that up, and do it.

import { Bus, BusError } from './bus.ts';
import { callError } from './bus-errors.ts';
import type { Inhibitor, Login1, Session } from './model.ts';
import { replyList, replyNumber, replyRecord, replyString } from './reply.ts';

const destination = 'org.freedesktop.login1';
const deadlineMs = 25_000;

/** Connects for each call: they are rare, and the machine may be on its way down. */
export class BusLogin1 implements Login1 {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async canReboot(): Promise<string> {
    return replyString((await this.#ask('tell whether it can reboot', 'CanReboot'))[0]);
  }

  async canPowerOff(): Promise<string> {
    return replyString((await this.#ask('tell whether it can power off', 'CanPowerOff'))[0]);
  }

  async reboot(): Promise<void> {
    await this.#ask('reboot', 'Reboot', 'b', [false]);
  }

  async powerOff(): Promise<void> {
    await this.#ask('power off', 'PowerOff', 'b', [false]);
  }

  async listInhibitors(): Promise<readonly Inhibitor[]> {
    const [rows] = await this.#ask('list its inhibitors', 'ListInhibitors');
    return replyList(rows).map((row) => {
      const [what, who, why, mode, uid, pid] = replyList(row);
      return {
        what: replyString(what).split(':'),
        who: replyString(who),
        why: replyString(why),
        mode: replyString(mode),
        uid: replyNumber(uid),
        pid: replyNumber(pid),
      };
    });
  }

  async listSessions(): Promise<readonly Session[]> {
    const [rows] = await this.#ask('list its sessions', 'ListSessions');
    const found = await Promise.all(
      replyList(rows).map(async (row): Promise<Session | undefined> => {
        const [id, uid, user, seat, path] = replyList(row);
        const properties = await this.#properties(replyString(path));
        if (properties?.Class !== 'user') return undefined;
        const tty = typeof properties.TTY === 'string' ? properties.TTY : '';
        return {
          id: replyString(id),
          uid: replyNumber(uid),
          user: replyString(user),
          seat: replyString(seat),
          tty,
        };
      }),
    );
    return found.filter((session) => session !== undefined);
  }

  /** Of a session; undefined when it has ended meanwhile. */
  async #properties(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      using bus = await Bus.open({ kind: 'system', path: this.#socket }, { onSignal: () => {} });
      const body = ['org.freedesktop.login1.Session'];
      const call = { destination, path, interface: 'org.freedesktop.DBus.Properties', member: 'GetAll' };
      return replyRecord((await bus.call({ ...call, signature: 's', body }, deadlineMs))[0]);
    } catch (error) {
      if (error instanceof BusError) return undefined;
      throw callError('describe a session', error, 'logind');
    }
  }

  async #ask(
    what: string,
    member: string,
    signature = '',
    body: readonly unknown[] = [],
  ): Promise<readonly unknown[]> {
    try {
      using bus = await Bus.open({ kind: 'system', path: this.#socket }, { onSignal: () => {} });
      return await bus.call(
        {
          destination,
          path: '/org/freedesktop/login1',
          interface: 'org.freedesktop.login1.Manager',
          member,
          signature,
          body,
          autoStart: true,
        },
        deadlineMs,
      );
    } catch (error) {
      throw callError(what, error, 'logind');
    }
  }
}
