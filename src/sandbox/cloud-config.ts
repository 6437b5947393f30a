// placeholder, filled in the next step
import type { CloudConfigFragment, ClusterRecord, MachineRecord } from './model.ts';
export function renderCloudConfig(
  _record: ClusterRecord,
  machine: MachineRecord,
  publicKey: string,
  _fragment?: CloudConfigFragment,
): string {
  return `#cloud-config\nhostname: ${machine.name}\nssh_authorized_keys:\n  - ${publicKey}`;
}
