import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { Account } from '../azure/model/account.ts';
import { keySlots } from '../azure/model/key-ring.ts';

/** Keys of an account, tried on its data plane from outside, as anybody could who has them. */
export interface KeyTrial {
  /** Former values, all that ever were. */
  old: number;
  /** Of those, how many are refused with 401. */
  oldRefused: number;
  /** Of the two current values, how many are accepted. */
  currentAccepted: number;
}

/** Tries every key that the account ever had. */
export async function tryEveryKey(account: Account, caPem: string): Promise<KeyTrial> {
  const current = keySlots.map((slot) => account.keys.value(slot));
  const old = account.keys.everIssued.filter((key) => !current.includes(key));
  const answers = await Promise.all(old.map((key) => statusFor(account, key, caPem)));
  const currentAnswers = await Promise.all(current.map((key) => statusFor(account, key, caPem)));
  return {
    old: old.length,
    oldRefused: answers.filter((status) => status === 401).length,
    currentAccepted: currentAnswers.filter((status) => status === 200).length,
  };
}

async function statusFor({ kind, endpoint }: Account, key: string, ca: string): Promise<number> {
  const request = createPipelineRequest({
    url:
      endpoint +
      (kind === 'OpenAI' ? 'openai/models?api-version=2024-10-21' : 'sts/v1.0/issueToken'),
    method: kind === 'OpenAI' ? 'GET' : 'POST',
    headers: createHttpHeaders({ 'Ocp-Apim-Subscription-Key': key }),
    tlsSettings: { ca },
    timeout: 10_000,
  });
  const { status } = await createDefaultHttpClient().sendRequest(request);
  return status;
}
