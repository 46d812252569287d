import type { AccountView } from '../shared/api/views.ts';
import type { Api } from './api.ts';
import { RequestError, UsageError } from './errors.ts';

const RESOURCE_ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.CognitiveServices\/accounts\/([^/]+)\/?$/i;
const PATH = /^([^/]+)\/([^/]+)\/([^/]+)$/;
const BARE_NAME = /^[^/]+$/;

/** Every account that the service knows. */
export async function fetchAccounts(api: Api): Promise<AccountView[]> {
  return (await api.get<{ accounts: AccountView[] }>('accounts')).accounts;
}

/** What may be typed of whom a command is about. */
export interface ScopeOptions {
  readonly all?: boolean | undefined;
}

/**
 * The API's path of `what` belongs to one account or, with `--all`, to all of them. Throws
 * {@link UsageError} unless it is either.
 */
export async function scopedPath(
  what: 'hold' | 'history',
  account: string | undefined,
  { all }: ScopeOptions,
  api: Api,
): Promise<string> {
  if (all === true && account === undefined) return what;
  if (!all && account !== undefined) return `${await accountPathOf(account, api)}/${what}`;
  const found = all ? 'both' : 'neither';
  throw new UsageError(`Expected either an account or --all, found ${found}.`);
}

/**
 * The API's path of an account that is named by its resource id, by `{sub}/{rg}/{name}`, or by its
 * name where only one has it. Throws {@link UsageError} for a name that means several.
 */
export async function accountPathOf(text: string, api: Api): Promise<string> {
  const parts = RESOURCE_ID.exec(text) ?? PATH.exec(text);
  if (parts) return `accounts/${parts.slice(1).map(encodeURIComponent).join('/')}`;
  if (!BARE_NAME.test(text)) {
    const expected = 'a resource id, subscription/resourceGroup/name, or a name';
    throw new UsageError(`Account: expected ${expected}, found '${text}'.`);
  }
  const name = text.toLowerCase();
  const found = (await fetchAccounts(api)).filter((one) => one.name.toLowerCase() === name);
  if (found.length > 1) {
    const candidates = found.map(({ path }) => `  ${path}`).join('\n');
    throw new UsageError(`Account: expected one, '${text}' may be any of:\n${candidates}`);
  }
  if (found[0]) return `accounts/${found[0].path}`;
  throw new RequestError(
    `Expected the name of a known account, found '${text}'. See the names with 'status'.`,
    { kind: 'unknown-account' },
  );
}
