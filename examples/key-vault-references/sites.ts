import * as z from 'zod';

/** Site ids by the lower-cased id of the account whose key the sites use. */
export type SitesByAccount = ReadonlyMap<string, readonly string[]>;

const GROUP = '^/subscriptions/[\\w-]+/resourceGroups/[\\w.()-]+/providers';

const ACCOUNT_FORM = "expected an account's resource id";

const accountId = z
  .string()
  .regex(new RegExp(`${GROUP}/Microsoft\\.CognitiveServices/accounts/[\\w.-]+$`, 'i'));

/** A site, or a slot of one. */
const siteId = z
  .string()
  .regex(new RegExp(`${GROUP}/Microsoft\\.Web/sites/[\\w-]+(/slots/[\\w-]+)?$`, 'i'), {
    error: "expected a site's or a slot's resource id",
  });

const setting = z
  .string({ error: 'expected JSON, found nothing' })
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(accountId, z.array(siteId), {
      error: ({ code }) => (code === 'invalid_key' ? ACCOUNT_FORM : undefined),
    }),
  );

/**
 * Reads the setting `REFRESH_SITES`: `{"<account id>": ["<site id>", "<slot id>"]}`. Throws an error that
 * names what is wrong.
 */
export function sitesByAccount(text: string | undefined): SitesByAccount {
  const { data, error } = setting.safeParse(text);
  if (!data) throw new Error(`REFRESH_SITES: ${z.prettifyError(error)}`);
  return new Map(Object.entries(data).map(([id, sites]) => [id.toLowerCase(), sites]));
}
