// What an object on the bus says of itself, in the XML that busctl and others read.

import type { BusObject } from './bus-service.ts';

const doctype =
  '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n' +
  ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n';

const unsignalled = '<annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>';

const standard = `  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
  </interface>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
    <method name="GetAll"><arg type="s" direction="in"/><arg type="a{sv}" direction="out"/></method>
  </interface>
`;

/** The text for `asked`, where the service's one object is at `path`. */
export function introspection(
  asked: string,
  path: string,
  interfaces: Readonly<Record<string, BusObject>>,
): string {
  if (asked === path) {
    const own = Object.entries(interfaces).map(([name, object]) => interfaceText(name, object));
    return `${doctype}<node>\n${standard}${own.join('')}</node>\n`;
  }
  // On the way to it: who walks down from / finds it.
  const prefix = asked === '/' ? '/' : `${asked}/`;
  const child = path.startsWith(prefix) ? path.slice(prefix.length).split('/')[0] : undefined;
  return `${doctype}<node>\n${child === undefined ? '' : `  <node name="${child}"/>\n`}</node>\n`;
}

function interfaceText(name: string, { methods = {}, properties = {}, signals = {} }: BusObject): string {
  const lines = [
    ...Object.entries(methods).map(
      ([member, method]) =>
        `    <method name="${member}">${argsText(method.in, method.inNames, 'in')}${argsText(method.out, method.outNames, 'out')}</method>\n`,
    ),
    ...Object.entries(signals).map(
      ([member, signature]) => `    <signal name="${member}">${argsText(signature, undefined)}</signal>\n`,
    ),
    ...Object.entries(properties).map(
      ([member, { signature }]) =>
        `    <property name="${member}" type="${signature}" access="read">${unsignalled}</property>\n`,
    ),
  ];
  return `  <interface name="${name}">\n${lines.join('')}  </interface>\n`;
}

function argsText(signature: string, names: readonly string[] | undefined, direction?: 'in' | 'out'): string {
  const way = direction === undefined ? '' : ` direction="${direction}"`;
  return completeTypes(signature)
    .map((type, index) => {
      const name = names?.[index];
      return `<arg${name === undefined ? '' : ` name="${name}"`} type="${type}"${way}/>`;
    })
    .join('');
}

/** A signature cut into its complete types: `a{sv}xs` → `a{sv}`, `x`, `s`. */
export function completeTypes(signature: string): string[] {
  const types: string[] = [];
  let from = 0;
  let depth = 0;
  for (let at = 0; at < signature.length; at++) {
    const letter = signature[at] ?? '';
    if (letter === '(' || letter === '{') depth += 1;
    if (letter === ')' || letter === '}') depth -= 1;
    if (depth > 0 || letter === 'a') continue;
    types.push(signature.slice(from, at + 1));
    from = at + 1;
  }
  return types;
}
