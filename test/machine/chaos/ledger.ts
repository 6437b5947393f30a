// What was asked for, as somebody knows who only saw how the commands ended: a command that failed, or was
// killed, may have been carried out or not.

export type Desired = 'absent' | 'inactive' | 'loaded' | 'launched';

export interface Wish {
  readonly desired: Desired;
  /** Of the content; undefined: whichever it has. */
  readonly version: number | undefined;
}

export class Ledger {
  readonly #possible = new Map<string, Wish[]>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.#possible.set(name, [{ desired: 'absent', version: undefined }]);
  }

  /** What may be wanted of a unit now. */
  possible(name: string): readonly Wish[] {
    return this.#possible.get(name) ?? [];
  }

  /** Whether it is certain that the unit exists; undefined: neither. */
  exists(name: string): boolean | undefined {
    const absent = this.possible(name).filter(({ desired }) => desired === 'absent').length;
    return absent === 0 ? true : absent === this.possible(name).length ? false : undefined;
  }

  /** A command ended; `certain`: well, so that nothing else can be wanted now. */
  asked(name: string, change: (before: Wish) => Wish, certain: boolean): void {
    const before = this.possible(name);
    const after = before.map(change);
    const all = certain ? after : [...before, ...after];
    const unique = new Map(all.map((wish) => [`${wish.desired} ${wish.version}`, wish]));
    this.#possible.set(name, [...unique.values()]);
  }

  allows(name: string, found: { readonly desired: Desired; readonly version: number | undefined }): boolean {
    return this.possible(name).some(
      ({ desired, version }) =>
        desired === found.desired &&
        (version === undefined || found.version === undefined || version === found.version),
    );
  }
}
