import { app, type InvocationContext } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import * as z from 'zod';
import { type Refresh, refresher } from '../refresh.ts';
import { type SitesByAccount, sitesByAccount } from '../sites.ts';

// region handler
/** All that is read of an event. Whoever can send one can have sites refreshed that are set here, no more. */
const keyActivated = z.object({
  id: z.string(),
  type: z.literal('Twinkey.KeyActivated.v1'),
  subject: z.string(),
});

/** Event Grid waits 30 seconds for an answer, then counts the delivery as failed. */
const DELIVERY_LIMIT_MS = 25_000;
const REMEMBERED_LIMIT = 1_000;

/**
 * For each `Twinkey.KeyActivated.v1`: the sites that use the account's key fetch their Key Vault references
 * again. It throws when one of them could not, so that Event Grid sends the event again: after 10 seconds,
 * 30 seconds, 1, 5, 10 and 30 minutes, then hourly, for 24 hours.
 */
app.eventGrid('refreshKeyVaultReferences', {
  handler: async (received: unknown, context) => {
    const { data: event } = keyActivated.safeParse(received);
    if (!event) return;
    const { sites, refresh } = settings();
    const siteIds = sites.get(event.subject.toLowerCase()) ?? [];
    if (siteIds.length === 0) context.warn(`REFRESH_SITES has no sites of ${event.subject}.`);
    const signal = AbortSignal.timeout(DELIVERY_LIMIT_MS);
    const outcomes = await Promise.allSettled(
      siteIds.map((siteId) => refreshOnce(event.id, siteId, signal, refresh, context)),
    );
    const problems = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [String(outcome.reason)] : [],
    );
    if (problems.length > 0) throw new Error(problems.join('; '));
  },
});
// endregion

/** A refresh may restart the site: when the event comes again, only what failed is tried again. */
const refreshed = new Set<string>();

async function refreshOnce(
  eventId: string,
  siteId: string,
  signal: AbortSignal,
  refresh: Refresh,
  context: InvocationContext,
): Promise<void> {
  const key = `${eventId} ${siteId}`;
  if (refreshed.has(key)) return;
  const { count, unresolved } = await refresh(siteId, signal);
  refreshed.add(key);
  for (const oldest of refreshed) {
    if (refreshed.size <= REMEMBERED_LIMIT) break;
    refreshed.delete(oldest);
  }
  context.log(`${siteId}: ${count} Key Vault references fetched again.`);
  // Some setting may have been broken for long: sending the event again would not mend it.
  if (unresolved.length > 0) context.warn(`${siteId}: not resolved: ${unresolved.join(', ')}.`);
}

/** Read at the first event: a setting that is wrong fails an event, and its message is seen. */
function settings(): { sites: SitesByAccount; refresh: Refresh } {
  read ??= {
    sites: sitesByAccount(process.env['REFRESH_SITES']),
    refresh: refresherOf(process.env),
  };
  return read;
}
let read: ReturnType<typeof settings> | undefined;

function refresherOf(env: NodeJS.ProcessEnv): Refresh {
  const clientId = env['AZURE_CLIENT_ID'];
  return refresher({
    credential: clientId
      ? new ManagedIdentityCredential({ clientId })
      : new ManagedIdentityCredential(),
    endpoint: env['ARM_ENDPOINT'] || 'https://management.azure.com',
    scope: env['ARM_SCOPE'] || 'https://management.azure.com/.default',
  });
}
