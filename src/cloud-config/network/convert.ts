// Network data in any of their forms into files of systemd-networkd. Pure.

import type { Finding, NetworkData, Operation } from '../model.ts';
import { arrange } from './arrange.ts';
import { cloudInitV1Interfaces } from './cloud-init-v1.ts';
import { cloudInitV2Interfaces } from './cloud-init-v2.ts';
import { debianInterfaces } from './debian.ts';
import { digitaloceanInterfaces } from './digitalocean.ts';
import { Field } from './field.ts';
import { networkFiles } from './files.ts';
import type { Interface, NetworkFile } from './model.ts';
import { openstackInterfaces } from './openstack.ts';
import { packetInterfaces } from './packet.ts';
import { vmwareInterfaces } from './vmware.ts';
import { formsOf, type NetworkWish } from './wish.ts';

const folder = '/run/systemd/network';

const converters: Readonly<Record<NetworkData['form'], (data: Field) => readonly Interface[]>> = {
  debian: debianInterfaces,
  packet: packetInterfaces,
  vmware: vmwareInterfaces,
  openstack: openstackInterfaces,
  digitalocean: digitaloceanInterfaces,
  'cloud-init-v1': cloudInitV1Interfaces,
  'cloud-init-v2': cloudInitV2Interfaces,
};

/** The files that network data ask for, and what of the data is wrong or not used. Never throws. */
export function convertNetwork(data: NetworkData): {
  readonly files: readonly NetworkFile[];
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const root = new Field(data.data, '', data.location, findings);
  const files = networkFiles(arrange(converters[data.form](root), root));
  return { files, findings };
}

/** Plans the files for the first of these data that is in a wished form. */
export function planNetwork(
  available: readonly NetworkData[],
  wish: NetworkWish,
): { readonly operations: readonly Operation[]; readonly findings: readonly Finding[] } {
  const forms = formsOf(wish);
  const data =
    wish === 'auto'
      ? available[0]
      : forms.flatMap((form) => available.filter((data) => data.form === form))[0];
  if (data === undefined)
    return { operations: [], findings: forms.length === 0 ? [] : notThere(available, wish) };
  const { files, findings } = convertNetwork(data);
  const operations = files.map(
    ({ name, content }): Operation => ({
      kind: 'write-unit-file',
      unit: name,
      path: `${folder}/${name}`,
      content,
      why: `network data of ${data.location}`,
    }),
  );
  return { operations, findings };
}

/** Without network data there is nothing to convert; in another form than was said they are not guessed at. */
function notThere(available: readonly NetworkData[], wish: NetworkWish): readonly Finding[] {
  const [first] = available;
  if (first === undefined) return [];
  const message = `${first.location}: the network data have the form ${first.form}, not ${wish}`;
  const hint = `Give --convert-netconf=${first.form.replace(/-v\d$/, '')}, or auto.`;
  return [{ kind: 'error', message, place: undefined, dropped: true, hint }];
}
