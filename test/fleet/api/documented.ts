// Whether an answer is one that the OpenAPI document tells of: its path, its method, its status, its body.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../../src/fleet/api/openapi.ts';

interface Documented {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  readonly $ref?: string;
}

const text = JSON.stringify(openApiDocument());
/** The document as plain data, as a client reads it. */
export const document = JSON.parse(text);
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(JSON.parse(text), 'api');

const patterns = Object.keys(document.paths).map((path) => {
  const source = path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return [path, new RegExp(`^${source}$`)] as const;
});

/** The path of the document that a request's path is one of. */
export function templateOf(path: string): string | undefined {
  const known = path.replace(/^https?:\/\/[^/]*/, '').replace(/^\/v1-alpha\//, '/fleet/v1/');
  return patterns.find(([, pattern]) => pattern.test(known))?.[0];
}

/** What is wrong with a value that should fit the schema, which may refer to the document. */
export function misfit(schema: object, value: unknown): string | undefined {
  const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
  const validate = ajv.compile(local);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** Why the answer is not as the document says, or undefined. */
export function undocumented(
  method: string,
  path: string,
  status: number,
  body: unknown,
): string | undefined {
  const template = templateOf(path);
  const operation = template === undefined ? undefined : document.paths[template][method.toLowerCase()];
  const what = `${method} ${path} ${status}`;
  if (operation === undefined) return status < 400 ? `${what}: there is no such operation` : undefined;
  const found: Documented | undefined = operation.responses[status];
  if (found === undefined) return `${what}: there is no such answer`;
  const answer =
    found.$ref === undefined ? found : document.components.responses[found.$ref.split('/').at(-1) ?? ''];
  const schema = answer.content?.['application/json']?.schema;
  if (schema === undefined) return body === undefined ? undefined : checkOther(answer, what);
  const wrong = misfit(schema, body);
  return wrong === undefined ? undefined : `${what}: ${wrong}: ${JSON.stringify(body).slice(0, 300)}`;
}

function checkOther(answer: Documented, what: string): string | undefined {
  return answer.content === undefined ? `${what}: a body where there is to be none` : undefined;
}
