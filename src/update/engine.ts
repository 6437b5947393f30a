// The update engine: does what `state.ts` and its pure neighbours decide, one thing at a time.
//
// INVARIANTS
// - What a restart has to know is on the disk before the next step begins.
// - Nothing is downloaded while the running slot is not blessed, and nothing but the payload touches a slot.
// - Whatever ends without an update leaves a reason, and the next check is due all the same.

import { pause } from '../host/index.ts';
import type { EventRequest } from '../omaha/index.ts';
import { afterBoot } from './after-boot.ts';
import { ask, failedInSlots } from './ask.ts';
import { type CheckOutcome, firstWait, nextWait, type Wait, waitSeconds } from './cadence.ts';
import { updateErrors } from './errors.ts';
import { install } from './install.ts';
import type { EngineDetail, FailedVersion, StatusReport, Wish } from './model.ts';
import { type EnginePorts, type Look, lookAround } from './ports.ts';
import { isWorthTelling, type Told } from './progress-signal.ts';
import { eventOf, ping, tell } from './server/server.ts';
import { flagsOf, rebootEvent, settle } from './settle.ts';
import { canReset, type EngineAction, type EngineEvent, type EngineState, idle, next } from './state.ts';

const blessingPollMs = 15_000;
const unforeseen = 1;
/** So long the server has to hear what is under way when the engine stops. */
const lastWordsMs = 5_000;

