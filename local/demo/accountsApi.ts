import type { AccountDetailView, AccountView as ListedView } from '../../shared/api/views.ts';
import type { Environment } from '../environment.ts';

/** An account as `GET /api/accounts` shows it, in full where apps are asked to acknowledge. */
export type AccountView = ListedView & Partial<Pick<AccountDetailView, 'acknowledgements'>>;

/** All accounts, by the service's own API; none while it does not answer. */
export async function fetchAccounts(environment: Environment): Promise<AccountView[]> {
  try {
    const { accounts = [] } = await get<{ accounts?: ListedView[] }>(environment, 'accounts');
    return await Promise.all(
      accounts.map((account) => {
        const asksNobody = !account.policy?.subscribers.length;
        return asksNobody ? account : get<AccountView>(environment, `accounts/${account.path}`);
      }),
    );
  } catch {
    return [];
  }
}

async function get<T>({ host, functionKey }: Environment, path: string): Promise<T> {
  const response = await fetch(`${host.url}/api/${path}`, {
    headers: { 'x-functions-key': functionKey },
    signal: AbortSignal.timeout(2_000),
  });
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}.`);
  return (await response.json()) as T;
}
