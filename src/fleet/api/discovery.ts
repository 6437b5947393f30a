// The discovery document of API v1, from which clients are generated.

const text = { type: 'string' };
const list = (schema: string) => ({ type: 'array', items: { $ref: schema } });
const state = { type: 'string', enum: ['inactive', 'loaded', 'launched'] };

function schema(id: string, properties: Readonly<Record<string, unknown>>) {
  return [id, { id, type: 'object', properties }] as const;
}

function page(id: string, field: string, item: string) {
  return schema(id, { [field]: list(item), nextPageToken: text });
}

interface Method {
  readonly id: string;
  readonly description: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly query?: readonly string[];
  readonly request?: string;
  readonly response?: string;
}

function method(definition: Method) {
  const { query = [], request, response, ...rest } = definition;
  const inPath = definition.path.includes('{unitName}') ? ['unitName'] : [];
  const parameters = Object.fromEntries([
    ...inPath.map((name) => [name, { type: 'string', location: 'path', required: true }] as const),
    ...query.map((name) => [name, { type: 'string', location: 'query' }] as const),
  ]);
  return {
    ...rest,
    parameters,
    parameterOrder: inPath,
    ...(request === undefined ? {} : { request: { $ref: request } }),
    ...(response === undefined ? {} : { response: { $ref: response } }),
  };
}

/** The document, in Google's APIs discovery format. */
export function discoveryDocument(): unknown {
  const unit = 'units/{unitName}';
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'fleet:v1',
    name: 'schema',
    version: 'v1',
    title: 'fleet API',
    description: '',
    documentationLink: 'http://github.com/coreos/fleet',
    protocol: 'rest',
    icons: { x16: '', x32: '' },
    labels: [],
    baseUrl: '$ENDPOINT/fleet/v1/',
    basePath: '/fleet/v1/',
    rootUrl: '$ENDPOINT/',
    servicePath: 'fleet/v1/',
    batchPath: 'batch',
    parameters: {},
    auth: {},
    schemas: Object.fromEntries([
      schema('Machine', {
        id: { ...text, required: true },
        primaryIP: text,
        metadata: { type: 'object', properties: {}, additionalProperties: text },
      }),
      page('MachinePage', 'machines', 'Machine'),
      schema('UnitOption', {
        section: { ...text, required: true },
        name: { ...text, required: true },
        value: { ...text, required: true },
      }),
      schema('Unit', {
        name: { ...text, required: true },
        options: list('UnitOption'),
        desiredState: state,
        currentState: state,
        machineID: { ...text, required: true },
      }),
      page('UnitPage', 'units', 'Unit'),
      schema('UnitState', {
        name: text,
        hash: text,
        machineID: text,
        systemdLoadState: text,
        systemdActiveState: text,
        systemdSubState: text,
      }),
      page('UnitStatePage', 'states', 'UnitState'),
    ]),
    resources: {
      Machines: {
        methods: {
          List: method({
            id: 'fleet.Machine.List',
            description: 'Retrieve a page of Machine objects.',
            httpMethod: 'GET',
            path: 'machines',
            query: ['nextPageToken'],
            response: 'MachinePage',
          }),
        },
      },
      Units: {
        methods: {
          List: method({
            id: 'fleet.Unit.List',
            description: 'Retrieve a page of Unit objects.',
            httpMethod: 'GET',
            path: 'units',
            query: ['nextPageToken'],
            response: 'UnitPage',
          }),
          Get: method({
            id: 'fleet.Unit.Get',
            description: 'Retrieve a single Unit object.',
            httpMethod: 'GET',
            path: unit,
            response: 'Unit',
          }),
          Delete: method({
            id: 'fleet.Unit.Delete',
            description: 'Delete the referenced Unit object.',
            httpMethod: 'DELETE',
            path: unit,
          }),
          Set: method({
            id: 'fleet.Unit.Set',
            description: 'Create or update a Unit.',
            httpMethod: 'PUT',
            path: unit,
            request: 'Unit',
          }),
        },
      },
      UnitState: {
        methods: {
          List: method({
            id: 'fleet.UnitState.List',
            description: 'Retrieve a page of UnitState objects.',
            httpMethod: 'GET',
            path: 'state',
            query: ['nextPageToken', 'unitName', 'machineID'],
            response: 'UnitStatePage',
          }),
          Get: method({
            id: 'fleet.UnitState.Get',
            description: 'Retrieve the state of a single Unit object.',
            httpMethod: 'GET',
            path: 'state/{unitName}',
            response: 'UnitState',
          }),
        },
      },
    },
  };
}
