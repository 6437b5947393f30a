// The boot without the store: the copy of the schedule that is kept for it, and what is started from that.

import type { Clock } from '../../host/index.ts';
import type { Files } from '../files.ts';
import type { Log } from '../log.ts';
import type { Contents } from './contents.ts';
import { type CutOffOptions, type CutOffReport, untilCutOff } from './cut-off-start.ts';
import type { Known } from './known.ts';
import { LocalCopy } from './local-copy.ts';
import type { ScheduleCopy } from './schedule-copy.ts';

export interface BootFromCopyOptions {
  readonly cutOff: CutOffOptions;
  readonly machineID: string;
  readonly known: Known;
  readonly contents: Contents;
  /** Whether what is wanted is what the store says. */
  readonly isTold: () => boolean;
  /** Something is wanted of the unit. */
  readonly attend: (name: string) => void;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class BootFromCopy {
  readonly #options: BootFromCopyOptions;
  /** To be marked when what is wanted or here has changed. */
  readonly copy: LocalCopy;
  #copied: ScheduleCopy | undefined;
  #report: CutOffReport | undefined;

  constructor(options: BootFromCopyOptions) {
    const { cutOff, known, contents, isTold } = options;
    this.#options = options;
    this.copy = new LocalCopy({
      ...options,
      path: cutOff.copyFile,
      date: cutOff.date,
      assignments: () =>
        isTold()
          ? [...known.wanted.values()].filter(({ unit, hash }) => known.held.get(unit)?.hash === hash)
          : undefined,
      finished: () => [...known.held].flatMap(([name, { finished }]) => (finished === true ? [name] : [])),
      content: async (hash) => (await contents.get(hash))?.value,
    });
  }

  /** What units are started from while the store has not spoken. */
  get copied(): Pick<ScheduleCopy, 'contents' | 'finished'> | undefined {
    return this.#copied;
  }

  /** What was started without the store, while it is still away. */
  get report(): CutOffReport | undefined {
    return this.#report;
  }

  /** Starts what the machine had, unless the store lets it join before it has waited for that. */
  async run(joined: Promise<void>): Promise<void> {
    const { cutOff, known, attend, clock, log, signal } = this.#options;
    const found = await untilCutOff(cutOff, this.copy, joined, clock, signal);
    if (found === undefined) return;
    const { copy, start, wait } = found;
    this.#copied = copy;
    for (const assignment of start) known.wanted.set(assignment.unit, assignment);
    const started = start.map(({ unit }) => unit);
    this.#report = { confirmedAt: copy.confirmedAt, started, waiting: wait };
    const many = `${start.length} ${start.length === 1 ? 'unit' : 'units'}`;
    log.warn({}, `The store is away: ${many} of the local copy of ${copy.confirmedAt} are started.`);
    for (const { name, reason } of wait) log.warn({ unit: name }, reason);
    for (const name of started) attend(name);
  }

  /** The store has spoken. */
  end(): void {
    this.#copied = undefined;
    this.#report = undefined;
  }
}
