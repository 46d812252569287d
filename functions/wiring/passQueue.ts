import { type InvocationContext, output } from '@azure/functions';
import { Failure } from '../../shared/core/failures.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { paced } from '../../shared/service/pace.ts';
import {
  askedQueueOf,
  isAsked,
  type PassMessage,
  type PassQueue,
} from '../../shared/service/queuePorts.ts';

/** The queue of passes that ticks send; its name is the setting `TWINKEY_QUEUE`. */
export const PASS_QUEUE = '%TWINKEY_QUEUE%';

/** The queue of passes that somebody asked for. */
export const ASKED_QUEUE = askedQueueOf(PASS_QUEUE);

/** The platform's own storage account. */
export const STORAGE_CONNECTION = 'AzureWebJobsStorage';

const passOutput = output.storageQueue({ queueName: PASS_QUEUE, connection: STORAGE_CONNECTION });
const askedOutput = output.storageQueue({ queueName: ASKED_QUEUE, connection: STORAGE_CONNECTION });

/** Output bindings of whoever sends passes. */
export const passOutputs = [passOutput, askedOutput];

/**
 * What is enqueued goes out with the invocation's outputs, a message for each account; where the messages can
 * wait for `later`, those with a delay do. Should that fail, the others go out all the same: whose
 * message is lost is due again when a claim would have ended.
 */
export function passQueueOf(
  context: InvocationContext,
  pace: Partial<Pick<Dependencies, 'later' | 'telemetry'>> = {},
): PassQueue {
  const passes: PassMessage[] = [];
  const asked: PassMessage[] = [];
  context.extraOutputs.set(passOutput, passes);
  context.extraOutputs.set(askedOutput, asked);
  return {
    enqueue: async (some, delaysMs) => {
      const { now, later } = paced(some, delaysMs);
      for (const message of now) (isAsked(message) ? asked : passes).push(message);
      try {
        await pace.later?.put(later);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        pace.telemetry?.record({
          level: 'warn',
          name: 'problem',
          accountId: undefined,
          reason: 'Throttled',
          message: `of ${later.length} passes that were put off, not all are on the queue: ${error.message}`,
        });
      }
    },
  };
}
