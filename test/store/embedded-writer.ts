// A process to be killed: writes rounds into an embedded store and prints each that was acknowledged.

import { openStore, storeErrors } from '../../src/store/index.ts';

const path = process.argv[2] ?? '';
try {
  await using store = await openStore({ kind: 'embedded', path });
  let round = Number((await store.get('/a'))?.value.split(' ')[0] ?? -1);
  for (;;) {
    round++;
    const value = `${round} ${'x'.repeat(round % 3000)}`;
    await store.transact(
      [],
      ['/a', '/b', '/c'].map((key) => ({ kind: 'put', key, value })),
    );
    process.stdout.write(`${round}\n`);
  }
} catch (error) {
  if (!storeErrors.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
