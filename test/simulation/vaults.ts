import type { AccountPlan } from './scenario.ts';

/** Where secrets are: by the deployment's setting, and by an account's tag. */
export const VAULT_URLS = {
  main: 'https://main.vault.azure.net',
  other: 'https://other.vault.azure.net',
} as const;

/** One of {@link VAULT_URLS}. */
export type VaultName = keyof typeof VAULT_URLS;

/** The same account with its secret in the vault that only a tag leads to. */
export function inOtherVault(plan: AccountPlan): AccountPlan {
  const secret = `${VAULT_URLS.other}/secrets/${plan.name}-key`;
  return { ...plan, tags: { ...plan.tags, 'key-rotation-secret': secret } };
}

/** Where the account's secret is, for good: nobody takes this tag away. */
export function vaultNameOf({ tags }: AccountPlan): VaultName {
  return tags['key-rotation-secret'] === undefined ? 'main' : 'other';
}
