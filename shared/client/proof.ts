import type { RotatingKey } from './rotatingKey.ts';

/** What a request carries: a key, or an Entra ID token for `Authorization: Bearer`. */
export type Proof =
  | { readonly kind: 'key'; readonly value: string }
  | { readonly kind: 'token'; readonly value: string };

/** Why an account sent a request away: the proof is not valid, or it takes no keys at all. */
export type Refusal = 'invalid' | 'keyless';

/** How one sort of request is sent. */
export interface Sending<Answer> {
  send(proof: Proof): Promise<Answer>;
  /** Undefined when the request was not refused for its proof. */
  refusalOf(answer: Answer, proof: Proof): Promise<Refusal | undefined>;
  /** Lets go of an answer that is not handed on, because the request is repeated. Must not throw. */
  discard?(answer: Answer): void;
  /** False when the request's body cannot be sent again. */
  readonly repeatable: boolean;
}

/** With the key, with another key or with a token after that, and with a token after both. */
const SEND_LIMIT = 3;

/**
 * Sends a request with the key, or with a token when the account takes no keys. When the account
 * refuses the one, the secret is looked up and the request repeated with whatever there is by then:
 * another key once, a token once. Rejects as sending does, as `ready()` does while there is no key,
 * and as the Entra ID credential does.
 */
export async function sendWithProof<Answer>(
  key: RotatingKey,
  sending: Sending<Answer>,
): Promise<Answer> {
  await key.ready();
  let proof = await proofOf(key);
  for (let attempt = 1; ; attempt++) {
    const answer = await sending.send(proof);
    const refusal = await sending.refusalOf(answer, proof);
    if (!refusal || attempt === SEND_LIMIT) return answer;
    const worthRepeating = await look(key, proof, refusal);
    const nextIsKey = !key.keyless;
    if (!worthRepeating || !sending.repeatable || (attempt > 1 && nextIsKey)) return answer;
    sending.discard?.(answer);
    proof = await proofOf(key);
  }
}

async function proofOf(key: RotatingKey): Promise<Proof> {
  if (!key.keyless || !key.entra) return { kind: 'key', value: key.key };
  return { kind: 'token', value: (await key.entra.get()).token };
}

/** Looks what became of the key; true when there is another proof by now. */
async function look(key: RotatingKey, refused: Proof, refusal: Refusal): Promise<boolean> {
  if (refused.kind === 'token') return key.retryKeys();
  if (refusal === 'invalid' && (await key.replaceRefused(refused.value))) return true;
  // A key that is not valid and a secret that is disabled: there will be no other key.
  if (refusal === 'keyless' || key.disabled) key.reportKeyless(refused.value);
  return key.keyless || key.key !== refused.value;
}

/**
 * What the data plane answers to keys of an account with local authentication disabled: 403
 * `AuthenticationTypeDisabled`, "Key based authentication is disabled for this resource." Some
 * services word it differently.
 */
const KEYLESS_ANSWER =
  /AuthenticationTypeDisabled|key[ -]based authentication is disabled|local auth(entication)? is disabled|disableLocalAuth/i;

/** Whether the body of a refusal says that the account takes no keys. */
export function saysKeyless(body: string): boolean {
  return KEYLESS_ANSWER.test(body);
}

/** What an answer with this status and body means for the proof that the request carried. */
export async function refusalOf(
  status: number,
  readBody: () => Promise<string>,
  proof: Proof,
  key: RotatingKey,
): Promise<Refusal | undefined> {
  if (status !== 401 && status !== 403) return undefined;
  if (proof.kind === 'token') return 'invalid';
  if (key.entra && saysKeyless(await readBody().catch(() => ''))) return 'keyless';
  return status === 401 ? 'invalid' : undefined;
}
