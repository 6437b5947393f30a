// The content types that parts of user-data carry, and what each is read as.

import type { UserDataKind } from './kind.ts';
import type { ScriptPart } from './model.ts';

export interface Role {
  /** Undefined: the content tells. */
  readonly role?: UserDataKind;
  readonly every?: ScriptPart['every'];
  /** Why such a part is left out. */
  readonly unsupported?: string;
  /** Whether the type says anything. */
  readonly known: boolean;
}

const roles: Readonly<Record<string, Omit<Role, 'known'>>> = {
  'text/cloud-config': { role: 'cloud-config' },
  'text/cloud-config-archive': { role: 'archive' },
  'text/x-shellscript': { role: 'script', every: 'instance' },
  'text/x-shellscript-per-instance': { role: 'script', every: 'instance' },
  'text/x-shellscript-per-boot': { role: 'script', every: 'boot' },
  'text/x-shellscript-per-once': { role: 'script', every: 'life' },
  'text/cloud-boothook': { role: 'boothook' },
  'text/x-include-url': { role: 'include' },
  'text/x-include-once-url': { role: 'include' },
  'text/part-handler': { unsupported: 'part handlers are Python for cloud-init and not run' },
  'text/upstart-job': { unsupported: 'there is no upstart to run a job' },
  'text/cloud-config-jsonp': { unsupported: 'JSON patches of a cloud-config are not supported' },
  'text/jinja2': { unsupported: 'Jinja templates are not supported' },
};

/** What a part of that type is. */
export function roleOfType(type: string): Role {
  const role = Object.hasOwn(roles, type) ? roles[type] : undefined;
  return role === undefined ? { known: false } : { ...role, known: true };
}
