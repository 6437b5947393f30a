// The calls of systemd's manager that only ask and are answered, typed.

import { setTimeout as sleep } from 'node:timers/promises';
import { callError, isAway } from './bus-errors.ts';
import type { BusLink } from './bus-link.ts';
import { systemdErrors } from './errors.ts';
import type { CallOptions, UnitFileChange, UnitRow } from './model.ts';
import { unitObjectPath } from './object-path.ts';
import { replyFileChanges, replyList, replyRecord, replyString } from './reply.ts';
import { parseUnitName } from './unit-name.ts';

export const destination = 'org.freedesktop.systemd1';
export const managerPath = '/org/freedesktop/systemd1';
export const managerInterface = 'org.freedesktop.systemd1.Manager';
export const unitInterface = 'org.freedesktop.systemd1.Unit';
export const propertiesInterface = 'org.freedesktop.DBus.Properties';

export const defaultDeadlineMs = 25_000;
/** Reading all unit files again takes seconds on a large machine. */
const reloadDeadlineMs = 90_000;
/** While systemd re-executes it is away from the bus for about this long. */
const awayPauseMs = 50;

export interface Ask {
  /** What is tried, for the error's sentence. */
  readonly what: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly path?: string;
  readonly interface?: string;
  readonly deadlineMs?: number | undefined;
  /** It only reads, and may be asked again when the connection was lost meanwhile. */
  readonly repeatable?: boolean;
}

export abstract class ManagerCalls {
  protected abstract connection(): BusLink;

  async listUnits(patterns: readonly string[] = []): Promise<readonly UnitRow[]> {
    const [rows] = await this.ask({
      what: 'list its units',
      repeatable: true,
      ...(patterns.length === 0
        ? { member: 'ListUnits' }
        : { member: 'ListUnitsByPatterns', signature: 'asas', body: [[], patterns] }),
    });
    return replyList(rows).map(unitRow);
  }

  async listUnitsByNames(names: readonly string[]): Promise<readonly UnitRow[]> {
    return (await this.rowsByNames(names)).map(unitRow);
  }

  protected async rowsByNames(names: readonly string[]): Promise<readonly unknown[]> {
    const [rows] = await this.ask({
      what: `list ${names.length} units`,
      repeatable: true,
      member: 'ListUnitsByNames',
      signature: 'as',
      body: [names],
    });
    const list = replyList(rows);
    if (list.length === names.length) return list;
    throw systemdErrors.error(
      'bad-reply',
      `systemd answered ${list.length} units for ${names.length} names.`,
    );
  }

  async unitProperties(name: string): Promise<Readonly<Record<string, unknown>>> {
    const [properties] = await this.ask({
      what: `read the properties of ${name}`,
      repeatable: true,
      path: pathOf(name),
      interface: propertiesInterface,
      member: 'GetAll',
      signature: 's',
      body: [''],
    });
    return replyRecord(properties);
  }

  async unitProperty(name: string, property: string): Promise<unknown> {
    const path = pathOf(name);
    const type = parseUnitName(name)?.type ?? 'service';
    const typeInterface = `${destination}.${type.charAt(0).toUpperCase()}${type.slice(1)}`;
    const what = `read ${property} of ${name}`;
    try {
      return await this.#property(what, path, unitInterface, property);
    } catch (error) {
      if (!systemdErrors.is(error, 'refused')) throw error;
      return await this.#property(what, path, typeInterface, property);
    }
  }

  managerProperty(property: string): Promise<unknown> {
    return this.#property(`read its ${property}`, managerPath, managerInterface, property);
  }

  async #property(what: string, path: string, of: string, property: string): Promise<unknown> {
    const ask = {
      what,
      repeatable: true,
      path,
      interface: propertiesInterface,
      member: 'Get',
      signature: 'ss',
    };
    const [value] = await this.ask({ ...ask, body: [of, property] });
    return value;
  }

  async reload(options?: CallOptions): Promise<void> {
    const deadlineMs = options?.deadlineMs ?? reloadDeadlineMs;
    await this.ask({ what: 'reload its unit files', member: 'Reload', deadlineMs });
  }

  async resetFailed(unit: string): Promise<void> {
    await this.ask({ what: `reset ${unit}`, member: 'ResetFailedUnit', signature: 's', body: [unit] });
  }

  async killUnit(unit: string, who: 'main' | 'control' | 'all', signal: number): Promise<void> {
    const body = [unit, who, signal];
    await this.ask({ what: `send a signal to ${unit}`, member: 'KillUnit', signature: 'ssi', body });
  }

  linkUnitFiles(
    paths: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('link', 'LinkUnitFiles', paths, [runtime, force]);
  }

  enableUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('enable', 'EnableUnitFiles', files, [runtime, force]);
  }

  disableUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return this.#files('disable', 'DisableUnitFiles', files, [runtime]);
  }

  maskUnitFiles(
    files: readonly string[],
    runtime: boolean,
    force: boolean,
  ): Promise<readonly UnitFileChange[]> {
    return this.#files('mask', 'MaskUnitFiles', files, [runtime, force]);
  }

  unmaskUnitFiles(files: readonly string[], runtime: boolean): Promise<readonly UnitFileChange[]> {
    return this.#files('unmask', 'UnmaskUnitFiles', files, [runtime]);
  }

  async #files(
    verb: string,
    member: string,
    files: readonly string[],
    flags: readonly boolean[],
  ): Promise<readonly UnitFileChange[]> {
    const signature = `as${'b'.repeat(flags.length)}`;
    const answer = await this.ask({
      what: `${verb} ${files.join(', ')}`,
      member,
      signature,
      body: [files, ...flags],
    });
    // EnableUnitFiles answers first whether there was an [Install] section.
    return replyFileChanges(answer.at(-1));
  }

  async unitFileState(file: string): Promise<string> {
    const what = `tell the state of the file of ${file}`;
    const [state] = await this.ask({
      what,
      repeatable: true,
      member: 'GetUnitFileState',
      signature: 's',
      body: [file],
    });
    return replyString(state);
  }

  /** One call of the manager. Throws an error of this room that says what was tried. */
  protected async ask(ask: Ask): Promise<readonly unknown[]> {
    const link = this.connection();
    const deadlineMs = ask.deadlineMs ?? defaultDeadlineMs;
    const started = performance.now();
    const left = () => deadlineMs - (performance.now() - started);
    for (;;) {
      const call = {
        path: ask.path ?? managerPath,
        interface: ask.interface ?? managerInterface,
        member: ask.member,
        destination,
        ...(ask.signature === undefined ? {} : { signature: ask.signature, body: ask.body ?? [] }),
      };
      try {
        return await link.call(call, left());
      } catch (error) {
        const again = isAway(error) || (ask.repeatable === true && systemdErrors.is(error, 'disconnected'));
        if (!again || link.closed || left() <= awayPauseMs) throw callError(ask.what, error);
        await sleep(awayPauseMs);
      }
    }
  }
}

function pathOf(name: string): string {
  if (parseUnitName(name) !== undefined) return unitObjectPath(name);
  throw systemdErrors.error('unit-name', `${JSON.stringify(name)} is not the name of a unit.`);
}

export function unitRow(row: unknown): UnitRow {
  const fields = replyList(row);
  return {
    name: replyString(fields[0]),
    description: replyString(fields[1]),
    loadState: replyString(fields[2]),
    activeState: replyString(fields[3]),
    subState: replyString(fields[4]),
    path: replyString(fields[6]),
  };
}
