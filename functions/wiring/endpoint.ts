import {
  app,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import { OPERATIONS, type Operation, type OperationName } from '../../shared/api/operations.ts';
import { authorize, PRINCIPAL_HEADER } from '../../shared/api/principal.ts';
import { Problem } from '../../shared/api/problem.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { Refused } from '../../shared/service/operations/lookup.ts';
import { passOutputs } from './passQueue.ts';
import { failureProblem, refusalProblem } from './refusals.ts';
import { dependenciesOf, loadService } from './service.ts';

/** What an endpoint's handler is given. */
export interface Call {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly dependencies: Dependencies;
  /** Who calls, for the history. */
  readonly actor: string;
}

/** Registers an operation of the HTTP API. */
export function endpoint(
  name: OperationName,
  handle: (call: Call) => Promise<HttpResponseInit>,
): void {
  const { route, method, access }: Operation = OPERATIONS[name];
  app.http(name, {
    route,
    methods: [method],
    authLevel: access === 'anonymous' ? 'anonymous' : 'function',
    ...(method !== 'GET' && { extraOutputs: passOutputs }),
    handler: handlerOf(access, handle),
  });
}

/** Answers a request whose caller may make it; errors are problem+json. */
export function handlerOf(
  access: Operation['access'],
  handle: (call: Call) => Promise<HttpResponseInit>,
) {
  return async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    try {
      const actor = await actorOf(request, access);
      const dependencies = await dependenciesOf(context);
      return withDefaults(await handle({ request, context, dependencies, actor }));
    } catch (error) {
      return problemResponse(toProblem(error, context));
    }
  };
}

async function actorOf(request: HttpRequest, access: Operation['access']): Promise<string> {
  if (access === 'anonymous' || access === 'key') return '';
  const { trustsPlatform } = await loadService();
  return authorize(request.headers.get(PRINCIPAL_HEADER), access, trustsPlatform()).actor;
}

function toProblem(error: unknown, context: InvocationContext): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refused) return refusalProblem(error.refusal);
  if (error instanceof Failure) return failureProblem(error);
  context.error(error);
  return new Problem('internal-error', `see the log of invocation ${context.invocationId}`);
}

function withDefaults(response: HttpResponseInit): HttpResponseInit {
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return { ...response, headers: { ...headers, ...response.headers } };
}

function problemResponse(problem: Problem): HttpResponseInit {
  return withDefaults({
    status: problem.status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem.toBody()),
  });
}
