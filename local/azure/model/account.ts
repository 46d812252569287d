import type { KeyRing } from './key-ring.ts';

export interface NetworkAcls {
  readonly defaultAction: 'Allow' | 'Deny';
  /** Addresses let in although the default is Deny. */
  readonly ipRules: readonly string[];
}

/** What can be changed about an account after it was made. */
export interface AccountSettings {
  tags: Record<string, string>;
  provisioningState: string;
  disableLocalAuth: boolean;
  networkAcls: NetworkAcls;
  publicNetworkAccess: 'Enabled' | 'Disabled';
}

/** Asks for an account; whatever is left out gets a plausible value. */
export interface AccountSpec extends Partial<AccountSettings> {
  readonly name: string;
  readonly resourceGroup?: string;
  readonly subscription?: string;
  /** `TextAnalytics`, `TextTranslation`, `OpenAI`, `AIServices`, `CognitiveServices`, … */
  readonly kind?: string;
  readonly location?: string;
  readonly sku?: string;
  /** Null: none, as accounts of old have it; they take no Entra tokens. */
  readonly customSubDomainName?: string | null;
}

/** A Cognitive Services account, control plane and data plane in one. */
export interface Account extends AccountSettings {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscription: string;
  readonly kind: string;
  readonly location: string;
  readonly sku: string;
  readonly customSubDomainName: string | null;
  /** What the data plane knows the account by: the custom subdomain or the name, lower-cased. */
  readonly host: string;
  /** Ends in a slash, as ARM shows it. */
  readonly endpoint: string;
  etag: string;
  readonly keys: KeyRing;
}

export function accountId(subscription: string, resourceGroup: string, name: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`;
}
