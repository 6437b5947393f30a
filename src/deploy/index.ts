// The door of deploy: a machine's operating system, from the list of its packages to what boots.

export { deployErrors } from './errors.ts';
