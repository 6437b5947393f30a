// Brings the generated validator, which only a run that has a cloud-config needs.

import type { SchemaError, SchemaPart, Validator } from './schema.ts';

/** The validator of schema.json. */
export async function loadValidator(): Promise<Validator> {
  const generated = await import('../generated/validator.ts');
  const validate: ((data: unknown) => boolean) & { errors?: readonly SchemaError[] | null } =
    generated.validate;
  const schema: SchemaPart = generated.schema;
  return { schema, errorsOf: (data) => (validate(data) ? [] : (validate.errors ?? [])) };
}
