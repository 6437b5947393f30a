// The API as an OpenAPI document: served at /fleet/v2/openapi.json, and kept in docs/reference.

import { listOf, ref, schemas, shape } from './openapi-schemas.ts';

const text = { type: 'string' };

interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly query?: readonly string[];
  readonly body?: object;
  /** The schema of each success, undefined for one without a body. */
  readonly answers: Readonly<Record<number, object | undefined>>;
  /** Of errors, besides those that anything can have. */
  readonly errors?: readonly number[];
  /** Lines of JSON in place of one value. */
  readonly lines?: boolean;
  readonly plain?: boolean;
}

const queries: Readonly<Record<string, object>> = {
  name: { schema: listOf(text), description: 'Names of units, or patterns such as web@*; any of them.' },
  machine: { schema: listOf(text), description: 'IDs of machines, or how they begin; any of them.' },
  desired: { schema: listOf(text), description: 'Desired states; any of them.' },
  active: { schema: listOf(text), description: "systemd's active states; any of them." },
  metadata: { schema: listOf(text), description: 'KEY=VALUE or KEY=A|B, of the machine; all of them.' },
  since: { schema: { type: 'integer' }, description: 'Tell only what changed after this revision.' },
  dryRun: { schema: { type: 'string', enum: ['0', '1'] }, description: '1: change nothing, tell the plan.' },
  nextPageToken: { schema: text },
  unitName: { schema: text },
  machineID: { schema: text },
};

const errorWords: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the message says how.',
  403: 'The socket is read-only, or the client certificate may not use it.',
  404: 'There is no such thing.',
  409: 'It does not fit what exists.',
  410: 'The store does not know what changed since then; ask without since.',
  413: 'The body is too large.',
  415: 'The body is not declared as JSON.',
  417: 'An expectation other than 100-continue.',
  500: 'A fault of fleetd; its journal says more.',
  503: 'fleetd is not registered, or the store is away.',
  507: 'The store is full.',
};
const anywhere = [400, 403, 413, 417, 500, 503, 507];

const units = ['name', 'machine', 'desired', 'active', 'metadata'];
const changes = (key: string, item: object) => shape({ [key]: listOf(item) });

