import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { AzureError } from '../model/azure-error.ts';
import type { Service } from '../model/call.ts';
import type { Conductor, EffectContext, Remaining } from '../model/conduct.ts';
import type { Throttle } from '../model/throttles.ts';
import { errorAnswer, readRequest, send, type WireAnswer, type WireRequest } from './exchange.ts';

export type PathParameters = Readonly<Record<string, string>>;

/** One operation of a service on the wire. */
export interface Route {
  readonly method: string;
  /** Matched without case against the whole path; named groups become the parameters. */
  readonly path: RegExp;
  /** The name that fault rules and the call log know it by. */
  readonly operation: string;
  readonly throttles?: (parameters: PathParameters) => readonly Throttle[];
  /** Does it, on the model, in one synchronous step. */
  readonly effect: (
    request: WireRequest,
    parameters: PathParameters,
    context: EffectContext,
  ) => WireAnswer;
}

export interface Front {
  readonly service: Service;
  readonly routes: readonly Route[];
  /**
   * Turns away who may not call at all. Runs before faults, throttles and the log: a challenge is
   * no call. Returns the answer to send, or nothing to go on.
   */
  readonly guard?: (request: WireRequest) => WireAnswer | undefined;
  readonly headers?: (remaining: readonly Remaining[]) => Record<string, string>;
}

/** Serves a front: reads, guards, routes, conducts, and answers or hangs up. */
export function serveFront(front: Front, conductor: Conductor): RequestListener {
  return (incoming, response) => {
    handle(front, conductor, incoming, response).catch((error: unknown) => {
      // A client that goes away while sending is its own affair; all else is a defect here.
      if (incoming.destroyed && !incoming.complete) return;
      send(response, { status: 500, body: { error: { code: 'Defect', message: String(error) } } });
    });
  };
}

async function handle(
  front: Front,
  conductor: Conductor,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const request = await readRequest(incoming);
    const guarded = front.guard?.(request);
    if (guarded) return send(response, guarded);
    await conductRoute(front, conductor, request, response);
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    send(response, errorAnswer(error));
  }
}

async function conductRoute(
  front: Front,
  conductor: Conductor,
  request: WireRequest,
  response: ServerResponse,
): Promise<void> {
  const { route, parameters } = findRoute(front.routes, request);
  const outcome = await conductor.conduct(
    {
      service: front.service,
      operation: route.operation,
      target: parameters['name'] ?? '',
      throttles: route.throttles?.(parameters) ?? [],
    },
    (context) => route.effect(request, parameters, context),
  );
  switch (outcome.kind) {
    case 'answered': {
      const { value, remaining } = outcome;
      const headers = { ...front.headers?.(remaining), ...value.headers };
      return send(response, { ...value, headers });
    }
    case 'refused':
      return send(response, errorAnswer(outcome.error));
    case 'dropped':
      response.destroy();
      return;
    case 'hung':
      // The connection stays open and silent until the caller gives up.
      return;
  }
}

function findRoute(
  routes: readonly Route[],
  request: WireRequest,
): { route: Route; parameters: PathParameters } {
  for (const route of routes) {
    const match = route.method === request.method && route.path.exec(request.url.pathname);
    if (!match) continue;
    const parameters = Object.entries(match.groups ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, decodeURIComponent(value)]],
    );
    return { route, parameters: Object.fromEntries(parameters) };
  }
  throw new AzureError(
    404,
    'NotFound',
    `No such operation here: ${request.method} ${request.url.pathname}`,
  );
}
