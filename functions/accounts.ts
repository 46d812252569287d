import { accountIdOf } from '../shared/api/accountId.ts';
import { Problem } from '../shared/api/problem.ts';
import { accountView } from '../shared/api/views.ts';
import { endpoint } from './wiring/endpoint.ts';

/** Every account: what it is doing, why, and what happens next. */
endpoint('accounts', 'accounts', 'GET', async ({ dependencies }) => {
  const accounts = [];
  for await (const status of dependencies.statuses.list()) accounts.push(accountView(status));
  return { jsonBody: { accounts } };
});

/** One account. */
endpoint(
  'account',
  'accounts/{subscription}/{resourceGroup}/{name}',
  'GET',
  async ({ request, dependencies }) => {
    const accountId = accountIdOf(request.params);
    const status = await dependencies.statuses.get(accountId);
    if (!status)
      throw new Problem('unknown-account', `${accountId} is not known to this deployment`);
    return { jsonBody: accountView(status) };
  },
);
