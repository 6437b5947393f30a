// POST /fleet/v2/restart: units start anew where they are.

import type { HttpAnswerParts, HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { PlannedStep, RestartRequest } from '../model.ts';
import { asFields } from '../registry/records.ts';
import { assignmentsToRestart, restartUnits } from '../registry/restart.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';
import { isDryRun } from './query.ts';

/** The body is `{"units": [{"name": …, "machineID": …}]}`; without a machine, all that have the unit. */
export async function restart(
  { store, keys, cluster }: ApiContext,
  request: HttpRequest,
): Promise<HttpAnswerParts> {
  const list = asFields(parseJson(await request.text()))?.['units'];
  if (!Array.isArray(list)) throw fleetErrors.error('invalid', 'The body must be {"units": […]}.');
  const requests = list.map((item: unknown, index): RestartRequest => {
    const { name, machineID } = asFields(item) ?? {};
    if (typeof name !== 'string') throw fleetErrors.error('invalid', `units[${index}]: a name is needed`);
    if (machineID === undefined) return { name };
    if (typeof machineID === 'string') return { name, machineID };
    throw fleetErrors.error('invalid', `units[${index}]: machineID must be a text`);
  });
  if (isDryRun(request)) {
    const { view, revision } = await cluster.read();
    const found = requests.map((one) => ({ name: one.name, found: assignmentsToRestart(view, one) }));
    const results = found.map(({ name, found }) =>
      'outcome' in found ? found : { name, outcome: 'changed' },
    );
    const plan = found.flatMap(({ name, found }) =>
      'outcome' in found
        ? []
        : found.assignments.map(({ machineID }): PlannedStep => {
            return { name, action: 'restart', machineID, reason: 'It is there.' };
          }),
    );
    return { status: 200, json: { revision, results, plan } };
  }
  const { results, revision } = await restartUnits(store, keys, requests, crypto.randomUUID());
  return { status: 200, json: { revision, results } };
}
