// POST /fleet/v2/restart: units start anew where they are.

import type { HttpAnswerParts, HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';
import type { RestartRequest } from '../model.ts';
import { asFields } from '../registry/records.ts';
import { restartUnits } from '../registry/restart.ts';
import { parseJson } from './body.ts';
import type { ApiContext } from './context.ts';

/** The body is `{"units": [{"name": …, "machineID": …}]}`; without a machine, all that have the unit. */
export async function restart({ store, keys }: ApiContext, request: HttpRequest): Promise<HttpAnswerParts> {
  const list = asFields(parseJson(await request.text()))?.['units'];
  if (!Array.isArray(list)) throw fleetErrors.error('invalid', 'The body must be {"units": […]}.');
  const requests = list.map((item: unknown, index): RestartRequest => {
    const { name, machineID } = asFields(item) ?? {};
    if (typeof name !== 'string') throw fleetErrors.error('invalid', `units[${index}]: a name is needed`);
    if (machineID === undefined) return { name };
    if (typeof machineID === 'string') return { name, machineID };
    throw fleetErrors.error('invalid', `units[${index}]: machineID must be a text`);
  });
  const { results, revision } = await restartUnits(store, keys, requests, crypto.randomUUID());
  return { status: 200, json: { revision, results } };
}
