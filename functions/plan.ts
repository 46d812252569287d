import type { HttpResponseInit } from '@azure/functions';
import { aheadUntil } from '../shared/api/ahead.ts';
import { fromContinuation, parseQuery, toContinuation } from '../shared/api/parse.ts';
import { planQuery } from '../shared/api/schemas/queries.ts';
import { planView } from '../shared/api/views.ts';
import { planAccounts } from '../shared/service/operations/plan.ts';
import { type Call, endpoint } from './wiring/endpoint.ts';

endpoint('plan', async (call) => {
  const { request, dependencies } = call;
  const { days, limit, continuation, format } = parseQuery(planQuery, request.query);
  const until = aheadUntil(dependencies.clock.now(), days);
  if (format === 'ics' || (format === undefined && wantsCalendar(call))) {
    return calendar(until, call);
  }
  const after = fromContinuation('plan', continuation) ?? '';
  const { steps, next } = await planAccounts({ limit, after, until }, dependencies);
  return {
    jsonBody: { accounts: steps.map(planView), continuation: toContinuation('plan', next) },
  };
});

function wantsCalendar({ request }: Call): boolean {
  return /^\s*text\/calendar\b/i.test(request.headers.get('accept') ?? '');
}

async function calendar(until: number, { dependencies }: Call): Promise<HttpResponseInit> {
  const statuses = [];
  for await (const status of dependencies.statuses.list()) statuses.push(status);
  const { deployment } = dependencies.deployment;
  // Its library is loaded for those who ask for a calendar.
  const { toCalendar } = await import('../shared/api/calendar.ts');
  return {
    headers: {
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="key-rotations.ics"',
      vary: 'accept',
    },
    body: toCalendar(statuses, deployment, until),
  };
}
