import type { HttpResponseInit } from '@azure/functions';
import { accountIdOf } from '../shared/api/accountId.ts';
import { toCsv, toJsonLines } from '../shared/api/export.ts';
import { fromContinuation, parseQuery, toContinuation } from '../shared/api/parse.ts';
import { historyForAllQuery, historyQuery } from '../shared/api/schemas/queries.ts';
import { historyView } from '../shared/api/views.ts';
import type { Dependencies } from '../shared/service/dependencies.ts';
import { historyPage, wholeHistory } from '../shared/service/operations/history.ts';
import { type Call, endpoint } from './wiring/endpoint.ts';

const EXPORTS = {
  jsonl: { write: toJsonLines, type: 'application/jsonl; charset=utf-8' },
  csv: { write: toCsv, type: 'text/csv; charset=utf-8; header=present' },
};

/** What both endpoints are asked for; one rotation is an account's. */
type HistoryQuery = ReturnType<typeof parseQuery<typeof historyForAllQuery>> & {
  readonly rotation?: string | undefined;
};

endpoint('history', (call) => {
  const accountId = accountIdOf(call.request.params);
  return answer(accountId, parseQuery(historyQuery, call.request.query), call);
});

endpoint('historyForAll', (call) =>
  answer(null, parseQuery(historyForAllQuery, call.request.query), call),
);

async function answer(
  accountId: string | null,
  query: HistoryQuery,
  { dependencies }: Call,
): Promise<HttpResponseInit> {
  if (query.format !== 'json') return exportAs(query.format, accountId, query, dependencies);
  const continuation = fromContinuation('history', query.continuation);
  const page = await historyPage(accountId, { ...query, continuation }, dependencies);
  const entries = page.entries.map(historyView);
  return { jsonBody: { entries, continuation: toContinuation('history', page.continuation) } };
}

async function exportAs(
  format: keyof typeof EXPORTS,
  accountId: string | null,
  { rotation }: HistoryQuery,
  dependencies: Dependencies,
): Promise<HttpResponseInit> {
  const { entries, complete } = await wholeHistory(accountId, rotation, dependencies);
  const { write, type } = EXPORTS[format];
  const name = accountId?.slice(accountId.lastIndexOf('/') + 1) ?? 'all-accounts';
  return {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${name}-history.${format}"`,
      'x-twinkey-complete': String(complete),
    },
    body: write(entries.map(historyView)),
  };
}
