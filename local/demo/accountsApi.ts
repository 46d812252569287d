import type { accountView } from '../../shared/api/views.ts';
import type { Environment } from '../environment.ts';

/** An account as `GET /api/accounts` shows it. */
export type AccountView = ReturnType<typeof accountView>;

/** All accounts, by the service's own API; none while it does not answer. */
export async function fetchAccounts({ host, functionKey }: Environment): Promise<AccountView[]> {
  try {
    const response = await fetch(`${host.url}/api/accounts`, {
      headers: { 'x-functions-key': functionKey },
      signal: AbortSignal.timeout(2_000),
    });
    const body = (await response.json()) as { accounts?: AccountView[] };
    return body.accounts ?? [];
  } catch {
    return [];
  }
}
