// What keelson-grow-root.service starts: `keelson grow-root` without the front, in one file, compiled. It takes a
// mount point instead of /, and `--dry-run`, with which the build rehearses it and nothing is changed.

import { run } from '../grow-root.ts';

const words = process.argv.slice(2);
const [mountPoint = '/'] = words.filter((word) => word !== '--dry-run');
process.exitCode = await run(mountPoint, words.includes('--dry-run'));
