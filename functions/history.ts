import type { HttpResponseInit } from '@azure/functions';
import { accountIdOf } from '../shared/api/accountId.ts';
import { toCsv, toJsonLines } from '../shared/api/export.ts';
import { fromContinuation, parseQuery, toContinuation } from '../shared/api/parse.ts';
import { historyQuery } from '../shared/api/schemas/queries.ts';
import { historyView } from '../shared/api/views.ts';
import { historyPage, wholeHistory } from '../shared/service/operations/history.ts';
import { type Call, endpoint } from './wiring/endpoint.ts';

const EXPORTS = {
  jsonl: { write: toJsonLines, type: 'application/jsonl; charset=utf-8' },
  csv: { write: toCsv, type: 'text/csv; charset=utf-8; header=present' },
};

endpoint('history', async (call) => {
  const accountId = accountIdOf(call.request.params);
  const query = parseQuery(historyQuery, call.request.query);
  if (query.format !== 'json') return exportAs(query.format, accountId, query.rotation, call);
  const continuation = fromContinuation('history', query.continuation);
  const page = await historyPage(accountId, { ...query, continuation }, call.dependencies);
  const entries = page.entries.map(historyView);
  return { jsonBody: { entries, continuation: toContinuation('history', page.continuation) } };
});

async function exportAs(
  format: keyof typeof EXPORTS,
  accountId: string,
  rotationId: string | undefined,
  { dependencies }: Call,
): Promise<HttpResponseInit> {
  const { entries, complete } = await wholeHistory(accountId, rotationId, dependencies);
  const { write, type } = EXPORTS[format];
  const name = accountId.slice(accountId.lastIndexOf('/') + 1);
  return {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${name}-history.${format}"`,
      'x-twinkey-complete': String(complete),
    },
    body: write(entries.map(historyView)),
  };
}
