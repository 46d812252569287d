import type { Dependencies } from '../dependencies.ts';
import type { AccountStatus } from '../statusPorts.ts';

/** Why an operation was not carried out; a kind for each way to answer the caller. */
export type Refusal =
  | { readonly kind: 'unknownAccount' }
  | { readonly kind: 'unknownRotation' }
  /** The account is known, but nothing can be rotated: the status says why. */
  | { readonly kind: 'notRotatable'; readonly status: AccountStatus }
  | { readonly kind: 'underWay'; readonly rotationId: string }
  /** The same request id came before, with another content, or as the id of another rotation. */
  | { readonly kind: 'idReused' }
  /** Where a page ended, as no page did. */
  | { readonly kind: 'unknownContinuation' }
  | { readonly kind: 'overlapTooLong'; readonly periodMs: number; readonly overlapMs: number }
  | { readonly kind: 'rollbackImpossible'; readonly message: string }
  /** The deployment does not let key authentication be ended. */
  | { readonly kind: 'keylessNotPermitted' }
  /** Too late to take the end of key authentication back. */
  | { readonly kind: 'keysBeingSwitchedOff' }
  /** What was confirmed is not what would happen now. */
  | { readonly kind: 'previewOutdated'; readonly confirm: string }
  | { readonly kind: 'notSubscribed'; readonly subscribers: readonly string[] }
  | { readonly kind: 'notActive'; readonly activeFingerprint: string | null };

/** Thrown by operations; the way in renders it. Nothing was changed. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** Who asks, and why. */
export interface Asked {
  readonly actor: string;
  readonly comment: string;
}

/** Reasons under which an account has nothing to rotate, or nobody may. */
const NOT_ROTATABLE = new Set([
  'PolicyInvalid',
  'Excluded',
  'AccountMissing',
  'Keyless',
  'SecretBelongsToAnother',
  'ManagedElsewhere',
]);

/** The account's status. Throws {@link Refused} for an account that no pass has seen yet. */
export async function knownAccount(
  accountId: string,
  { statuses }: Dependencies,
): Promise<AccountStatus> {
  const status = await statuses.get(accountId);
  if (!status) throw new Refused({ kind: 'unknownAccount' });
  return status;
}

/** False where the account has nothing to rotate, or nobody may. */
export function isRotatable({ reason }: AccountStatus): boolean {
  return !NOT_ROTATABLE.has(reason);
}

/** Like {@link knownAccount}; throws {@link Refused} too where nothing can be rotated. */
export async function rotatableAccount(
  accountId: string,
  dependencies: Dependencies,
): Promise<AccountStatus> {
  const status = await knownAccount(accountId, dependencies);
  if (!isRotatable(status)) throw new Refused({ kind: 'notRotatable', status });
  return status;
}
