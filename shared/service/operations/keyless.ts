import { createHash } from 'node:crypto';
import { Failure } from '../../core/failures.ts';
import {
  type Account,
  type Acknowledgement,
  holdsInForce,
  type ScopedHold,
} from '../../core/observation.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AccountRows } from '../recordPorts.ts';
import type { AccountStatus } from '../statusPorts.ts';
import { addRequest, digestOf, isRepetition, noteRequest } from './asking.ts';
import { recordDeed } from './history.ts';
import { type Asked, knownAccount, Refused, rotatableAccount } from './lookup.ts';

/** What ending key authentication of an account would mean, as far as can be told. */
export interface KeylessPreview {
  /** Whether the deployment may do it. */
  readonly permitted: boolean;
  readonly customSubdomain: boolean;
  /** Who said that it uses a key, and which: the newest word of each, of a live key or within a period. */
  readonly keyUsers: readonly Acknowledgement[];
  /** What would stop working, for people. */
  readonly breaks: readonly string[];
  /** What it would wait for, for people. */
  readonly waitsFor: readonly string[];
  /** How long both keys would stay valid before the switch. */
  readonly overlapMs: number | null;
  /** Stands for the consequences: to be sent along with the request. */
  readonly confirm: string;
}

/** Looks at what {@link requestKeyless} would do; changes nothing. Throws {@link Refused}. */
export async function previewKeyless(
  accountId: string,
  dependencies: Dependencies,
): Promise<KeylessPreview> {
  const { accounts, records, deployment, clock } = dependencies;
  const status = await rotatableAccount(accountId, dependencies);
  const [account, rows] = await Promise.all([accounts.get(accountId), records.read(accountId)]);
  if (!account) throw new Failure('notFound', `ARM does not know ${accountId}`);
  const users = keyUsers(rows, status, clock.now());
  const consequences = {
    customSubdomain: account.customSubdomain,
    breaks: breaks(account, users),
    overlapMs: status.policy?.overlapMs ?? null,
  };
  return {
    ...consequences,
    permitted: deployment.allowKeyless,
    keyUsers: users,
    waitsFor: waitsFor(rows, status, clock.now()),
    confirm: confirmationOf([accountId, users.map(({ subscriber }) => subscriber), consequences]),
  };
}

/** An operator asks for the end of key authentication, having seen the preview. */
export interface KeylessRequest extends Asked {
  /** {@link KeylessPreview.confirm}. */
  readonly confirm: string;
}

/**
 * Asks for the end of key authentication: both keys are replaced by a rotation with its whole
 * overlap, then it is switched off and the secret disabled. Throws {@link Refused}, also where the
 * preview has changed since.
 */
export async function requestKeyless(
  accountId: string,
  requestId: string,
  { confirm, ...asked }: KeylessRequest,
  dependencies: Dependencies,
): Promise<void> {
  if (!dependencies.deployment.allowKeyless) throw new Refused({ kind: 'keylessNotPermitted' });
  const digest = digestOf('keyless', asked.comment);
  if (await isRepetition(accountId, requestId, digest, dependencies)) return;
  const preview = await previewKeyless(accountId, dependencies);
  if (preview.confirm !== confirm) {
    throw new Refused({ kind: 'previewOutdated', confirm: preview.confirm });
  }
  const { requests } = await dependencies.records.read(accountId);
  const earlier = requests.find(({ kind }) => kind === 'keyless');
  if (earlier) throw new Refused({ kind: 'underWay', rotationId: earlier.id });
  const keys = await dependencies.accounts.listKeys(accountId);
  const fingerprints = [keys.Key1.fingerprint, keys.Key2.fingerprint];
  const users = preview.keyUsers.map(({ subscriber }) => subscriber);
  const request = { id: requestId, kind: 'keyless' as const, ...asked, fingerprints, users };
  await addRequest(accountId, request, digest, dependencies);
  // Of two that were asked for at once, one goes on.
  const { requests: now } = await dependencies.records.read(accountId);
  const other = now.find(({ id, kind }) => kind === 'keyless' && id < requestId);
  if (other) {
    await dependencies.records.withdrawRequest(accountId, requestId);
    throw new Refused({ kind: 'underWay', rotationId: other.id });
  }
  await noteRequest(accountId, request, dependencies);
}

