import { accountIdOf } from '../shared/api/accountId.ts';
import { Problem } from '../shared/api/problem.ts';
import { historyView } from '../shared/api/views.ts';
import { endpoint } from './wiring/endpoint.ts';

const PAGE_LIMIT = 200;

/** An account's history, newest first. */
endpoint(
  'history',
  'accounts/{subscription}/{resourceGroup}/{name}/history',
  'GET',
  async ({ request, dependencies }) => {
    const accountId = accountIdOf(request.params);
    const limit = pageLimit(request.query.get('limit'));
    if (!(await dependencies.statuses.get(accountId))) {
      throw new Problem('unknown-account', `${accountId} is not known to this deployment`);
    }
    const continuation = request.query.get('continuation') ?? undefined;
    const page = await dependencies.records.history(accountId, limit, continuation);
    return {
      jsonBody: {
        entries: page.entries.map(historyView),
        continuation: page.continuation ?? null,
      },
    };
  },
);

function pageLimit(text: string | null): number {
  const limit = text === null ? PAGE_LIMIT : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT) return limit;
  throw new Problem('invalid-request', `limit: expected 1 to ${PAGE_LIMIT}, found '${text}'`);
}