/** Paths, each with its methods. */
const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/fleet/v1/discovery': {
    get: {
      id: 'v1Discovery',
      summary: 'API v1 in Google’s discovery format',
      answers: { 200: { type: 'object' } },
    },
  },
  '/fleet/v1/units': {
    get: {
      ...{ id: 'v1ListUnits', summary: 'A page of units', query: ['nextPageToken'] },
      answers: { 200: ref('V1UnitPage') },
    },
  },
  '/fleet/v1/units/{name}': {
    get: { id: 'v1GetUnit', summary: 'A unit', answers: { 200: ref('V1Unit') }, errors: [404] },
    put: {
      ...{ id: 'v1SetUnit', summary: 'Create a unit, replace its content, or set its desired state' },
      body: shape({ 'name?': text, 'options?': listOf(ref('UnitOption')), 'desiredState?': text }),
      ...{ answers: { 201: undefined, 204: undefined }, errors: [404, 409, 415] },
    },
    delete: {
      id: 'v1DeleteUnit',
      summary: 'Destroy a unit',
      answers: { 204: undefined },
      errors: [404, 409],
    },
  },
  '/fleet/v1/state': {
    get: {
      ...{
        id: 'v1ListStates',
        summary: 'A page of states',
        query: ['nextPageToken', 'unitName', 'machineID'],
      },
      answers: { 200: ref('V1UnitStatePage') },
    },
  },
  '/fleet/v1/state/{name}': {
    get: {
      id: 'v1GetState',
      summary: 'The state of a unit',
      answers: { 200: ref('V1UnitState') },
      errors: [404],
    },
  },
  '/fleet/v1/machines': {
    get: {
      ...{ id: 'v1ListMachines', summary: 'A page of machines', query: ['nextPageToken'] },
      answers: { 200: ref('V1MachinePage') },
    },
    patch: {
      ...{ id: 'v1PatchMachines', summary: 'Change metadata of machines' },
      ...{ body: listOf(ref('MetadataOperation')), answers: { 204: undefined } },
    },
  },
  '/fleet/v2/units': {
    get: {
      ...{ id: 'listUnits', summary: 'Units, each with all that is known of it', query: units },
      answers: { 200: shape({ revision: { type: 'integer' }, units: listOf(ref('UnitStatus')) }) },
    },
    post: {
      ...{ id: 'changeUnits', summary: 'Create and change units', query: ['dryRun'] },
      body: changes('units', ref('UnitRequest')),
      ...{ answers: { 200: ref('Results') }, errors: [409] },
    },
    delete: {
      ...{ id: 'destroyUnits', summary: 'Destroy units', query: ['name', 'dryRun'] },
      ...{ answers: { 200: ref('Results') }, errors: [409] },
    },
  },
  '/fleet/v2/units/{name}/content': {
    get: {
      id: 'unitContent',
      summary: 'What a unit is made of',
      answers: { 200: ref('UnitContent') },
      errors: [404],
    },
  },
  '/fleet/v2/units/{name}/why': {
    get: {
      ...{ id: 'whyUnit', summary: 'Why a unit is on each machine or not', answers: { 200: ref('Why') } },
      errors: [404],
    },
  },
  '/fleet/v2/states': {
    get: {
      ...{ id: 'listStates', summary: 'States of units', query: ['name', 'machine', 'active', 'metadata'] },
      answers: { 200: shape({ revision: { type: 'integer' }, states: listOf(ref('UnitState')) }) },
    },
  },
  '/fleet/v2/restart': {
    post: {
      ...{ id: 'restartUnits', summary: 'Restart units where they are', query: ['dryRun'] },
      body: changes('units', ref('RestartRequest')),
      ...{ answers: { 200: ref('Results') }, errors: [409] },
    },
  },
  '/fleet/v2/events': {
    get: {
      ...{
        id: 'events',
        summary: 'What is, or what changed since; then each change',
        query: [...units, 'since'],
      },
      ...{ answers: { 200: ref('Event') }, lines: true, errors: [410] },
    },
  },
  '/fleet/v2/machines': {
    get: {
      ...{ id: 'listMachines', summary: 'Machines', query: ['machine', 'metadata'] },
      answers: { 200: ref('Machines') },
    },
  },
  '/fleet/v2/machines/{id}': {
    delete: {
      ...{ id: 'forgetMachine', summary: 'Give up a machine that is away', query: ['dryRun'] },
      ...{ answers: { 200: ref('Plan'), 204: undefined }, errors: [404, 409] },
    },
  },
  '/fleet/v2/machines/{id}/drain': {
    put: {
      ...{ id: 'drainMachine', summary: 'Empty a machine, and let none come', query: ['dryRun'] },
      body: shape({ 'reason?': text, 'force?': { type: 'boolean' } }),
      ...{ answers: { 200: ref('DrainPlan') }, errors: [404] },
    },
    delete: {
      ...{ id: 'undrainMachine', summary: 'Let units come again', query: ['dryRun'] },
      ...{ answers: { 200: ref('Plan'), 204: undefined }, errors: [404] },
    },
  },
  '/fleet/v2/rebalance': {
    post: {
      ...{ id: 'rebalance', summary: 'Even the machines out, once', query: ['dryRun'] },
      answers: { 200: ref('Moves') },
    },
  },
  '/fleet/v2/status': {
    get: { id: 'status', summary: 'This daemon', answers: { 200: ref('DaemonStatus') } },
  },
  '/fleet/v2/local': {
    get: {
      ...{ id: 'local', summary: 'This daemon and the units of its machine, also without the store' },
      answers: { 200: { allOf: [ref('DaemonStatus'), shape({ units: listOf(ref('UnitState')) })] } },
    },
  },
  '/fleet/v2/openapi.json': {
    get: { id: 'openapi', summary: 'This document', answers: { 200: { type: 'object' } } },
  },
  '/metrics': {
    get: { id: 'metrics', summary: 'Metrics for Prometheus', answers: { 200: text }, plain: true },
  },
};

/** The document, OpenAPI 3.1. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'fleet',
      version: '2',
      description: 'The API of fleetd. /v1-alpha is the same as /fleet/v1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [method, describe(path, operation)]),
        ),
      ]),
    ),
    components: {
      schemas,
      responses: Object.fromEntries(
        Object.entries(errorWords).map(([status, description]) => [
          `Error${status}`,
          { description, content: { 'application/json': { schema: ref('Error') } } },
        ]),
      ),
    },
  };
}

function describe(path: string, operation: Operation) {
  const { id, summary, query = [], body, answers, errors = [] } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const type = operation.lines ? 'application/x-ndjson' : operation.plain ? 'text/plain' : 'application/json';
  const successes = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: 'Done.', ...(schema === undefined ? {} : { content: { [type]: { schema } } }) },
  ]);
  const refusals = [...anywhere, ...errors].map((status) => [
    status,
    { $ref: `#/components/responses/Error${status}` },
  ]);
  return {
    operationId: id,
    summary,
    parameters: [
      ...inPath.map((name) => ({ name, in: 'path', required: true, schema: text })),
      ...query.map((name) => ({ name, in: 'query', ...queries[name] })),
    ],
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: Object.fromEntries([...successes, ...refusals]),
  };
}
