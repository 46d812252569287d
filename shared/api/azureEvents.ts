import * as z from 'zod';
import type { Notice } from '../service/notices.ts';

/**
 * The events of Azure's own that the service listens to: those of Key Vault, and of Azure Resource
 * Manager. Both schemas are taken, the Event Grid one and CloudEvents; of each only what is needed.
 */
export const AZURE_EVENT_TYPES = {
  secretNearExpiry: 'Microsoft.KeyVault.SecretNearExpiry',
  secretNewVersion: 'Microsoft.KeyVault.SecretNewVersionCreated',
  actionSuccess: 'Microsoft.Resources.ResourceActionSuccess',
} as const;

const REGENERATE = 'microsoft.cognitiveservices/accounts/regeneratekey/action';
const SECRET_URL = /^(?<vaultUrl>https:\/\/[^/]+)\/secrets\/(?<name>[^/]+)\/(?<versionId>[^/]+)$/i;

/** Resource Manager sends an object here, or the text of one; what cannot be read says nothing. */
const claims = z
  .preprocess(
    (found) => (typeof found === 'string' ? parsedOrNothing(found) : found),
    z.object({ appid: z.string().optional() }),
  )
  .catch({});

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const vaultData = z.object({
  Id: z.string().transform((url, context) => {
    const groups = SECRET_URL.exec(url)?.groups;
    const { vaultUrl = '', name = '', versionId = '' } = groups ?? {};
    if (!groups) context.addIssue({ code: 'custom', message: "expected a secret's URL" });
    return { secret: { vaultUrl: vaultUrl.toLowerCase(), name }, versionId };
  }),
});
const actionData = z.object({
  operationName: z.string().transform((name) => name.toLowerCase()),
  resourceUri: z.string().transform((id) => id.toLowerCase()),
  claims,
});
const envelope = z.union([
  z.object({ eventType: z.string(), data: z.unknown() }).transform(({ eventType, data }) => ({
    type: eventType,
    data,
  })),
  z.object({ type: z.string(), data: z.unknown() }),
]);

/** What came of reading an event of Azure's. */
export type AzureEventReading =
  | { readonly ok: true; readonly notice: Notice }
  /** It is of another type or action, or not of the form that Azure documents. */
  | { readonly ok: false; readonly why: string };

/** Reads an event of Azure's. One that is none of the service's business is as good as one that cannot be read. */
export function readAzureEvent(event: unknown): AzureEventReading {
  const parsed = envelope.safeParse(event);
  if (!parsed.success) return { ok: false, why: `no event: ${z.prettifyError(parsed.error)}` };
  const { type, data } = parsed.data;
  switch (type) {
    case AZURE_EVENT_TYPES.secretNearExpiry:
      return read(vaultData, data, type, ({ Id }) => ({ kind: 'secretNearExpiry', ...Id }));
    case AZURE_EVENT_TYPES.secretNewVersion:
      return read(vaultData, data, type, ({ Id }) => ({ kind: 'secretSet', ...Id }));
    case AZURE_EVENT_TYPES.actionSuccess:
      return read(actionData, data, type, regenerated);
    default:
      return { ok: false, why: `expected one of ${TYPES}, found ${type.slice(0, 100)}` };
  }
}

const TYPES = Object.values(AZURE_EVENT_TYPES).join(', ');

function read<T>(
  schema: z.ZodType<T>,
  data: unknown,
  type: string,
  noticeOf: (data: T) => Notice | undefined,
): AzureEventReading {
  const parsed = schema.safeParse(data);
  if (!parsed.success) return { ok: false, why: `${type}: ${z.prettifyError(parsed.error)}` };
  const notice = noticeOf(parsed.data);
  return notice ? { ok: true, notice } : { ok: false, why: `${type} of another action` };
}

/** The subject of an action is the account, or the action's own path below it. */
function regenerated(action: z.output<typeof actionData>): Notice | undefined {
  if (action.operationName !== REGENERATE) return undefined;
  const accountId = action.resourceUri.replace(/\/regeneratekey$/, '');
  return { kind: 'keyRegenerated', accountId, caller: action.claims.appid };
}
