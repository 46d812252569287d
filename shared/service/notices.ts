import type { SecretRef } from '../core/policy.ts';
import type { Dependencies } from './dependencies.ts';
import { secretUrl } from './observe.ts';
import type { PassQueue } from './queuePorts.ts';
import { planAndSend } from './scheduler.ts';
import type { AccountStatus } from './statusPorts.ts';

/** What Azure tells of its own accord, about a secret or an account. */
export type Notice =
  | { readonly kind: 'secretNearExpiry'; readonly secret: SecretRef; readonly versionId: string }
  | { readonly kind: 'secretSet'; readonly secret: SecretRef; readonly versionId: string }
  /** `caller`: client id of the application that did it; undefined where a person did, or it is not said. */
  | {
      readonly kind: 'keyRegenerated';
      readonly accountId: string;
      readonly caller: string | undefined;
    };

/**
 * Has the accounts looked at that a notice is about, at once instead of at their next check; where a secret
 * expires soon and its rotation is due, as by a tick, which lets it begin. A notice decides nothing: the pass
 * looks for itself, so one that is late, lost, forged or sent twice changes nothing but when. What the service
 * did itself, and what is about no account of its own, is left. Returns the ids of the accounts that are
 * looked at.
 */
export async function heed(
  notice: Notice,
  dependencies: Dependencies,
  queue: PassQueue,
): Promise<string[]> {
  const concerned = await statusesOf(notice, dependencies);
  const now = dependencies.clock.now();
  const due: string[] = [];
  for (const { accountId } of concerned) {
    if (await isOwnDeed(notice, accountId, dependencies)) continue;
    await dependencies.statuses.setNextCheck(accountId, now);
    due.push(accountId);
  }
  const isDue = concerned.some(({ dueAt }) => dueAt !== null && dueAt <= now);
  if (notice.kind === 'secretNearExpiry' && isDue) await planAndSend(now, dependencies, queue);
  else if (due.length > 0) await queue.enqueue(due.map((accountId) => ({ accountId })));
  const left = concerned.length === 0 ? 'about no account of this deployment' : 'its own deed';
  dependencies.telemetry.record({
    level: 'info',
    name: 'notice',
    accountId: concerned[0]?.accountId,
    reason: undefined,
    message: `${describe(notice)}: ${due.length > 0 ? 'looked at now' : left}`,
  });
  return due;
}

async function statusesOf(notice: Notice, { statuses }: Dependencies): Promise<AccountStatus[]> {
  if (notice.kind === 'keyRegenerated') {
    const status = await statuses.get(notice.accountId);
    return status ? [status] : [];
  }
  const url = secretUrl(notice.secret).toLowerCase();
  const uses = (status: AccountStatus | null) => status?.secretUrl?.toLowerCase() === url;
  // Each version that the service itself sets is told of: that must not read the whole fleet.
  const user = await statuses.secretUser(url);
  const hinted = user === undefined ? null : await statuses.get(user);
  if (hinted && uses(hinted)) return [hinted];
  const found: AccountStatus[] = [];
  for await (const status of statuses.list()) if (uses(status)) found.push(status);
  const [only] = found;
  if (only && found.length === 1) await statuses.noteSecretUser(url, only.accountId);
  return found;
}

/** A version that is on record, or a regenerate by the identity of this very deployment. */
async function isOwnDeed(
  notice: Notice,
  accountId: string,
  { records, deployment }: Dependencies,
): Promise<boolean> {
  switch (notice.kind) {
    case 'secretNearExpiry':
      return false;
    case 'secretSet': {
      const { stored } = await records.read(accountId);
      return stored?.record.active?.versionId === notice.versionId;
    }
    case 'keyRegenerated':
      return notice.caller !== undefined && notice.caller === deployment.clientId;
  }
}

function describe(notice: Notice): string {
  switch (notice.kind) {
    case 'secretNearExpiry':
      return `the secret ${notice.secret.name} expires soon`;
    case 'secretSet':
      return `the secret ${notice.secret.name} has a new version`;
    case 'keyRegenerated':
      return `a key of ${notice.accountId} was regenerated`;
  }
}
