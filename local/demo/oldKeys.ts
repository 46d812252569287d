import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
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
  const agent = new Agent({ ca: caPem });
  const answers = await Promise.all(old.map((key) => statusFor(account, key, agent)));
  const currentAnswers = await Promise.all(current.map((key) => statusFor(account, key, agent)));
  agent.destroy();
  return {
    old: old.length,
    oldRefused: answers.filter((status) => status === 401).length,
    currentAccepted: currentAnswers.filter((status) => status === 200).length,
  };
}

async function statusFor({ kind, endpoint }: Account, key: string, agent: Agent): Promise<number> {
  const [method, path] =
    kind === 'OpenAI'
      ? ['GET', 'openai/models?api-version=2024-10-21']
      : ['POST', 'sts/v1.0/issueToken'];
  const headers = { 'Ocp-Apim-Subscription-Key': key };
  const sent = request(endpoint + path, { method, headers, agent, timeout: 10_000 }).end();
  sent.on('timeout', () => sent.destroy(new Error(`${endpoint} does not answer.`)));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}
