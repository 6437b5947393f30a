// The door of coreupdate: the server that machines ask for updates.

export { coreupdateErrors } from './errors.ts';
export { osAppId, type ServeLog, type ServeOptions, serveUpdates, type UpdateServer } from './server.ts';
