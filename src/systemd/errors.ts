// Every error of the systemd room.

import { errorTable } from '../host/index.ts';

export const systemdErrors = errorTable('systemd', {
  /** A unit file does not follow the grammar, or an edit would leave one that does not. */
  'unit-file': { exit: 1, http: 400 },
  /** A text is no unit name, or cannot be made part of one. */
  'unit-name': { exit: 1, http: 400 },
  /** The manager cannot be reached at all. */
  unavailable: { exit: 1, http: 503 },
  /** The connection ended while an answer or a job's result was awaited. */
  disconnected: { exit: 1, http: 503 },
  /** No answer within the call's deadline. */
  deadline: { exit: 1, http: 504 },
  /** systemd knows no unit (file) of that name. */
  'no-such-unit': { exit: 4, http: 404 },
  /** systemd or its policy does not let this user do that. */
  'access-denied': { exit: 4, http: 403 },
  /** systemd answered the call with another error; the message holds its words. */
  refused: { exit: 1, http: 500 },
  /** journalctl failed. */
  journal: { exit: 1, http: 500 },
  /** What came over the bus is not what systemd's interface promises. */
  'bad-reply': { exit: 1, http: 502 },
});