/**
 * Takes the request back, unless key authentication is off or being switched off; the rotation that it
 * started goes on to its end. Does nothing where there is none. Throws {@link Refused}.
 */
export async function withdrawKeyless(
  accountId: string,
  { actor, comment }: { readonly actor: string; readonly comment: string | undefined },
  dependencies: Dependencies,
): Promise<void> {
  await knownAccount(accountId, dependencies);
  const { accounts, records } = dependencies;
  const { requests } = await records.read(accountId);
  const mine = requests.filter(({ kind }) => kind === 'keyless');
  if (mine.length > 0 && (await accounts.get(accountId))?.keyless) throw tooLate();
  for (const request of mine) {
    await refuseOnceSwitching(accountId, request.id, dependencies);
    await records.removeRequest(accountId, request.id);
    try {
      // A pass looks at the request after it wrote what it is about to do: one of the two sees the other.
      await refuseOnceSwitching(accountId, request.id, dependencies);
    } catch (error) {
      const receipt = await records.readReceipt(accountId, request.id);
      await records.withdrawRequest(accountId, request.id);
      await records.addRequest(accountId, request, receipt?.digest);
      throw error;
    }
    const message = `keyless: taken back${comment ? `: ${comment}` : ''}`;
    const deed = { reason: 'RequestRefused' as const, message, actor, requestId: request.id };
    await recordDeed(accountId, deed, dependencies);
  }
}

async function refuseOnceSwitching(
  accountId: string,
  requestId: string,
  { records }: Dependencies,
): Promise<void> {
  const { stored } = await records.read(accountId);
  if (stored?.record.switching?.requestId === requestId) throw tooLate();
}

function tooLate(): Refused {
  return new Refused({ kind: 'keysBeingSwitchedOff' });
}

function keyUsers(
  { acknowledgements, stored }: AccountRows,
  { policy }: AccountStatus,
  now: number,
): Acknowledgement[] {
  const since = now - (policy?.periodMs ?? 0);
  const { active, stale } = stored?.record ?? {};
  const live = [active?.fingerprint, stale?.fingerprint];
  const newest = new Map<string, Acknowledgement>();
  for (const said of acknowledgements.toSorted((a, b) => a.at - b.at)) {
    if (said.at >= since || live.includes(said.fingerprint)) newest.set(said.subscriber, said);
  }
  return [...newest.values()].toSorted((a, b) => a.subscriber.localeCompare(b.subscriber));
}

function breaks({ customSubdomain }: Account, users: readonly Acknowledgement[]): string[] {
  return [
    ...(customSubdomain
      ? []
      : [
          'everybody: the account has no custom subdomain, without which it takes no Entra ID tokens; give it one first',
        ]),
    ...users.map(({ subscriber }) => `${subscriber}, unless it can use Entra ID: it uses a key`),
    'whoever else sends a key, or a token that was exchanged for one',
  ];
}

function waitsFor(
  { stored, holds }: AccountRows,
  { policy }: AccountStatus,
  now: number,
): string[] {
  const rotation = stored?.record.rotation;
  const required = policy?.acknowledgement === 'required' ? policy.subscribers : [];
  return [
    ...(rotation ? [`rotation ${rotation.id}, which is under way`] : []),
    ...(policy?.window ? [`the window ${policy.window}`] : []),
    ...holdsInForce(holds, now).map(holdText),
    ...required.map((name) => `the acknowledgement of ${name}, which the account's tags require`),
  ];
}

function holdText({ scope, actor }: ScopedHold): string {
  return `the hold of ${actor}${scope === 'all' ? ' on all accounts' : ''}`;
}

function confirmationOf(consequences: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(consequences)).digest('hex').slice(0, 16);
}
