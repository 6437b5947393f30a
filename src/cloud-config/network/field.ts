// A value in network data that still knows where it stands: read once, checked at once, and what is wrong
// with it is said with its place.

import type { Finding } from '../model.ts';
import {
  type Address,
  formatAddress,
  hostPrefix,
  type Network,
  parseAddress,
  parseMac,
  parseNetwork,
} from './address.ts';

/** Of items in a list or mapping; no machine has more. */
export const most = 1024;

const booleanWords = {
  true: ['true', 'yes', 'on', '1'] as readonly string[],
  false: ['false', 'no', 'off', '0'] as readonly string[],
};

type Data = Readonly<Record<string, unknown>>;

export class Field {
  readonly value: unknown;
  /** As `networks[0].ip_address`. */
  readonly path: string;
  readonly #location: string;
  readonly #findings: Finding[];

  constructor(value: unknown, path: string, location: string, findings: Finding[]) {
    this.value = value;
    this.path = path;
    this.#location = location;
    this.#findings = findings;
  }

  /** Whether there is a value; null is none. */
  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** A text, number or boolean as text, and nothing of anything else; says nothing of what is wrong. */
  get plain(): string {
    const { value } = this;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? `${value}`
      : '';
  }

  /** Another value at a place that is named by hand. */
  at(value: unknown, path: string): Field {
    return new Field(value, path, this.#location, this.#findings);
  }

  /** The value of a key; `-` and `_` in it are the same. */
  get(key: string): Field {
    const path = this.#inner(key);
    const data = this.#object();
    const spelling = [key, key.replaceAll('-', '_'), key.replaceAll('_', '-')].find((name) =>
      Object.hasOwn(data, name),
    );
    return this.at(spelling === undefined ? undefined : data[spelling], path);
  }

  /** The entries of a mapping, with their keys. */
  entries(): readonly (readonly [string, Field])[] {
    if (this.exists && !isData(this.value)) this.refuse('is not a mapping');
    const all = Object.entries(this.#object());
    if (all.length > most) this.refuse(`has more than ${most} entries; the others are left out`);
    return all.slice(0, most).map(([key, value]) => [key, this.at(value, this.#inner(key))] as const);
  }

  /** The items of a list; a single value counts as a list of one. */
  items(): readonly Field[] {
    if (!this.exists) return [];
    if (!Array.isArray(this.value)) return [this];
    if (this.value.length > most) this.refuse(`has more than ${most} items; the others are left out`);
    return this.value.slice(0, most).map((value, index) => this.at(value, `${this.path}[${index}]`));
  }

  /** Says that the value is left out. */
  refuse(problem: string, expected?: string): undefined {
    this.#say('error', problem, expected);
    return undefined;
  }

  /** Refuses the value because it is not that. */
  invalid(expected: string): undefined {
    return this.refuse(`invalid value ${shown(this.value)}`, expected);
  }

  /** Something to know about a value that is used or not needed. */
  warn(problem: string): undefined {
    this.#say('warning', problem);
    return undefined;
  }

  /** Warns of every key that is not among these. */
  expectKeys(known: readonly string[]): void {
    const names = new Set(known.map((key) => key.replaceAll('-', '_')));
    for (const [key, field] of this.entries()) {
      if (!names.has(key.replaceAll('-', '_'))) field.warn('is not known here and is ignored');
    }
  }

  /** The text of a string or number. */
  text(): string | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value === 'string') return this.value.trim();
    if (typeof this.value === 'number') return String(this.value);
    return this.refuse('is not a text');
  }

  boolean(): boolean | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    const text = this.plain.toLowerCase();
    if (booleanWords.true.includes(text)) return true;
    if (booleanWords.false.includes(text)) return false;
    return this.invalid('true or false');
  }

  integer(least: number, most: number): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : this.invalid(`a number from ${least} to ${most}`);
  }

  /** One of these words, in any case; YAML makes a boolean of some, as of `off`. */
  word<Word extends string>(words: readonly Word[]): Word | undefined {
    if (!this.exists) return undefined;
    const spellings =
      typeof this.value === 'boolean'
        ? booleanWords[this.value ? 'true' : 'false']
        : [this.plain.trim().toLowerCase()];
    const found = words.find((word) => spellings.includes(word.toLowerCase()));
    return found ?? this.invalid(`one of ${words.join(', ')}`);
  }

  address(): Address | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return parseAddress(text) ?? this.invalid('an IP address');
  }

  addressText(): string | undefined {
    const address = this.address();
    return address === undefined ? undefined : formatAddress(address);
  }

  /** An address with its prefix; `mask` is asked for one that stands elsewhere. */
  network(mask?: Field): Network | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    if (text.includes('/') || mask?.exists !== true) {
      const found = parseNetwork(text);
      return found ?? this.invalid('an IP address with the length of its prefix, as 192.0.2.7/24');
    }
    const length = mask.text();
    if (parseAddress(text) === undefined) return this.invalid('an IP address');
    const found = length === undefined ? undefined : parseNetwork(`${text}/${length}`);
    return found ?? mask.invalid('a netmask or the length of a prefix that fits the address');
  }

  /** Where a route goes: a network, a host, or `default`, which is of the family of `gateway`. */
  destination(gateway: Address | undefined, mask?: Field): Network | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    if (text === 'default') return defaultRoute(gateway?.family ?? 4);
    if (mask?.exists === true) return this.network(mask);
    const found = parseNetwork(text, hostPrefix);
    return found ?? this.invalid('a network as 198.51.100.0/24, an address, or default');
  }

  mac(): string | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return parseMac(text) ?? this.invalid('a MAC address as 00:53:00:aa:bb:cc');
  }

  /** A name that the kernel takes for an interface and that no unit file misreads. */
  interfaceName(): string | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return isInterfaceName(text) ? text : this.invalid('the name of an interface, at most 15 characters');
  }

  /** A domain to search in. */
  domain(): string | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const right = text.length <= 253 && /^~?(\.|[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?)$/.test(text);
    return right ? text : this.invalid('the name of a domain');
  }

  #inner(key: string): string {
    const word = /^[\w.:@/+-]{1,60}$/.test(key) ? key : shown(key);
    return this.path === '' ? word : `${this.path}.${word}`;
  }

  #object(): Data {
    return isData(this.value) ? this.value : {};
  }

  #say(kind: 'error' | 'warning', problem: string, expected?: string): void {
    const where = this.path === '' ? '' : `${this.path}: `;
    this.#findings.push({
      kind,
      message: `${this.#location}: ${where}${problem}`,
      place: undefined,
      dropped: kind === 'error',
      ...(expected === undefined ? {} : { expected }),
    });
  }
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Whether the kernel takes this as the name of an interface; of its odder characters none. */
export function isInterfaceName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@+~-]{0,14}$/.test(text) && !/^\d+$/.test(text);
}

export function defaultRoute(family: 4 | 6): Network {
  return { address: { family, bits: 0n }, prefix: 0 };
}

/** What is left of values of which some were refused. */
export function usable<Value>(values: readonly (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined);
}
