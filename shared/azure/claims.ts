import { REASONS } from '../core/reasons.ts';
import type { AccountStatus } from '../service/statusPorts.ts';

/**
 * Whether the owner of a secret is seen to have left it: its status names another secret, or says
 * that the account is gone. A claim without a status is young: its owner's first pass is not over.
 */
export function hasLeft(owner: AccountStatus | undefined, secretUrl: string): boolean {
  if (!owner) return false;
  const elsewhere = owner.secretUrl !== null && owner.secretUrl !== secretUrl;
  return elsewhere || owner.reason === REASONS.AccountMissing;
}
