import { accountIdOf } from '../shared/api/accountId.ts';
import { accountDetailView, accountView } from '../shared/api/views.ts';
import { holdsOfAll } from '../shared/service/operations/holds.ts';
import { inspectAccount } from '../shared/service/operations/inspect.ts';
import { conditionalJson } from './wiring/conditional.ts';
import { endpoint } from './wiring/endpoint.ts';

endpoint('accounts', async ({ dependencies }) => {
  const holdOf = await holdsOfAll(dependencies);
  const accounts = [];
  for await (const status of dependencies.statuses.list()) {
    accounts.push(accountView(status, holdOf(status.accountId)));
  }
  return { jsonBody: { accounts } };
});

endpoint('account', async ({ request, dependencies }) => {
  const account = await inspectAccount(accountIdOf(request.params), dependencies);
  return conditionalJson(request, accountDetailView(account));
});
