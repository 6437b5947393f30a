// The door of ssh: OpenSSH, driven as a program, so that the user's keys, agent and configuration count.

export { parseSshHost, parseSshHosts, showHost } from './address.ts';
export { programLines, type RemoteRun, remoteLines, runRemote, spawnAttached } from './command.ts';
export { Connections, type Link } from './connections.ts';
export { sshErrors } from './errors.ts';
export { explainSsh } from './explain.ts';
export type { SshHost, SshSettings } from './model.ts';
export { shellCommand, shellQuote } from './quote.ts';
export { rawTerminal } from './terminal.ts';
