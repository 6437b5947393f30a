// Routes among the commands of /etc/network/interfaces: `route add …` and `ip route add …`. networkd runs no
// commands, so of others nothing can come.

import { formatAddress, formatNetwork, hostPrefix, masked, parseAddress, parseNetwork } from './address.ts';
import { defaultRoute, type Field } from './field.ts';
import type { Route } from './model.ts';

/** The route that a `post-up` or `up` command adds; a command that adds none is warned of. */
export function routeOfCommand(command: Field): Route | undefined {
  const words = (command.text() ?? '').replace(/\s*(\|\||;|&&).*$/, '').split(/\s+/);
  const program = (words[0] ?? '').split('/').at(-1);
  const isIp = program === 'ip' && words.some((word) => word === 'route' || word === 'r');
  const adds = words.includes('add') || words.includes('replace') || words.includes('append');
  if (!adds || !(program === 'route' || isIp)) {
    return command.warn('is no command that adds a route; networkd runs no commands, it is ignored');
  }
  return isIp ? ipRoute(words, command) : netToolsRoute(words, command);
}

const after = (words: readonly string[], ...names: readonly string[]): string | undefined => {
  const at = words.findIndex((word, index) => index > 0 && names.includes(word));
  return at === -1 ? undefined : words[at + 1];
};

function netToolsRoute(words: readonly string[], command: Field): Route | undefined {
  const isDefault = words.includes('default');
  const net = after(words, '-net', '-host') ?? (isDefault ? 'default' : undefined);
  return build(net, after(words, 'netmask'), after(words, 'gw'), after(words, 'metric'), command);
}

function ipRoute(words: readonly string[], command: Field): Route | undefined {
  const destination = after(words, 'add', 'replace', 'append');
  return build(destination, undefined, after(words, 'via'), after(words, 'metric'), command);
}

function build(
  destination: string | undefined,
  netmask: string | undefined,
  gateway: string | undefined,
  metric: string | undefined,
  command: Field,
): Route | undefined {
  const expected = 'as "route add -net 198.51.100.0 netmask 255.255.255.0 gw 192.0.2.1"';
  const next = parseAddress(gateway ?? '');
  const text = netmask === undefined ? destination : `${destination}/${netmask}`;
  const network = text === 'default' ? defaultRoute(next?.family ?? 4) : parseNetwork(text ?? '', hostPrefix);
  if (network === undefined) return command.refuse('the destination of the route cannot be read', expected);
  if (next === undefined || next.family !== network.address.family) {
    return command.refuse('the gateway of the route is missing or wrong', expected);
  }
  return {
    destination: formatNetwork(masked(network)),
    gateway: formatAddress(next),
    settings: metric !== undefined && /^\d{1,9}$/.test(metric) ? [['Metric', metric]] : [],
  };
}
