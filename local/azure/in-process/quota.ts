import type { QuotaAnswer, QuotaDraw, Quotas } from '../../../shared/azure/quotas.ts';
import type { QuotaKind } from '../../../shared/core/quota.ts';
import type { Call } from '../model/call.ts';
import type { Outcome } from '../model/conduct.ts';
import type { ThrottleKind } from '../model/throttles.ts';

const QUOTA_KINDS: Readonly<Record<ThrottleKind, QuotaKind>> = {
  armRead: 'armReads',
  armWrite: 'armWrites',
  vaultCall: 'vaultCalls',
  vaultCreation: 'vaultCreations',
};

/** The HTTP methods of ARM's operations that are no GET. */
const ARM_METHODS: Readonly<Record<string, string>> = {
  listKeys: 'POST',
  regenerateKey: 'POST',
  updateAccount: 'PATCH',
};

/** Makes a call as the adapters' pipeline does: held to what `quotas` know, and they learn from its answer. */
export function counted<O extends Outcome<unknown> | { readonly kind: 'notSent' }>(
  quotas: Quotas | undefined,
  call: Call,
  send: () => Promise<O>,
): Promise<O> {
  const { service, operation, throttles = [] } = call;
  if (!quotas || throttles.length === 0) return send();
  const method = ARM_METHODS[operation] ?? 'GET';
  const draws = throttles.map(
    ({ kind, scope }): QuotaDraw => ({
      kind: service === 'arm' ? quotas.armKind(method, operation) : QUOTA_KINDS[kind],
      scope,
    }),
  );
  return quotas.call(draws, operation, send, answerOf);
}

/** What an answer's headers would say: ARM tells what is left, Key Vault does not. */
function answerOf(outcome: Outcome<unknown> | { readonly kind: 'notSent' }): QuotaAnswer {
  if (outcome.kind === 'answered') {
    const told = outcome.remaining.filter(({ kind }) => kind.startsWith('arm'));
    return {
      remaining: Object.fromEntries(told.map(({ kind, calls }) => [QUOTA_KINDS[kind], calls])),
    };
  }
  if (outcome.kind !== 'refused' || outcome.error.status !== 429) return {};
  return { refusedForMs: (outcome.error.retryAfterSeconds ?? Number.NaN) * 1000 };
}
