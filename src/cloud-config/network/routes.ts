// What the forms of the clouds share about routes: reading one, and making its gateway reachable.

import {
  type Address,
  contains,
  formatAddress,
  formatNetwork,
  isLinkLocal,
  masked,
  type Network,
} from './address.ts';
import { defaultRoute, type Field } from './field.ts';
import type { Route, Setting } from './model.ts';

/** The default route by a gateway. */
export function defaultRouteBy(gateway: Field, settings: readonly Setting[] = []): Route | undefined {
  const address = gateway.address();
  if (address === undefined) return undefined;
  const destination = formatNetwork(defaultRoute(address.family));
  return { destination, gateway: formatAddress(address), settings };
}

/** A route of `destination`, perhaps with a netmask, perhaps by a gateway. */
export function routeOf(parts: {
  readonly destination: Field;
  readonly netmask?: Field;
  readonly gateway: Field;
  readonly settings: readonly Setting[];
}): Route | undefined {
  const { destination, gateway } = parts;
  const next = gateway.address();
  if (gateway.exists && next === undefined) return undefined;
  if (!destination.exists) return destination.refuse('is missing', 'a network as 198.51.100.0/24');
  const network = destination.destination(next, parts.netmask);
  if (network === undefined) return undefined;
  if (next !== undefined && next.family !== network.address.family) {
    return gateway.refuse('is of another family than the destination');
  }
  return {
    destination: formatNetwork(masked(network)),
    ...(next === undefined ? {} : { gateway: formatAddress(next) }),
    settings: parts.settings,
  };
}

/**
 * Marks a gateway that is in no network of the interface as on its link: networkd refuses the route
 * otherwise, and clouds that hand out single addresses (/32) mean it so.
 */
export function reachable(route: Route, gateway: Address, networks: readonly Network[]): Route {
  const known = route.settings.some(([key]) => key === 'GatewayOnLink');
  const near = isLinkLocal(gateway) || networks.some((network) => contains(network, gateway));
  if (known || near || networks.length === 0) return route;
  return { ...route, settings: [...route.settings, ['GatewayOnLink', 'yes']] };
}
