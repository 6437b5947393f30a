// Whether the metadata's network is to be applied, and if so, as what.

import type { Finding, Metadata, Operation } from '../model.ts';
import { defaultWish, networkWish } from '../network/wish.ts';
import type { Flags } from './flags.ts';

/** The files of the metadata's network, if --convert-netconf or the kind of source asks for them. */
export async function networkOf(
  flags: Flags,
  sourceType: string,
  { network }: Metadata,
): Promise<{ readonly operations: readonly Operation[]; readonly findings: readonly Finding[] }> {
  const nothing = { operations: [], findings: [] };
  if (network === undefined || network.length === 0) return nothing;
  const asked = networkWish(flags.get('convert-netconf') ?? '');
  const wish = asked ?? defaultWish(sourceType, flags.get('detect') === 'true');
  if (wish === 'none') return nothing;
  const { planNetwork } = await import('../network/convert.ts');
  return planNetwork(network, wish);
}
