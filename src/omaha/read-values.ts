// Attributes and children of an element, as values. Numbers and truth values as Go's readers take them, which is
// what the field's servers are made of.

import { omahaErrors } from './errors.ts';
import type { XmlElement } from './xml.ts';

/** The first child of a name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

/** All children of a name, in their order. */
export function children(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** All children of a name in all lists of a name: `urls/url`. A list may come in several pieces. */
export function within(element: XmlElement, list: string, name: string): readonly XmlElement[] {
  return children(element, list).flatMap((one) => children(one, name));
}

/** An attribute that has to be a whole number when it is there; empty counts as 0. Throws omaha.invalid. */
export function strictInteger(element: XmlElement, name: string): number | undefined {
  const raw = element.attributes.get(name);
  if (raw === undefined) return undefined;
  if (raw === '') return 0;
  const text = raw.trim();
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw unfit(element, name, 'a whole number');
}

/** An attribute that has to be a truth value when it is there; empty counts as false. Throws omaha.invalid. */
export function strictBoolean(element: XmlElement, name: string): boolean | undefined {
  const raw = element.attributes.get(name);
  if (raw === undefined) return undefined;
  if (raw === '') return false;
  const text = raw.trim();
  if (/^(1|t|true|T|True|TRUE)$/.test(text)) return true;
  if (/^(0|f|false|F|False|FALSE)$/.test(text)) return false;
  throw unfit(element, name, 'true or false');
}

/** A number of at least 0 and at most `max`, a `+` before it or not; undefined for anything else, blanks too. */
export function looseUnsigned(
  { attributes }: XmlElement,
  name: string,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  return unsigned(attributes.get(name), max);
}

/** The same with blanks around it, which update_engine's reader of sizes passes over. */
export function looseSize({ attributes }: XmlElement, name: string): number | undefined {
  return unsigned(attributes.get(name)?.trim(), Number.MAX_SAFE_INTEGER);
}

function unsigned(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\+?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** True only for the literal `true`; undefined when the attribute is not there. */
export function literalTrue(element: XmlElement, name: string): boolean | undefined {
  const text = element.attributes.get(name);
  return text === undefined ? undefined : text === 'true';
}

function unfit({ name: element, attributes, line, column }: XmlElement, name: string, wanted: string) {
  const value = JSON.stringify((attributes.get(name) ?? '').slice(0, 40));
  return omahaErrors.error(
    'invalid',
    `The ${name} of <${element}> at line ${line}, column ${column} is ${value}; it has to be ${wanted}.`,
  );
}