export class Engine implements AsyncDisposable {
  readonly #ports: EnginePorts;
  readonly #stop = new AbortController();
  readonly #works = new Set<Promise<void>>();
  #state: EngineState = idle;
  #told: Told | undefined;
  #wait: Wait = firstWait;
  /** The wait before the last check, and what that came to. */
  #asked: { readonly before: Wait; readonly outcome: CheckOutcome } = { before: firstWait, outcome: {} };
  #cancelTimer: () => void = () => {};
  /** On the clock that nobody sets. */
  #dueMs: number | undefined;
  #telling: Promise<unknown> = Promise.resolve();
  /** Ends what is being told, some time after all else was ended. */
  readonly #silence = new AbortController();
  #last: Look | undefined;
  #failed: readonly FailedVersion[] = [];

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Looks at what became of the last update, and lets the first check be due. */
  async start(): Promise<void> {
    const { prefs, records, log } = this.#ports;
    const look = await this.#look();
    if ((await prefs.get('aleph-version')) === undefined) await prefs.note('aleph-version', look.version);
    const { bootId } = look.facts;
    const found = afterBoot(await records.pending(), { bootId, version: look.version, slots: look.slots });
    const { waiting, reason, code, failed } = await settle(this.#ports, found, look);
    this.#failed = withFailed(await records.failed(), failed);
    const { serverProblem } = look.settings;
    if (serverProblem !== undefined) log.info({}, serverProblem);
    this.#state = { ...this.#state, reason: reason ?? serverProblem ?? '', lastCode: code ?? 0 };
    if (waiting !== undefined) this.#dispatch({ kind: 'still-pending', version: waiting });
    this.#schedule();
    this.#run('tell the server of the last reboot', () => this.#afterBlessing(look));
  }

  /** Asks for a check now. Nothing happens while one is under way. */
  attempt(wish: Wish): void {
    this.#dispatch({ kind: 'check', wish });
  }

  /** Forgets the update that waits for the reboot; its slot stays as it is. Throws `update.busy`. */
  async reset(): Promise<void> {
    const { operation } = this.#state;
    if (!canReset(this.#state)) {
      throw updateErrors.error('busy', `The status cannot be reset while it is ${operation}.`, {
        hint: 'Wait until it is UPDATE_STATUS_IDLE or UPDATE_STATUS_UPDATED_NEED_REBOOT.',
      });
    }
    if (operation !== 'UPDATE_STATUS_UPDATED_NEED_REBOOT') return;
    // Off the disk first: after a kill in between it is not there again.
    await this.#ports.records.setPending(undefined);
    await this.#ports.marks.clear();
    this.#dispatch({ kind: 'reset' });
  }

  /** Lets a version that failed be installed again. False when none of that name failed. */
  async forget(version: string): Promise<boolean> {
    const { records } = this.#ports;
    const { slots } = await this.#look();
    const known = await records.forgetFailed(version);
    // The slots keep a memory of their own.
    const forgotten = known || failedInSlots(slots).includes(version);
    if (forgotten) await records.letIn(version);
    // Its download counted as one attempt, after which the same offer would have to wait for a day.
    if (forgotten) await this.#ports.prefs.delete('current-response-signature');
    this.#failed = await this.#ports.records.failed();
    return forgotten;
  }

  status(): StatusReport {
    const { lastCheckedS, progress, operation, newVersion, newSize } = this.#state;
    return { lastCheckedS, progress, operation, newVersion, newSize };
  }

  detail(): EngineDetail {
    const { reason, lastCode } = this.#state;
    return {
      ...{ version: this.#last?.version ?? '0.0.0', group: this.#last?.settings.group ?? '' },
      ...{ server: this.#last?.settings.server ?? '', reason, lastCode },
      ...{ nextCheckS: this.#nextCheckS(), runningSlot: this.#last?.runningSlot ?? 'none' },
      failedVersions: this.#failed,
    };
  }

  /** Reads the configuration again. What is under way goes on with what it began with. */
  async reload(): Promise<void> {
    const { settings } = await this.#look();
    if (this.#state.operation !== 'UPDATE_STATUS_IDLE') return;
    this.#state = { ...this.#state, reason: settings.serverProblem ?? '' };
  }

  /** Ends what is under way; a download keeps what it needs to go on with. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(updateErrors.error('interrupted', 'The update engine stops.'));
    this.#cancelTimer();
    while (this.#works.size > 0) await Promise.allSettled([...this.#works]);
    // Whoever reboots as soon as an update is installed stops us before the server has heard of it.
    const late = setTimeout(() => this.#silence.abort(), lastWordsMs);
    await this.#telling;
    clearTimeout(late);
  }

  #dispatch(event: EngineEvent): void {
    const before = this.#state;
    const { state, actions } = next(before, event);
    this.#state = state;
    this.#announce(before);
    for (const action of actions) this.#begin(action);
  }

  #announce(before: EngineState): void {
    const { operation, progress } = this.#state;
    const atMs = this.#ports.clock.now();
    const moves = operation === 'UPDATE_STATUS_DOWNLOADING' && isWorthTelling(this.#told, progress, atMs);
    if (before.operation === operation && !moves) return;
    this.#told = { progress, atMs };
    this.#ports.announce(this.status());
  }

  #begin(action: EngineAction): void {
    switch (action.kind) {
      case 'check':
        this.#run('check', () => this.#check(action.wish));
        break;
      case 'ping':
        this.#run('ping', () => this.#ping());
        break;
      case 'apply':
        this.#run('install', () => this.#install(action));
        break;
      case 'report':
        this.#report(action);
        break;
      case 'keep-pending':
        this.#run('mark the update', () => this.#ports.marks.set(action.version));
        break;
      case 'schedule':
        this.#schedule();
    }
  }

  /** Does it beside; what it throws that nobody foresaw ends the attempt, not the engine. */
  #run(what: string, work: () => Promise<void>): void {
    const run = async () => {
      try {
        await work();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const reason = `The engine could not ${what}: ${error instanceof Error ? error.message : String(error)}`;
        this.#ports.log.error({ err: error }, reason);
        // Whichever of them belongs to what was under way.
        this.#dispatch({ kind: 'check-failed', code: unforeseen, reason });
        this.#dispatch({ kind: 'apply-failed', code: unforeseen, reason });
      }
    };
    const promise = run().finally(() => this.#works.delete(promise));
    this.#works.add(promise);
  }

  /** Also right after the date was set. */
  #nextCheckS(): number {
    if (this.#dueMs === undefined) return 0;
    const { clock, date } = this.#ports;
    return Math.round((date() + Math.max(0, this.#dueMs - clock.now())) / 1000);
  }

  #schedule(): void {
    const { clock } = this.#ports;
    this.#cancelTimer();
    this.#dueMs = undefined;
    if (this.#stop.signal.aborted || this.#last?.facts.noUpdate === true) return;
    const seconds = waitSeconds(this.#wait, clock.random ?? Math.random);
    this.#dueMs = clock.now() + seconds * 1000;
    this.#cancelTimer = clock.after(seconds * 1000, () => {
      this.#run('look at its configuration', () => this.#due());
    });
  }

  /** The timer: as long as updates are off, it only looks whether they still are. */
  async #due(): Promise<void> {
    const { settings } = await this.#look();
    if (settings.server !== undefined) return this.attempt({ interactive: false, force: false });
    this.#wait = nextWait(this.#wait, {});
    this.#schedule();
  }

  async #look(): Promise<Look> {
    this.#last = await lookAround(this.#ports);
    return this.#last;
  }

  /** Waits until the running slot is blessed, then tells the server how the reboot went. */
  async #afterBlessing(first: Look): Promise<void> {
    const { clock, prefs, records, log } = this.#ports;
    let look = first;
    const cameBack = async () => (await prefs.get('previous-version')) === look.version;
    while (look.runningSlot === 'on-trial' && !(await cameBack())) {
      await pause(clock, blessingPollMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      look = await this.#look();
    }
    const previous = await prefs.get('previous-version');
    const waits = this.#state.operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
    if ((await records.pending())?.version === look.version) {
      await records
        .setPending(undefined)
        .catch((error: unknown) =>
          log.warn({ err: error }, 'The note of the update could not be taken away.'),
        );
      log.info({}, `Version ${look.version} is blessed; ${previous} ran before.`);
    }
    if (waits || previous === undefined || previous === '') return;
    if (await this.#tell(rebootEvent(previous, look), look)) await prefs.note('previous-version', '');
  }

  async #check(wish: Wish): Promise<void> {
    const asked = await ask(this.#ports, await this.#look(), wish, this.#failed, this.#stop.signal);
    this.#asked = { before: this.#wait, outcome: asked.outcome };
    this.#wait = nextWait(this.#wait, asked.outcome);
    this.#dispatch(asked.event);
  }

  async #install(wanted: Extract<EngineAction, { kind: 'apply' }>): Promise<void> {
    const look = this.#last ?? (await this.#look());
    const dispatch = (event: EngineEvent) => this.#dispatch(event);
    const ended = await install(this.#ports, look, wanted, dispatch, this.#stop.signal);
    // Trouble of the mirror makes the next check later, as trouble of the server does.
    if (ended.kind === 'apply-failed' && ended.code >= 2000) {
      const { before, outcome } = this.#asked;
      this.#wait = nextWait(before, { ...outcome, httpStatus: ended.code - 2000 });
    }
    this.#dispatch(ended);
    // Somebody wanted it in spite of that: it has its chance.
    if (ended.kind === 'applied') await this.forget(wanted.offer.version);
  }

  async #ping(): Promise<void> {
    const look = await this.#look();
    const { server } = look.settings;
    if (server !== undefined) await ping(this.#ports.post, server, look, this.#stop.signal);
    // What a ping is answered with changes nothing: the wait that a server asked for goes on.
    if (this.#wait === firstWait) this.#wait = nextWait(this.#wait, {});
    this.#dispatch({ kind: 'pinged' });
  }

  /** Tells the server, one event after another; nothing but the end of a failed attempt waits for that. */
  #report({ type, result, code, resumed = false }: Extract<EngineAction, { kind: 'report' }>): void {
    const look = this.#last;
    const event = look && eventOf(type, result, code, flagsOf(look.settings, resumed));
    this.#telling = this.#telling.then(async () => {
      if (look !== undefined && event !== undefined) await this.#tell(event, look, this.#silence.signal);
      if (result !== 1) this.#dispatch({ kind: 'reported' });
    });
  }

  /** Best effort: whether anybody heard it. */
  async #tell(event: EventRequest, look: Look, signal = this.#stop.signal): Promise<boolean> {
    const { server } = look.settings;
    if (server === undefined) return false;
    return await tell(this.#ports.post, server, look, event, signal);
  }
}

/** The versions that failed, with one that is only known in memory. */
function withFailed(
  written: readonly FailedVersion[],
  failed: FailedVersion | undefined,
): readonly FailedVersion[] {
  if (failed === undefined || written.some(({ version }) => version === failed.version)) return written;
  return [...written, failed];
}
