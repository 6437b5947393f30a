// The door of machine: keelson as a package, and the list of what it puts on a machine.

export { machineErrors } from './errors.ts';
export { readHome } from './home.ts';
export type { Home, PayloadEntry } from './model.ts';
export { buildPackage, type PackageOptions } from './package.ts';
export { payload } from './payload.ts';
