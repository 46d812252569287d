import { readFile } from 'node:fs/promises';
import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { EventGridManagementClient } from '@azure/arm-eventgrid';
import type { TokenCredential } from '@azure/core-auth';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import type { StartedService } from './startedService.ts';

const SUBSCRIBERS_TAG = 'key-rotation-subscribers';
const POLL_INTERVAL_MS = 100;

/** What the owner of an account does for an app, over Resource Manager. */
export interface Subscriber {
  readonly name: string;
  /** The account's address and region. */
  readonly account: { readonly endpoint: string; readonly location: string };
  /** Has the account list the app among those that acknowledge. */
  list(): Promise<void>;
  /** Has the topic send the account's events to the app. */
  subscribe(webhookUrl: string): Promise<void>;
  /** Undoes both, but for a name that was listed before. */
  leave(): Promise<void>;
}

/** The app `name`, for which nothing is done yet, of the account `accountName`. */
export async function subscriberOf(
  service: StartedService,
  accountName: string,
  name: string,
): Promise<Subscriber> {
  const { subscription, resourceGroup, topicId } = service;
  const options = {
    endpoint: service.armEndpoint,
    credentialScopes: 'https://management.azure.com/.default',
    tlsOptions: { ca: await readFile(service.caFile, 'utf8') },
  };
  const credential = identityOf(service);
  const { accounts } = new CognitiveServicesManagementClient(credential, subscription, options);
  const { eventSubscriptions } = new EventGridManagementClient(credential, subscription, options);
  // The client puts a slash before it.
  const scope = topicId.slice(1);
  const { id, location = '', properties } = await accounts.get(resourceGroup, accountName);
  // Who is listed already, as the demo's account asks for an app that does not exist, stays listed.
  let wasListed = false;
  const changeList = async (change: (names: readonly string[]) => readonly string[]) => {
    const { tags = {} } = await accounts.get(resourceGroup, accountName);
    const { [SUBSCRIBERS_TAG]: listed = '', ...others } = tags;
    const names = change(listed.split(',').filter(Boolean)).join(',');
    if (names === listed) return;
    await accounts.beginUpdateAndWait(resourceGroup, accountName, {
      tags: { ...others, ...(names && { [SUBSCRIBERS_TAG]: names }) },
    });
  };
  return {
    name,
    account: { endpoint: properties?.endpoint ?? '', location },
    list: () =>
      changeList((names) => {
        wasListed = names.includes(name);
        return wasListed ? names : [...names, name];
      }),
    subscribe: async (endpointUrl) => {
      const { keyActivated, keyRetiring, keyRetired } = EVENT_TYPES;
      await eventSubscriptions.beginCreateOrUpdateAndWait(
        scope,
        name,
        {
          destination: { endpointType: 'WebHook', endpointUrl },
          filter: {
            includedEventTypes: [keyActivated, keyRetiring, keyRetired],
            subjectBeginsWith: id ?? '',
          },
          eventDeliverySchema: 'CloudEventSchemaV1_0',
        },
        { updateIntervalInMs: POLL_INTERVAL_MS },
      );
    },
    leave: async () => {
      await eventSubscriptions.beginDeleteAndWait(scope, name);
      await changeList((names) => (wasListed ? names : names.filter((each) => each !== name)));
    },
  };
}

/**
 * The service's own managed identity. The official credential keeps one token a process, whatever
 * identity endpoint it came from: too few for a process that sees several.
 */
function identityOf({ identityEndpoint, identityHeaderFile }: StartedService): TokenCredential {
  return {
    getToken: async (scopes) => {
      const resource = String([scopes].flat()[0]).replace(/\.default$/, '');
      const query = new URLSearchParams({ 'api-version': '2019-08-01', resource });
      const response = await fetch(`${identityEndpoint}?${query}`, {
        headers: { 'x-identity-header': await readFile(identityHeaderFile, 'utf8') },
      });
      const { access_token: token, expires_on: expiresOn } = (await response.json()) as {
        access_token: string;
        expires_on: string;
      };
      return { token, expiresOnTimestamp: Number(expiresOn) * 1_000 };
    },
  };
}
