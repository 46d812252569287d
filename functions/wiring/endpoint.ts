import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import { Problem } from '../../shared/api/problem.ts';
import { dependenciesFor } from '../../shared/azure/service.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { logOf } from './log.ts';

/** What an endpoint's handler is given. */
export interface Call {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly dependencies: Dependencies;
}

/** Bodies of this API are small; anything larger is a mistake or an attack. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** Registers an HTTP endpoint under function keys, whose errors are problem+json. */
export function endpoint(
  name: string,
  route: string,
  method: HttpMethod,
  handle: (call: Call) => Promise<HttpResponseInit>,
  options: { extraOutputs?: Parameters<typeof app.http>[1]['extraOutputs'] } = {},
): void {
  app.http(name, {
    route,
    methods: [method],
    authLevel: 'function',
    ...(options.extraOutputs && { extraOutputs: options.extraOutputs }),
    handler: async (request, context) => {
      try {
        const dependencies = dependenciesFor(logOf(context));
        return withDefaults(await handle({ request, context, dependencies }));
      } catch (error) {
        return problemResponse(toProblem(error, context));
      }
    },
  });
}

/** The request's body as text. Throws a `Problem` past the limit. */
export async function readBody(request: HttpRequest): Promise<string> {
  const text = await request.text();
  if (Buffer.byteLength(text) <= BODY_LIMIT_BYTES) return text;
  throw new Problem('body-too-large', `expected at most ${BODY_LIMIT_BYTES} bytes`);
}

function toProblem(error: unknown, context: InvocationContext): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Failure) return new Problem('upstream-unavailable', error.message);
  context.error(error);
  return new Problem('internal-error', `see the log of invocation ${context.invocationId}`);
}

function withDefaults(response: HttpResponseInit): HttpResponseInit {
  return { ...response, headers: { 'cache-control': 'no-store', ...response.headers } };
}

function problemResponse(problem: Problem): HttpResponseInit {
  return withDefaults({
    status: problem.status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem.toBody()),
  });
}
