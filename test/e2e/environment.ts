import { onTestFinished } from 'vitest';
import type { Account } from '../../local/azure/model/account.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { TO_CHECK } from '../../local/demo/scenario.ts';
import {
  type Environment,
  type EnvironmentOptions,
  startEnvironment,
} from '../../local/environment.ts';
import { EVENT_TYPES, type EventType, type RotationEventData } from '../../shared/core/events.ts';
import { expectContractKept } from '../contract/eventContract.ts';
import { bundled } from '../programs.ts';

/** The whole service as a test sees it: storage, Azure, and the bundled app in a host of its own process. */
export interface TestEnvironment extends Environment {
  /** Every line that the host printed, of every host there was. */
  readonly hostLines: readonly string[];
  account(name: string): Account;
  /** Resolves when the service has announced `count` events of a type for an account, ever. */
  untilEvents(type: EventType, accountName: string, count?: number): Promise<CloudEvent[]>;
  /** Resolves when an account has rotated `count` times after its adoption. */
  untilRotated(accountName: string, count?: number): Promise<void>;
}

/**
 * Starts everything, with time passing as fast as in `npm start -- --once`, and ends it with the
 * test, which fails when an event was sent that is not as published. Accounts rotate as soon as they are found: listed by name, or tagged.
 */
export async function givenEnvironment(options: EnvironmentOptions): Promise<TestEnvironment> {
  const hostLines: string[] = [];
  const environment = await startEnvironment({
    app: bundled('app.mjs'),
    ...options,
    settings: {
      ...TO_CHECK.settings,
      // The end of every pass is told, too, for tests to wait for.
      'AzureFunctionsJobHost__logging__logLevel__Function.pass.User': 'Debug',
      'AzureFunctionsJobHost__logging__logLevel__Function.passAsked.User': 'Debug',
      ...options.settings,
    },
    onHostLine: (line) => {
      hostLines.push(line);
      options.onHostLine?.(line);
    },
  });
  const { model } = environment.azure;
  onTestFinished(() => expectContractKept(model.topic));
  onTestFinished(() => environment.stop());
  const account = (name: string) => {
    const found = model.accounts.all().find((each) => each.name === name);
    if (!found) throw new Error(`Expected an account named ${name}.`);
    return found;
  };
  const untilEvents = async (type: EventType, accountName: string, count = 1) => {
    for (;;) {
      const events = eventsOf(model.topic.accepted, type, account(accountName));
      if (events.length >= count) return events;
      await model.log.next({ service: 'eventgrid' });
    }
  };
  const untilRotated = async (accountName: string, count = 1) => {
    await untilEvents(EVENT_TYPES.keyRetired, accountName, count + 1);
  };
  return Object.defineProperties(environment as TestEnvironment, {
    hostLines: { value: hostLines },
    account: { value: account },
    untilEvents: { value: untilEvents },
    untilRotated: { value: untilRotated },
  });
}

/** Each event once, however often it was sent. */
function eventsOf(
  accepted: readonly { readonly event: CloudEvent }[],
  type: EventType,
  account: Account,
): CloudEvent[] {
  const mine = accepted
    .map(({ event }) => event)
    .filter((event) => {
      const data = event['data'] as RotationEventData;
      return event.type === type && data.accountId === account.id.toLowerCase();
    });
  return [...new Map(mine.map((event) => [event.id, event])).values()];
}
