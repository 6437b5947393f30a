// Any series of transactions does to a store what it does to a plain map with revisions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Change,
  type Guard,
  type KeyValue,
  type Operation,
  prefixRange,
} from '../../src/store/index.ts';
import type { Prefix, Subject } from './conformance.ts';
import { Watching } from './watching.ts';

const names = ['a', 'b', 'b/', 'b/c', 'ü', '😀'];
const name = fc.constantFrom(...names);

interface Step {
  /** Guards by name: on the true revision, on none, or on a wrong one. */
  readonly guards: readonly (readonly [string, 'true' | 'none' | 'wrong'])[];
  readonly writes: readonly (readonly [string, string | undefined])[];
  readonly clear: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  guards: fc.array(fc.tuple(name, fc.constantFrom('true', 'true', 'none', 'wrong')), { maxLength: 3 }),
  writes: fc.uniqueArray(fc.tuple(name, fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined })), {
    maxLength: 4,
    selector: ([key]) => key,
  }),
  clear: fc.boolean(),
});

export function modelConformance(subject: () => Subject, prefix: Prefix): void {
  test('in turn, and its watch tells the same story', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { store, other } = subject();
        const at = prefix();
        const model = new Map<string, KeyValue>();
        const story: Change[] = [];
        let { revision } = await store.range(prefixRange(at));
        await using watching = new Watching(other, prefixRange(at));
        await watching.untilSnapshot();
        for (const { guards, writes, clear } of steps) {
          const asked = guards.map(([key, how]): Guard => {
            const now = model.get(at + key)?.modRevision ?? 0;
            return { key: at + key, modRevision: how === 'true' ? now : how === 'none' ? 0 : now + 1 };
          });
          const operations = operationsOf(at, writes, clear);
          const holds = asked.every(
            (guard) => (model.get(guard.key)?.modRevision ?? 0) === guard.modRevision,
          );
          const result = await store.transact(asked, operations);
          const changes = holds ? apply(model, operations, revision + 1) : [];
          if (changes.length > 0) revision++;
          story.push(...changes);
          assert.deepEqual(result, { committed: holds, revision });
        }
        const sorted = [...model.values()].sort((one, two) =>
          Buffer.compare(Buffer.from(one.key), Buffer.from(two.key)),
        );
        assert.deepEqual(await store.range(prefixRange(at)), { keyValues: sorted, revision });
        await watching.until(({ changes }) => changes.length >= story.length, 'the end of the story');
        assert.deepEqual(watching.changes, story);
      }),
      { numRuns: 60 },
    );
  });

  test('at once: the results are those of some order, which the revisions tell', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 30 }), async (steps) => {
        const { store, other } = subject();
        const at = prefix();
        const asked = steps.map(({ guards, writes }, index) => ({
          guards: guards
            .filter(([, how]) => how !== 'true')
            .map(([key]): Guard => ({ key: at + key, modRevision: 0 })),
          operations: operationsOf(at, [...writes, [`own${index}`, '']], false),
        }));
        const results = await Promise.all(
          asked.map(async ({ guards, operations }, index) => ({
            operations,
            guards,
            ...(await (index % 2 === 0 ? store : other).transact(guards, operations)),
          })),
        );
        const model = new Map<string, KeyValue>();
        const done = results.filter(({ committed }) => committed);
        for (const each of done.sort((one, two) => one.revision - two.revision)) {
          assert.ok(each.guards.every((guard) => !model.has(guard.key)));
          apply(model, each.operations, each.revision);
        }
        const { keyValues } = await store.range(prefixRange(at));
        assert.deepEqual(new Map(keyValues.map((pair) => [pair.key, pair])), model);
      }),
      { numRuns: 40 },
    );
  });
}

function operationsOf(
  at: string,
  writes: readonly (readonly [string, string | undefined])[],
  clear: boolean,
): Operation[] {
  if (clear && writes.length === 0) return [{ kind: 'delete-range', range: prefixRange(`${at}b`) }];
  return writes.map(
    ([key, value]): Operation =>
      value === undefined ? { kind: 'delete', key: at + key } : { kind: 'put', key: at + key, value },
  );
}

function apply(model: Map<string, KeyValue>, operations: readonly Operation[], revision: number): Change[] {
  return operations.flatMap((operation): Change[] => {
    if (operation.kind === 'put') {
      const { key, value } = operation;
      const createRevision = model.get(key)?.createRevision ?? revision;
      const keyValue = { key, value, createRevision, modRevision: revision };
      model.set(key, keyValue);
      return [{ kind: 'put', keyValue }];
    }
    const { from, to } = operation.kind === 'delete-range' ? operation.range : keyRange(operation.key);
    const gone = [...model.keys()].filter((key) => key >= from && key < to).sort();
    return gone.map((key) => {
      model.delete(key);
      return { kind: 'delete', key, modRevision: revision };
    });
  });
}

const keyRange = (key: string) => ({ from: key, to: `${key}\0` });
