import { Problem } from './problem.ts';

const FORMS = {
  subscription: [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a GUID'],
  resourceGroup: [/^[\p{L}\p{N}_().-]{1,90}$/u, 'a resource group name of 1 to 90 characters'],
  name: [/^[a-z0-9][a-z0-9_.-]{1,63}$/i, 'an account name of 2 to 64 characters'],
} as const;

/** The three parts of a route that name an account, as decoded by the host. */
export type AccountRoute = Readonly<Record<string, string | undefined>>;

/** Lower-cased resource id of the account that a route names. Throws a `Problem` for a bad part. */
export function accountIdOf(route: AccountRoute): string {
  const part = (name: keyof typeof FORMS): string => {
    const [pattern, expected] = FORMS[name];
    const found = route[name] ?? '';
    if (pattern.test(found)) return found.toLowerCase();
    throw new Problem(
      'invalid-request',
      `${name}: expected ${expected}, found '${found.slice(0, 100)}'`,
    );
  };
  return (
    `/subscriptions/${part('subscription')}/resourcegroups/${part('resourceGroup')}` +
    `/providers/microsoft.cognitiveservices/accounts/${part('name')}`
  );
}
