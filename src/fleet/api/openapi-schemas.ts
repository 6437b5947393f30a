// What the API's bodies look like, as JSON Schema. Answers may have more fields than these in later versions.

const text = { type: 'string' };
const number = { type: 'integer' };
const flag = { type: 'boolean' };
const textMap = { type: 'object', additionalProperties: text };
const targetState = { type: 'string', enum: ['inactive', 'loaded', 'launched'] };
const revision = { ...number, description: 'Of the store; later states have greater numbers.' };

/** A reference to one of the schemas below. */
export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
export const listOf = (schema: object) => ({ type: 'array', items: schema });
const optional = (name: string) => name.endsWith('?');

/** An object; fields whose names end in `?` may be missing. */
export function shape(fields: Readonly<Record<string, object>>, description?: string): object {
  const entries = Object.entries(fields);
  const required = entries.map(([name]) => name).filter((name) => !optional(name));
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
  };
}

const event = (type: string, fields: Readonly<Record<string, object>>) =>
  shape({ type: { const: type }, ...fields });
const outcomes = { type: 'string', enum: ['created', 'replaced', 'changed', 'unchanged'] };
const steps = ['load', 'start', 'stop', 'replace', 'restart', 'move', 'remove', 'wait'];
const systemdStates = { systemdLoadState: text, systemdActiveState: text, systemdSubState: text };

export const schemas: Readonly<Record<string, object>> = {
  Error: shape({ error: shape({ code: number, message: text }) }),
  UnitOption: shape({ section: text, name: text, 'value?': text }),
  V1Unit: shape({
    ...{ name: text, 'options?': listOf(ref('UnitOption')), desiredState: targetState },
    ...{ 'currentState?': targetState, 'machineID?': text },
  }),
  V1UnitPage: shape({ 'units?': listOf(ref('V1Unit')), 'nextPageToken?': text }),
  V1UnitState: shape({
    ...{ name: text, machineID: text, 'hash?': text, 'systemdLoadState?': text },
    ...{ 'systemdActiveState?': text, 'systemdSubState?': text },
  }),
  V1UnitStatePage: shape({ 'states?': listOf(ref('V1UnitState')), 'nextPageToken?': text }),
  V1Machine: shape({ id: text, 'primaryIP?': text, 'metadata?': textMap }),
  V1MachinePage: shape({ 'machines?': listOf(ref('V1Machine')), 'nextPageToken?': text }),
  MetadataOperation: shape({
    op: { type: 'string', enum: ['add', 'replace', 'remove'] },
    path: { ...text, description: '/MACHINE/metadata/KEY' },
    'value?': { oneOf: [text, shape({ value: text })] },
  }),
  DropIn: shape({ name: text, options: listOf(ref('UnitOption')) }),
  Assignment: shape(
    {
      ...{ unit: text, machineID: text, hash: text, reason: text, 'revision?': revision },
      ...{ targetState: { type: 'string', enum: ['loaded', 'launched'] } },
      'after?': listOf(text),
      'tried?': { ...listOf(text), description: 'Machines on which it failed too often.' },
      'stopWithinMs?': {
        ...number,
        description: 'So long after its lease a machine may still be stopping it.',
      },
      'restart?': { ...text, description: 'The restart that was asked for last.' },
    },
    'That a unit belongs on a machine, and why.',
  ),
  UnitState: shape(
    {
      ...{ name: text, machineID: text, hash: text, ...systemdStates, reached: targetState },
      ...{ 'jobResult?': text, 'problem?': text, assignmentRevision: revision },
    },
    "What a machine says of a unit that it holds; jobResult is how systemd's last job for it ended.",
  ),
  UnitStatus: shape(
    {
      ...{ name: text, desiredState: targetState, 'currentState?': targetState, global: flag, hash: text },
      ...{
        'dropIns?': listOf(text),
        assignments: listOf(ref('Assignment')),
        states: listOf(ref('UnitState')),
      },
      'finished?': {
        ...shape({ at: text, machineID: text }),
        description: 'When and where it finished, for a unit that runs once and has.',
      },
      'waiting?': { ...text, description: 'Why it is on no machine.' },
    },
    'All that is known of a unit.',
  ),
  UnitContent: shape({
    ...{ name: text, desiredState: targetState, hash: text },
    ...{ options: listOf(ref('UnitOption')), dropIns: listOf(ref('DropIn')) },
  }),
  UnitRequest: shape(
    {
      name: text,
      'options?': listOf(ref('UnitOption')),
      'dropIns?': listOf({ oneOf: [ref('DropIn'), shape({ name: text, text })] }),
      'desiredState?': targetState,
      'replace?': flag,
    },
    'Options create a unit, or with replace take the place of those it has. An instance without options is made of its template.',
  ),
  UnitResult: {
    oneOf: [
      shape({ name: text, outcome: outcomes }),
      shape({ name: text, outcome: { const: 'refused' }, code: number, message: text }),
    ],
  },
  PlannedStep: shape(
    { name: text, action: { type: 'string', enum: steps }, 'machineID?': text, 'from?': text, reason: text },
    'What would be done to a unit, where and why.',
  ),
  Results: shape({
    revision,
    results: listOf(ref('UnitResult')),
    'plan?': { ...listOf(ref('PlannedStep')), description: 'With dryRun=1.' },
  }),
  Plan: shape({ plan: listOf(ref('PlannedStep')) }),
  RestartRequest: shape({ name: text, 'machineID?': text }),
  Why: shape({
    ...{ name: text, desiredState: targetState, 'waiting?': text },
    machines: listOf(
      shape({ machineID: text, verdict: { type: 'string', enum: ['here', 'fits', 'no'] }, reason: text }),
    ),
  }),
  Machine: shape({
    ...{ id: text, primaryIP: text, metadata: textMap, version: text },
    'capacity?': shape({ 'units?': number, 'memoryBytes?': number, 'cpuMillis?': number }),
    'drain?': shape({ since: text, reason: text, force: flag }),
  }),
  Machines: shape({
    ...{ revision, machines: listOf(ref('Machine')) },
    away: { ...listOf(shape({ id: text, since: text })), description: 'fleetd was stopped there.' },
  }),
  DrainPlan: shape({
    moves: listOf(shape({ name: text, from: text, 'to?': text })),
    stay: listOf(shape({ name: text, reason: text })),
  }),
  Moves: shape({ moves: listOf(shape({ name: text, from: text, to: text, 'reason?': text })) }),
  DaemonStatus: shape({
    ...{ machineID: text, version: text, store: text, storeConnected: flag },
    ...{ 'storeProblem?': text, 'leaderID?': text },
  }),
  Event: {
    oneOf: [
      event('unit', { revision, unit: ref('UnitStatus') }),
      event('unit-removed', { revision, name: text }),
      event('machine', { revision, machine: ref('Machine') }),
      event('machine-removed', { revision, id: text }),
      event('synced', { revision }),
      event('bookmark', { revision }),
      event('ping', { revision }),
      event('error', { message: text }),
    ],
  },
};
