import type { Account, AccountSettings, NetworkAcls } from './account.ts';

/** An account as ARM writes it. Never with its keys: those have a call of their own. */
export function accountJson(account: Account) {
  const { id, name, kind, location, tags, etag, endpoint } = account;
  return {
    id,
    name,
    type: 'Microsoft.CognitiveServices/accounts',
    etag: `"${etag}"`,
    kind,
    location,
    tags,
    sku: { name: account.sku },
    properties: {
      provisioningState: account.provisioningState,
      endpoint,
      endpoints: { [kind]: endpoint },
      ...(account.customSubDomainName !== null && {
        customSubDomainName: account.customSubDomainName,
      }),
      disableLocalAuth: account.disableLocalAuth,
      publicNetworkAccess: account.publicNetworkAccess,
      networkAcls: {
        defaultAction: account.networkAcls.defaultAction,
        ipRules: account.networkAcls.ipRules.map((value) => ({ value })),
        virtualNetworkRules: [],
      },
    },
  };
}

/** The part of a PATCH body that this Azure can change. */
interface AccountPatch {
  readonly tags?: Record<string, string>;
  readonly properties?: Partial<
    Pick<AccountSettings, 'disableLocalAuth' | 'publicNetworkAccess'>
  > & {
    readonly networkAcls?: {
      readonly defaultAction?: NetworkAcls['defaultAction'];
      readonly ipRules?: readonly { readonly value: string }[];
    };
  };
}

/** Only what the body names changes; tags are replaced as a whole, as ARM does. */
export function settingsFromJson(body: AccountPatch): Partial<AccountSettings> {
  const { disableLocalAuth, publicNetworkAccess, networkAcls } = body.properties ?? {};
  return {
    ...(body.tags && { tags: body.tags }),
    ...(disableLocalAuth !== undefined && { disableLocalAuth }),
    ...(publicNetworkAccess && { publicNetworkAccess }),
    ...(networkAcls && {
      networkAcls: {
        defaultAction: networkAcls.defaultAction ?? 'Allow',
        ipRules: (networkAcls.ipRules ?? []).map((rule) => rule.value),
      },
    }),
  };
}
