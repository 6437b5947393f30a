// Many small requests as few large calls: what is asked for while one call is under way goes into the next.

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers each item with the result at its place in the list that `call` returns. */
export class Coalescer<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;

  constructor(call: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#call = call;
  }

  request(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#running) {
      this.#running = true;
      setImmediate(() => void this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#answer(batch);
    }
    this.#running = false;
  }

  async #answer(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#call(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined) reject(new Error('A call for several items answered for fewer.'));
        else resolve(result);
      });
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) only?.reject(error);
      // One bad item must not fail the others with it.
      else for (const one of batch) await this.#answer([one]);
    }
  }
}
