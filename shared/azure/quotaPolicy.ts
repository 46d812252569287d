import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import type { ClientPolicy } from './clientPolicy.ts';
import { retryAfterMs } from './failures.ts';
import type { QuotaAnswer, QuotaDraw, Quotas } from './quotas.ts';

/** A client option: what every request of a client to ARM draws on Azure's limits. */
export function armQuota(quotas: Quotas) {
  return onEachTry('armQuota', (request, send) => {
    const { pathname } = new URL(request.url);
    const [, , subscriptionId = ''] = pathname.split('/');
    // Actions end with their name, all else with that of what they are about.
    const { method } = request;
    const operation = method === 'POST' ? pathname.slice(pathname.lastIndexOf('/') + 1) : method;
    const kind = quotas.armKind(method, operation);
    return quotas.call([{ kind, scope: subscriptionId }], operation, send, answerOf);
  });
}

/** A client option: what every request of a client to a vault draws on Azure's limits. */
export function vaultQuota(quotas: Quotas) {
  return onEachTry('vaultQuota', (request, send) => {
    // The challenge that a client begins with does nothing and is not counted.
    if (!request.headers.has('authorization')) return send();
    const scope = new URL(request.url).origin;
    const draws: QuotaDraw[] = [{ kind: 'vaultCalls', scope }];
    if (request.method === 'PUT') draws.push({ kind: 'vaultCreations', scope });
    return quotas.call(draws, request.method, send, answerOf);
  });
}

type Send = () => Promise<PipelineResponse>;

function onEachTry(
  name: string,
  around: (request: PipelineRequest, send: Send) => Promise<PipelineResponse>,
): ClientPolicy {
  const policy: PipelinePolicy = {
    name,
    sendRequest: (request, next) => around(request, () => next(request)),
  };
  return { policy, position: 'perRetry' };
}

function answerOf({ status, headers }: PipelineResponse): QuotaAnswer {
  const remaining = {
    ...leftOf(headers.get('x-ms-ratelimit-remaining-subscription-reads'), 'armReads'),
    ...leftOf(headers.get('x-ms-ratelimit-remaining-subscription-writes'), 'armWrites'),
  };
  if (status !== 429) return { remaining };
  return { remaining, refusedForMs: retryAfterMs((name) => headers.get(name)) ?? Number.NaN };
}

function leftOf(header: string | undefined, kind: 'armReads' | 'armWrites') {
  return header !== undefined && /^\d+$/.test(header) ? { [kind]: Number(header) } : {};
}
