// What locksmithd tells of itself, said once: to the journal, to the coordinator's file and to `locksmithctl why`.

import type { CoordinatorState } from './coordinator.ts';
import type { Decision } from './decide.ts';
import type { Log } from './log.ts';
import type { DaemonState } from './run-files.ts';

export interface TellerParts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly strategy: string;
  readonly coordinate: (state: CoordinatorState) => Promise<void>;
  readonly tell: (state: Omit<DaemonState, 'windows'>) => void;
  readonly log: Log;
}

type News = Pick<DaemonState, 'phase' | 'reason' | 'waitsFor' | 'until' | 'lock'>;

export class Teller {
  readonly #parts: TellerParts;
  #told = '';
  #phase = { name: '', since: '' };

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** That it waits, and for what; `due` is why the machine has to reboot, if it has to. */
  async waits(decision: Extract<Decision, { kind: 'wait' }>, due: string | undefined): Promise<void> {
    const { coordinate, log } = this.#parts;
    const { phase, text, untilMs, lockText } = decision;
    const changed = this.#say({
      phase,
      ...(due === undefined ? {} : { reason: due }),
      ...(text === '' ? {} : { waitsFor: text }),
      ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
      ...(lockText === undefined ? {} : { lock: lockText }),
    });
    if (!changed) return;
    if (text !== '' || lockText !== undefined) {
      log(
        'info',
        [due === undefined ? '' : `A reboot is due: ${due}.`, text, lockText ?? ''].filter(Boolean).join(' '),
      );
    }
    await coordinate(due === undefined ? 'running' : 'reboot-planned');
  }

  async prepares(reason: string): Promise<void> {
    this.#say({ phase: 'preparing', reason });
    await this.#parts.coordinate('reboot-planned');
  }

  async reboots(reason: string): Promise<void> {
    this.#say({ phase: 'rebooting', reason });
    await this.#parts.coordinate('rebooting');
  }

  /** Whether that is news. */
  #say(state: News): boolean {
    const { until: _, ...lasting } = state;
    const key = JSON.stringify(lasting);
    if (key === this.#told) return false;
    this.#told = key;
    if (state.phase !== this.#phase.name) {
      this.#phase = { name: state.phase, since: new Date(this.#parts.now()).toISOString() };
    }
    this.#parts.tell({ ...state, since: this.#phase.since, strategy: this.#parts.strategy });
    return true;
  }
}
