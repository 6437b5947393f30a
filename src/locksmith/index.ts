// The door of locksmith: who may reboot and when.

export { locksmithErrors } from './errors.ts';
