// A fleet 1.0 for tests: its API v1 with its habits, and behind it an engine and two agents that move one step
// with each request, as the ones of 1.0 did with each of their rounds.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePlacement } from '../../../src/fleet/placement.ts';
import { readOptions } from '../../../src/fleet/registry/records.ts';
import { unitHash } from '../../../src/fleet/unit-content.ts';
import type { UnitOption } from '../../../src/systemd/index.ts';

type Target = 'inactive' | 'loaded' | 'launched';
type Options = readonly UnitOption[];

interface Unit {
  readonly name: string;
  readonly options: Options;
  readonly hash: string;
  readonly global: boolean;
  desiredState: Target;
  machineID?: string | undefined;
}

/** What an agent has of a unit; `steps` counts since it was started. */
interface Held {
  readonly hash: string;
  reached: 'loaded' | 'launched';
  active: string;
  steps: number;
}

export interface OldFleetOptions {
  readonly machines: readonly { readonly id: string; readonly primaryIP?: string }[];
  /** How the process of a unit ends up. */
  readonly endsAs?: (name: string) => 'active' | 'failed' | 'inactive';
  /** Whether any machine takes the unit. */
  readonly fits?: (name: string) => boolean;
}

const pageSize = 100;

export class OldFleet implements AsyncDisposable {
  readonly units = new Map<string, Unit>();
  readonly asked: string[] = [];
  /** "start a.service m1", as systemd was asked. */
  readonly jobs: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'old-fleet-'));
  readonly path = join(this.folder, 'sock');
  unavailable = false;
  readonly #options: OldFleetOptions;
  readonly #agents: ReadonlyMap<string, Map<string, Held>>;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(options: OldFleetOptions) {
    this.#options = options;
    this.#agents = new Map(options.machines.map(({ id }) => [id, new Map()]));
  }

  static async start(options: OldFleetOptions): Promise<OldFleet> {
    const fleet = new OldFleet(options);
    await new Promise<void>((done) => fleet.#server.listen(fleet.path, done));
    return fleet;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    rmSync(this.folder, { recursive: true });
  }

  /** One round of the engine and of each agent. */
  #step(): void {
    const { fits = () => true } = this.#options;
    for (const unit of this.units.values()) {
      if (unit.global) continue;
      if (unit.desiredState === 'inactive') unit.machineID = undefined;
      else if (unit.machineID === undefined && fits(unit.name)) unit.machineID = this.#leastLoaded();
    }
    for (const [machine, held] of this.#agents) this.#round(machine, held);
  }

  #leastLoaded(): string {
    const load = (id: string) => [...this.units.values()].filter(({ machineID }) => machineID === id).length;
    const ids = [...this.#agents.keys()].sort((a, b) => load(a) - load(b) || (a < b ? -1 : 1));
    return ids[0] ?? '';
  }

  #round(machine: string, held: Map<string, Held>): void {
    const { endsAs = () => 'active' } = this.#options;
    for (const [name, own] of held) {
      const unit = this.units.get(name);
      const wanted = unit !== undefined && (unit.global || unit.machineID === machine);
      if (!wanted || unit.desiredState === 'inactive' || unit.hash !== own.hash) {
        this.jobs.push(`stop ${name} ${machine}`);
        held.delete(name);
      }
    }
    for (const unit of this.units.values()) {
      const { name, hash, desiredState } = unit;
      if (desiredState === 'inactive' || !(unit.global || unit.machineID === machine)) continue;
      const own = held.get(name);
      if (own === undefined) held.set(name, { hash, reached: 'loaded', active: 'inactive', steps: 0 });
      else if (own.reached === 'loaded' && desiredState === 'launched') {
        this.jobs.push(`start ${name} ${machine}`);
        Object.assign(own, { reached: 'launched', active: 'activating', steps: 0 });
      } else if (own.reached === 'launched' && desiredState === 'loaded') {
        this.jobs.push(`stop ${name} ${machine}`);
        Object.assign(own, { reached: 'loaded', active: 'inactive' });
      } else if (own.reached === 'launched' && ++own.steps === 2) own.active = endsAs(name);
    }
  }

  #current({ name, machineID = '' }: Unit): Target {
    return this.#agents.get(machineID)?.get(name)?.reached ?? 'inactive';
  }

  async #serve(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const method = request.method ?? '';
    let text = '';
    for await (const chunk of request) text += chunk;
    this.asked.push(`${method} ${pathname}`);
    this.#step();
    const send = (status: number, body?: unknown) => {
      if (!this.unavailable) response.setHeader('Server', 'fleetd/1.0.0');
      if (body !== undefined) response.setHeader('Content-Type', 'application/json');
      response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
    };
    const fail = (code: number, message: string) => send(code, { error: { code, message } });
    if (this.unavailable) return fail(503, 'fleet server unable to communicate with etcd');
    const [, base, collection = '', name] =
      /^\/(fleet\/v1|v1-alpha)\/(\w+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const unit = name === undefined ? undefined : decodeURIComponent(name);
    const page = (list: string, items: readonly unknown[]) =>
      send(200, pageOf(list, items, searchParams.get('nextPageToken')));
    if (base === undefined) return fail(pathname === '/' ? 405 : 404, '');
    if (collection === 'units' && unit !== undefined) {
      if (method === 'GET') return this.#get(unit, send, fail);
      if (method === 'DELETE') return this.units.delete(unit) ? send(204) : fail(404, 'unit does not exist');
      if (method === 'PUT') return this.#put(unit, text, request.headers['content-type'], send, fail);
      return fail(405, 'only GET, PUT and DELETE supported against this resource');
    }
    if (collection === 'machines' && unit === undefined && method === 'PATCH') return send(204);
    if (!['units', 'state', 'machines'].includes(collection)) return fail(404, '');
    if (method !== 'GET') return fail(405, 'only GET supported against this resource');
    if (collection === 'machines') return page('machines', this.#options.machines);
    if (collection === 'units') {
      // Of a global unit, which has no current state, a list says "inactive".
      const sorted = [...this.units.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return page(
        'units',
        sorted.map((one) => ({ ...this.#entity(one), currentState: this.#current(one) })),
      );
    }
    // One state that is not there: 1.0 crashes, and the connection is closed.
    if (unit !== undefined) {
      const [state] = this.#states().filter((one) => one.name === unit);
      return state === undefined ? void response.destroy() : send(200, state);
    }
    const [only, machine] = [searchParams.get('unitName'), searchParams.get('machineID')];
    const states = this.#states().filter(
      (one) => (only ?? one.name) === one.name && (machine ?? one.machineID) === one.machineID,
    );
    return page('states', states);
  }

  #entity({ name, options, desiredState, machineID }: Unit) {
    return { name, options, desiredState, ...(machineID === undefined ? {} : { machineID }) };
  }

  #states() {
    return [...this.#agents]
      .flatMap(([machineID, held]) =>
        [...held].map(([name, { hash, active, reached }]) => ({
          ...{ name, hash, machineID, systemdLoadState: 'loaded', systemdActiveState: active },
          systemdSubState: active === 'active' ? 'running' : reached === 'launched' ? active : 'dead',
        })),
      )
      .sort((a, b) => (`${a.name}\0${a.machineID}` < `${b.name}\0${b.machineID}` ? -1 : 1));
  }

  #get(name: string, send: Send, fail: Fail) {
    const unit = this.units.get(name);
    if (unit === undefined) fail(404, 'unit does not exist');
    else send(200, { ...this.#entity(unit), ...(unit.global ? {} : { currentState: this.#current(unit) }) });
  }

  #put(name: string, text: string, type: string | undefined, send: Send, fail: Fail) {
    if (type === undefined) return fail(415, 'expected 1 Content-Type, got 0');
    if (!/^application\/json($|;)/.test(type)) {
      return fail(415, 'only acceptable Content-Type is application/json');
    }
    const body = JSON.parse(text);
    if ((body.name ?? name) !== name) {
      return fail(400, `name in URL "${name}" differs from unit name in request body "${body.name}"`);
    }
    const known = this.units.get(name);
    const options = readOptions(body.options ?? []) ?? [];
    const hash = options.length === 0 ? known?.hash : unitHash(options);
    if (known === undefined && options.length === 0) {
      return fail(409, 'unit does not exist and options field empty');
    }
    if (known === undefined || hash !== known.hash) {
      const { global } = parsePlacement(options);
      const desiredState = body.desiredState ?? 'inactive';
      this.units.set(name, { name, options, hash: hash ?? '', global, desiredState });
      return send(201);
    }
    if (body.desiredState === undefined)
      return fail(409, 'must provide DesiredState to update existing unit');
    if (/@\.\w+$/.test(name) && body.desiredState !== 'inactive') {
      return fail(400, `cannot activate template "${name}"`);
    }
    known.desiredState = body.desiredState;
    send(204);
  }
}

type Send = (status: number, body?: unknown) => void;
type Fail = (code: number, message: string) => void;

/** A page as 1.0 cuts it: what is empty is left out, and a full last page is followed by an empty one. */
function pageOf(list: string, items: readonly unknown[], token: string | null): object {
  const number = token === null ? 1 : Buffer.from(token, 'base64url').readUInt16LE(2);
  const own = items.slice((number - 1) * pageSize, number * pageSize);
  const next = Buffer.alloc(4);
  next.writeUInt16LE(pageSize, 0);
  next.writeUInt16LE(number + 1, 2);
  // With padding, as Go writes it.
  const nextPageToken = next.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return {
    ...(own.length === 0 ? {} : { [list]: own }),
    ...(own.length === pageSize ? { nextPageToken } : {}),
  };
}
