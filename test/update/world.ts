// A world for the engine: a clock of its own, a server of scripted answers, a payload that does as it is told, slots
// that are data. The memory is in real files.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SlotInfo, SlotStatus } from '../../src/disk/index.ts';
import { type OmahaRequest, readRequest, writeResponse } from '../../src/omaha/index.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { readSettings } from '../../src/update/config/settings.ts';
import { Engine } from '../../src/update/engine.ts';
import { fileMarks } from '../../src/update/marks.ts';
import { operations, type StatusReport } from '../../src/update/model.ts';
import type { PayloadJob } from '../../src/update/payload-port.ts';
import { openPrefs } from '../../src/update/prefs/prefs.ts';
import { openRecords } from '../../src/update/prefs/records.ts';
import type { ServerAnswer } from '../../src/update/server/exchange.ts';

export const appId = '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}';
export const startMs = Date.UTC(2026, 10, 22);
const minuteMs = 60_000;

/** An error with the code that the payload has for it. */
export class Failure extends Error {
  readonly code: number;

  constructor(code: number, message = `Failed with ${code}.`) {
    super(message);
    this.code = code;
  }
}

export interface OfferFields {
  readonly version?: string;
  readonly codebases?: readonly string[];
  readonly packageName?: string;
  readonly pollInterval?: number;
  readonly disablePayloadBackoff?: boolean;
  readonly maxFailureCountPerUrl?: number;
}

/** An answer that offers a version. */
export function offerAnswer(fields: OfferFields = {}): ServerAnswer {
  const body = writeResponse({
    protocol: '3.0',
    server: 'test',
    apps: [
      {
        appId,
        status: 'ok',
        events: [],
        updateCheck: {
          status: 'ok',
          pollIntervalSeconds: fields.pollInterval,
          urls: fields.codebases ?? ['https://one.example/'],
          manifests: [
            {
              version: fields.version ?? '2.0.0',
              packages: [{ name: fields.packageName ?? 'manifest.json', size: 4096, required: true }],
              actions: [
                {
                  event: 'postinstall',
                  sha256: createHash('sha256')
                    .update(fields.version ?? '2.0.0')
                    .digest('base64'),
                  disablePayloadBackoff: fields.disablePayloadBackoff,
                  maxFailureCountPerUrl: fields.maxFailureCountPerUrl,
                },
              ],
            },
          ],
        },
      },
    ],
  });
  return { status: 200, body: Buffer.from(body) };
}

/** An answer that has nothing new. */
export function noUpdate(fields: { pollInterval?: number; reason?: string } = {}): ServerAnswer {
  const updateCheck = {
    ...{ status: 'noupdate', urls: [], manifests: [] },
    ...{ pollIntervalSeconds: fields.pollInterval, reason: fields.reason },
  };
  const body = writeResponse({
    protocol: '3.0',
    server: 'test',
    apps: [{ appId, status: 'ok', events: [], updateCheck }],
  });
  return { status: 200, body: Buffer.from(body) };
}

export const httpStatus = (status: number): ServerAnswer => ({ status, body: Buffer.alloc(0) });

const info = (fields: Partial<SlotInfo>): SlotInfo => ({
  ...{ slot: 'A', state: 'good', running: false, next: false, version: undefined },
  ...{ rootHash: undefined, triesLeft: undefined, triesDone: 0, problem: undefined },
  ...fields,
});

/** Slots: what runs in A, what is in B. */
export function slotsOf(
  running: Partial<SlotInfo>,
  other: Partial<SlotInfo> = { state: 'empty' },
): SlotStatus {
  return {
    ...{ loader: 'systemd-boot', running: 'A', next: 'A', failed: [], problems: [] },
    slots: [info({ slot: 'A', running: true, ...running }), info({ slot: 'B', ...other })],
  };
}

/** Version 2 runs and is blessed; beside it what ran before. */
export const blessed = slotsOf({ version: '2.0.0' }, { version: '1.0.0', state: 'good' });
/** Version 2 runs and has not shown its health yet. */
export const onTrial = slotsOf(
  { version: '2.0.0', state: 'trial', triesLeft: 2, triesDone: 1 },
  { version: '1.0.0' },
);
/** Version 1 runs, and version 2 has used up its tries. */
export const cameBack = slotsOf(
  { version: '1.0.0' },
  { version: '2.0.0', state: 'failed', triesLeft: 0, triesDone: 3 },
);
/** Goes with every code: the server is not the one of the image. */
export const flag = 1 << 28;

/** What the server was told, a line each: `check`, `ping`, `event 3/0/44`, `check + 3/2 previous=1.0.0`. */
export function lineOf(request: OmahaRequest): string {
  const [app] = request.apps;
  assert.ok(app !== undefined);
  const events = app.events.map(({ type, result, errorCode, previousVersion }) => {
    const code = errorCode === undefined ? '' : `/${errorCode}`;
    return `${type}/${result}${code}${previousVersion === undefined ? '' : ` previous=${previousVersion}`}`;
  });
  const asked = app.updateCheck !== undefined ? 'check' : app.ping !== undefined ? 'ping' : 'event';
  return [asked, ...events].join(asked === 'event' ? ' ' : ' + ');
}

