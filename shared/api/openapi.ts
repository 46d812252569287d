import * as z from 'zod';
import { OPERATIONS, type Operation } from './operations.ts';
import { ROLES_FOR } from './principal.ts';
import { PROBLEMS, type ProblemKind, problemType } from './problem.ts';
import * as answers from './schemas/answers.ts';
import * as bodies from './schemas/bodies.ts';
import { reason } from './schemas/forms.ts';

/** Schemas that the document names; the others stand where they are used. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Account: answers.account,
  AccountDetail: answers.accountDetail,
  Reason: reason,
  HistoryEntry: answers.historyEntry,
  Hold: answers.hold,
  Brake: answers.brake,
  Rotation: answers.rotation,
  StartRotation: bodies.startBody,
};

const problem = z
  .looseObject({
    type: z.enum(Object.keys(PROBLEMS).map((kind) => problemType(kind as ProblemKind))),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  })
  .describe('RFC 9457. `type` is stable; some kinds have further fields.');

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document, made of the same table and schemas that the functions work with. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, operation] of Object.entries<Operation>(OPERATIONS)) {
    const path = `/${operation.route}`;
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: describe(operationId, operation),
    };
  }
  const schemas = Object.entries(NAMED).map(([name, schema]) => [name, schemaOf(schema, name)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Twinkey',
      version: '1',
      description:
        'Rotates the two keys of Azure AI services accounts without one failed request. A GET never changes anything. No answer holds a key.',
    },
    servers: [{ url: '/api' }],
    security: [{ functionKey: [] }, { functionKeyInQuery: [] }],
    paths,
    components: {
      schemas: { ...Object.fromEntries(schemas), Problem: schemaOf(problem) },
      securitySchemes: {
        functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
        functionKeyInQuery: { type: 'apiKey', in: 'query', name: 'code' },
      },
    },
  };
}

function describe(operationId: string, operation: Operation): Json {
  const { summary, access, body } = operation;
  const roles = access === 'key' || access === 'anonymous' ? undefined : ROLES_FOR[access];
  return {
    operationId,
    summary,
    ...(roles && { description: `With platform authentication: ${roles.join(' or ')}.` }),
    ...(access === 'anonymous' && { security: [] }),
    parameters: parametersOf(operation),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: responsesOf(operation, roles !== undefined),
  };
}

function parametersOf({ route, query = {}, idempotencyKey }: Operation): Json[] {
  const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, schema]) => {
    const { description, ...form } = schemaOf(schema as z.ZodType);
    return { name, in: 'query', description, schema: form };
  });
  const description = 'Repeating a request with the same key and body changes nothing.';
  const schema = { type: 'string', pattern: '^[A-Za-z0-9_-]{8,64}$' };
  const inHeader = { name: 'Idempotency-Key', in: 'header', description, schema };
  return [...inPath, ...inQuery, ...(idempotencyKey ? [inHeader] : [])];
}

function responsesOf(operation: Operation, hasRoles: boolean): Json {
  const { status, answer, alsoAs = [], headers = {}, access } = operation;
  const texts = alsoAs.map((type) => [type, { schema: { type: 'string' } }]);
  const json = answer ? contentOf(answer) : {};
  const responses: Json = {
    [status]: {
      description: status === 202 ? 'Taken; it goes on by itself.' : 'Done.',
      ...(Object.keys(headers).length > 0 && { headers: headersOf(headers) }),
      ...(answer && { content: { ...json, ...Object.fromEntries(texts) } }),
    },
  };
  if ('etag' in headers) responses['304'] = { description: 'Nothing has changed.' };
  if (access !== 'anonymous')
    responses['401'] = { description: 'No function key, or a wrong one.' };
  const kinds: ProblemKind[] = [...operation.problems, ...(hasRoles ? ['forbidden' as const] : [])];
  const always = ['internal-error', 'upstream-refused', 'upstream-unavailable'] as const;
  return { ...responses, ...problemsOf([...kinds, ...always]) };
}

function problemsOf(kinds: readonly ProblemKind[]): Json {
  const content = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  const responses: Record<string, { description: string; content: Json }> = {};
  for (const kind of kinds) {
    const { status, title } = PROBLEMS[kind];
    const before = responses[status] ? `${responses[status].description} ` : '';
    responses[status] = { description: `${before}\`${kind}\`: ${title}.`, content };
  }
  return responses;
}

function headersOf(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

function contentOf(schema: z.ZodType): Json {
  return { 'application/json': { schema: schemaOf(schema) } };
}

/** JSON Schema 2020-12 with references to the named schemas, except for the one called `self`. */
function schemaOf(schema: z.ZodType, self?: string): Json {
  const found = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // The format says it; the pattern that goes with it is 300 characters long.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      const name = Object.keys(NAMED).find((one) => Object.is(NAMED[one], zodSchema));
      if (name === undefined || name === self) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      jsonSchema.$ref = `#/components/schemas/${name}`;
    },
  });
  const { $schema: _, ...rest } = found;
  return rest;
}
