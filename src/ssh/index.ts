// The door of ssh: OpenSSH, driven as a program, so that the user's keys, agent and configuration count.

export { parseSshHost, showHost } from './address.ts';
export { type RemoteRun, runRemote, spawnAttached } from './command.ts';
export { sshErrors } from './errors.ts';
export { explainSsh } from './explain.ts';
export type { SshHost, SshSettings } from './model.ts';
export { shellCommand, shellQuote } from './quote.ts';
export { openTunnel, type Tunnel } from './tunnel.ts';
