// The FleetLock protocol, version 1: what both sides send. Pure.

export const header = 'fleet-lock-protocol';

/** A request's body. */
export interface FleetLockIdentity {
  readonly id: string;
  readonly group: string;
}

/** Kinds of refusals, as airlock has them. */
export type FleetLockKind =
  | 'invalid_client_identity'
  | 'unknown_group'
  | 'failed_sem_init'
  | 'failed_lock'
  | 'nil_server';

const groupForm = /^[a-zA-Z0-9.-]+$/;

export function writeRequest({ id, group }: FleetLockIdentity): string {
  return JSON.stringify({ client_params: { id, group } });
}

/** Who asks, or what is wrong with that. */
export function readRequest(text: string): FleetLockIdentity | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'the body is not JSON' };
  }
  const params = fieldOf(value, 'client_params');
  const [id, group] = [fieldOf(params, 'id'), fieldOf(params, 'group')];
  if (typeof id !== 'string' || id === '') return { problem: 'empty client ID' };
  if (id.length > 256 || /[\x00-\x1f\x7f]/.test(id))
    return { problem: 'the client ID is no name of a machine' };
  if (typeof group !== 'string' || group === '') return { problem: 'empty client group' };
  if (!groupForm.test(group)) return { problem: `the group has to match ${groupForm.source}` };
  return { id, group };
}

/** A refusal in words, from whatever a server answered with. */
export function readRefusal(body: unknown): string | undefined {
  const [kind, value] = [fieldOf(body, 'kind'), fieldOf(body, 'value')];
  if (typeof value === 'string') return typeof kind === 'string' ? `${value} (${kind})` : value;
  return typeof body === 'string' && body.trim() !== '' ? body.trim().slice(0, 200) : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
