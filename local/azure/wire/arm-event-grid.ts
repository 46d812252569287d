import type { EventSubscriptions } from './event-subscriptions.ts';
import type { Route } from './front.ts';

const topic = 'twinkey';
const group = '/subscriptions/(?<subscription>[^/]+)/resourceGroups/(?<group>[^/]+)';
const provider = '/providers/Microsoft\\.EventGrid';
const path = new RegExp(
  `^${group}${provider}/topics/${topic}${provider}/eventSubscriptions/(?<name>[^/]+)$`,
  'i',
);

/** The id of the one topic there is. */
export function topicId(subscription: string, resourceGroup: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.EventGrid/topics/${topic}`;
}

/** Azure Resource Manager, as far as event subscriptions of the topic go. */
export function eventSubscriptionRoutes(
  subscriptions: EventSubscriptions,
  throttles: (kind: 'armRead' | 'armWrite') => NonNullable<Route['throttles']>,
): Route[] {
  return [
    {
      method: 'PUT',
      path,
      operation: 'putEventSubscription',
      throttles: throttles('armWrite'),
      effect: ({ body }, { name = '' }) => ({ status: 201, body: subscriptions.put(name, body) }),
    },
    {
      method: 'GET',
      path,
      operation: 'getEventSubscription',
      throttles: throttles('armRead'),
      effect: (_request, { name = '' }) => ({ status: 200, body: subscriptions.get(name) }),
    },
    {
      method: 'DELETE',
      path,
      operation: 'deleteEventSubscription',
      throttles: throttles('armWrite'),
      effect: (_request, { name = '' }) => ({ status: subscriptions.remove(name) ? 200 : 204 }),
    },
  ];
}
