// The door of coreupdate: the server that machines ask for updates. Its policy is pure, and may be had alone.

export { type Answer, answer, type Desk, type Entry } from './answer.ts';
export { channelOf, parseChannels } from './channels.ts';
export { coreupdateErrors } from './errors.ts';
export { Machines } from './machines.ts';
export type { Catalog, CatalogRelease, Channel, Channels, Grant, MachineRecord } from './model.ts';
export { architectureOf, type Decision, decide, type Question } from './policy.ts';
export { osAppId, type ServeLog, type ServeOptions, serveUpdates, type UpdateServer } from './server.ts';
