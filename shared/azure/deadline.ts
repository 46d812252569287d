import { AsyncLocalStorage } from 'node:async_hooks';
import {
  isRestError,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  type SendRequest,
} from '@azure/core-rest-pipeline';
import type { Clock } from '../service/ports.ts';
import type { ClientPolicy } from './clientPolicy.ts';
import { LastMomentAgent, type Objection } from './lastMoment.ts';

/** One attempt to change something, as the pipeline sees it. */
export interface Sending {
  /** Epoch ms; no request leaves later. */
  readonly sendBy: number;
  /** Aborted once the caller has given the attempt up: nothing may be sent any more. */
  readonly signal: AbortSignal;
  /** True while a request is out, or was out, whose effect is not known. */
  inDoubt: boolean;
}

/** The deadline had passed before the request left this process. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  /** All that is left of an error that comes out of a connection. */
  readonly code = DEADLINE_PASSED;
}

const DEADLINE_PASSED = 'DEADLINE_PASSED';

const current = new AsyncLocalStorage<Sending>();

/** Runs `call` with `sending` as the attempt that {@link sendOncePolicy} watches. */
export function runSending<T>(sending: Sending, call: () => Promise<T>): Promise<T> {
  return current.run(sending, call);
}

/**
 * Client options for calls that must not be made twice: no retries, no redirects, and the policy
 * behind all others, `Sign` included, so that it sees a request after its token was fetched. A
 * client with these options works inside {@link runSending} only. What `before` does, which may take
 * time, comes ahead of the look at the deadline.
 */
export function sendOnce(clock: Clock, ...before: readonly ClientPolicy[]) {
  return {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [
      ...before,
      { policy: sendOncePolicy(clock), position: 'perRetry' as const },
    ],
  };
}

/** Changes are rare: each gets a connection of its own, and looks at the deadline once it is open. */
function sendOncePolicy(clock: Clock): PipelinePolicy {
  const objectionTo = (sending: Sending | undefined) => () => sending && tooLate(sending, clock);
  const agent = new LastMomentAgent((): Objection => objectionTo(current.getStore()));
  return {
    name: 'sendOncePolicy',
    async sendRequest(request, next) {
      const sending = current.getStore();
      if (!sending) throw new Error('A change was about to be sent without a deadline.');
      const late = tooLate(sending, clock);
      if (late) throw late;
      sending.signal.throwIfAborted();
      request.agent ??= agent;
      return send(request, next, sending);
    },
  };
}

/** The reason why nothing of this attempt leaves any more: it is known then that nothing did. */
function tooLate(sending: Sending, clock: Clock): DeadlinePassed | undefined {
  if (clock.now() <= sending.sendBy) return undefined;
  sending.inDoubt = false;
  return new DeadlinePassed();
}

async function send(
  request: PipelineRequest,
  next: SendRequest,
  sending: Sending,
): Promise<PipelineResponse> {
  // Key Vault's challenge goes first without token and body: it cannot change anything.
  sending.inDoubt = request.headers.has('authorization');
  try {
    const response = await next(request);
    if (isDefiniteRefusal(response.status)) sending.inDoubt = false;
    return response;
  } catch (error) {
    if (isRestError(error) && error.code === DEADLINE_PASSED) throw new DeadlinePassed();
    if (neverConnected(error)) sending.inDoubt = false;
    throw error;
  }
}

/** 4xx: the service did not do it; but 408 and 499 are said about requests that were cut short. */
function isDefiniteRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 499;
}

/** Codes that Node.js gives before a connection is open, never on one that was. */
function neverConnected(error: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];
  return isRestError(error) && codes.includes(error.code ?? '');
}
