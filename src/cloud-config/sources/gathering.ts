// Collects metadata part by part: a part that cannot be had is a problem to tell of, and the others count.

import { isIP } from 'node:net';
import { cloudConfigErrors } from '../errors.ts';
import type { AddressName, Metadata } from '../model.ts';
import { type FetchOptions, fetchAnswer } from './http.ts';
import type { Answer } from './request.ts';

type Parts = { readonly [Key in keyof Omit<Metadata, 'addresses'>]?: Metadata[Key] | undefined } & {
  readonly addresses?: Readonly<Partial<Record<AddressName, string | undefined>>>;
};

export class Gathering {
  readonly #problems: string[] = [];
  readonly #warnings: string[] = [];

  /** What failed: part of the metadata is missing. */
  problem(sentence: string): void {
    this.#problems.push(sentence);
  }

  /** What is odd, and left aside without harm. */
  warn(sentence: string): void {
    this.#warnings.push(sentence);
  }

  /** The result of the work, or undefined and a word about it. */
  async attempt<T>(work: () => Promise<T>, tell: 'warn' | 'problem' = 'problem'): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!cloudConfigErrors.is(error)) throw error;
      this[tell](error.message);
      return undefined;
    }
  }

  /** The body of an answer; of a 4xx none, and a word about it unless it is plainly missing. */
  bodyOf(answer: Answer): Uint8Array | undefined {
    if (answer.status < 400) return answer.body;
    if (answer.status !== 404 && answer.status !== 410) {
      this.warn(`${answer.url} answered ${answer.statusText}; it counts as empty.`);
    }
    return undefined;
  }

  /** A document that need not be there; throws as `fetchAnswer`. */
  async optional(url: string, options: FetchOptions): Promise<Uint8Array | undefined> {
    return this.bodyOf(await fetchAnswer(url, options));
  }

  /** The first line of a document, or undefined, with the problem told. */
  async line(url: string, options: FetchOptions): Promise<string | undefined> {
    return firstLine(await this.attempt(() => this.optional(url, options)));
  }

  /** An address of that family as it was given; what is none is told and left out. */
  address(
    text: string | undefined,
    family: 4 | 6,
    place: string,
    tell: 'warn' | 'problem' = 'warn',
  ): string | undefined {
    const address = text?.trim() ?? '';
    if (address === '' || isIP(address) === family) return address || undefined;
    this[tell](`${place} is not an IPv${family} address: ${JSON.stringify(address.slice(0, 80))}.`);
    return undefined;
  }

  /** The whole; empty parts are none. */
  metadata({ sshKeys, addresses, ...rest }: Parts): Metadata {
    const filled = (value: unknown) => value !== undefined && value !== '';
    const known = (parts: object) =>
      Object.fromEntries(Object.entries(parts).filter(([, part]) => filled(part)));
    return {
      sshKeys: (sshKeys ?? []).map((key) => key.trim()).filter((key) => key !== ''),
      addresses: known(addresses ?? {}),
      ...known(rest),
      ...(this.#problems.length === 0 ? {} : { problems: [...this.#problems] }),
      ...(this.#warnings.length === 0 ? {} : { warnings: [...this.#warnings] }),
    };
  }
}

/** The first line of a document, without its end; undefined when it is empty. */
export function firstLine(body: Uint8Array | undefined): string | undefined {
  const [line = ''] = textOfBody(body).split('\n', 1);
  return line.trimEnd() || undefined;
}

/** A body as text; none is the empty text. */
export const textOfBody = (body: Uint8Array | undefined): string => Buffer.from(body ?? []).toString('utf8');