export class World {
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly said: string[] = [];
  readonly requests: OmahaRequest[] = [];
  /** Virtual minutes at which checks came. */
  readonly checkedAt: number[] = [];
  readonly statuses: StatusReport[] = [];
  readonly logged: string[] = [];
  readonly jobs: PayloadJob[] = [];
  config = 'SERVER=https://updates.example/v1/update/\n';
  version = '1.0.0';
  bootId = 'boot-1';
  noUpdate = false;
  /** How far somebody has set the date; the clock that measures goes on. */
  dateShiftMs = 0;
  slots: SlotStatus | undefined = slotsOf({ version: '1.0.0' });
  /** The answer to a check. */
  answer: (request: OmahaRequest) => ServerAnswer | Promise<ServerAnswer> = () => noUpdate();
  /** What the payload does. */
  apply: (job: PayloadJob) => Promise<void> = async (job) => {
    job.onProgress(0.5);
    job.onVerifying();
    await job.onDownloaded();
  };
  reachable = true;
  /** Nothing that is sent arrives before. */
  hold: Promise<void> = Promise.resolve();
  #engine: Engine | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    let seed = 12_345;
    this.clock = new VirtualClock(() => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    });
  }

  static async make(context: TestContext): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'update-world-'));
    const world = new World(folder);
    context.after(async () => {
      await world.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    return world;
  }

  get engine(): Engine {
    assert.ok(this.#engine !== undefined, 'no engine was started');
    return this.#engine;
  }

  /** States in their order, without repetitions and without the first half of their names. */
  get course(): string[] {
    const names = this.statuses.map(({ operation }) => operation.replace('UPDATE_STATUS_', ''));
    return names.filter((name, index) => name !== names[index - 1]);
  }

  readonly prefs = () => openPrefs(join(this.folder, 'prefs'), (sentence) => this.logged.push(sentence));
  readonly records = () => openRecords(this.folder, (sentence) => this.logged.push(sentence));
  readonly marks = () =>
    fileMarks({
      completed: join(this.folder, 'completed'),
      rebootRequired: join(this.folder, 'reboot-required'),
    });

  async start(): Promise<Engine> {
    await this.stop();
    const log = (level: string) => (_fields: object, message: string) => {
      this.logged.push(`${level} ${message}`);
    };
    const engine = new Engine({
      clock: this.clock,
      date: () => startMs + this.clock.now() + this.dateShiftMs,
      config: async () => readSettings({ '/etc/coreos/update.conf': this.config }),
      facts: async () => ({
        ...{
          machineId: 'abce671d61774703ac7be60715220bfe',
          bootId: this.bootId,
          oem: 'ami',
          oemVersion: '1',
        },
        ...{ architecture: 'x86_64', noUpdate: this.noUpdate },
      }),
      slots: async () => this.slots,
      post: async (_url, document, signal) => {
        signal.throwIfAborted();
        await this.hold;
        signal.throwIfAborted();
        const request = readRequest(document);
        this.requests.push(request);
        this.said.push(lineOf(request));
        if (!this.reachable) throw new Error('The update server cannot be reached.');
        if (request.apps[0]?.updateCheck === undefined) return noUpdate();
        this.checkedAt.push(Math.round(this.clock.now() / minuteMs));
        return await this.answer(request);
      },
      payload: {
        apply: async (job) => {
          this.jobs.push(job);
          await this.apply(job);
        },
        codeOf: (error) => (error instanceof Failure ? error.code : 1),
      },
      prefs: await this.prefs(),
      records: this.records(),
      marks: this.marks(),
      announce: (status) => {
        assert.ok(operations.includes(status.operation));
        this.statuses.push(status);
      },
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    });
    this.#engine = engine;
    await engine.start();
    await this.clock.pass(0);
    return engine;
  }

  async stop(): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]();
    this.#engine = undefined;
  }

  /** The next boot: another boot id, and the marks of /run are gone. */
  async reboot(version: string, slots: SlotStatus | undefined): Promise<Engine> {
    await this.stop();
    this.bootId = `boot-${Number(this.bootId.slice(5)) + 1}`;
    this.version = version;
    this.slots = slots;
    await this.marks().clear();
    this.said.length = 0;
    this.statuses.length = 0;
    return await this.start();
  }

  /** Asks for a check now, and lets everything happen that follows at once. */
  async attempt(force = false): Promise<void> {
    this.engine.attempt({ interactive: true, force });
    await this.clock.pass(1000);
  }

  async minutes(count: number): Promise<void> {
    await this.clock.pass(count * minuteMs);
  }
}
