import { type Account, type AccountSettings, accountId } from '../model/account.ts';
import { accountJson, settingsFromJson } from '../model/account-json.ts';
import { AzureError } from '../model/azure-error.ts';
import type { AzureModel } from '../model/azure-model.ts';
import type { Remaining } from '../model/conduct.ts';
import type { ThrottleKind } from '../model/throttles.ts';
import { eventSubscriptionRoutes } from './arm-event-grid.ts';
import type { EventSubscriptions } from './event-subscriptions.ts';
import { bearerOf, errorAnswer, parseJsonObject, type WireRequest } from './exchange.ts';
import type { Front, PathParameters, Route } from './front.ts';
import { page } from './pages.ts';
import type { SystemEvents } from './system-events.ts';

const provider = '/providers/Microsoft\\.CognitiveServices/accounts';
const group = `/subscriptions/(?<subscription>[^/]+)/resourceGroups/(?<group>[^/]+)${provider}`;

const paths = {
  ofSubscription: new RegExp(`^/subscriptions/(?<subscription>[^/]+)${provider}$`, 'i'),
  ofGroup: new RegExp(`^${group}$`, 'i'),
  account: new RegExp(`^${group}/(?<name>[^/]+)$`, 'i'),
  listKeys: new RegExp(`^${group}/(?<name>[^/]+)/listKeys$`, 'i'),
  regenerateKey: new RegExp(`^${group}/(?<name>[^/]+)/regenerateKey$`, 'i'),
};

export interface ArmOptions {
  /** How many accounts a page of a list holds. */
  readonly pageSize: number;
  /** Azure does not document which bucket POST listKeys draws from. */
  readonly listKeysBucket: Extract<ThrottleKind, 'armRead' | 'armWrite'>;
}

/** Azure Resource Manager, as far as Cognitive Services accounts and event subscriptions go. */
export function armFront(
  model: AzureModel,
  subscriptions: EventSubscriptions,
  events: SystemEvents,
  options: ArmOptions,
): Front {
  const routes = [
    ...accountRoutes(model, events, options),
    ...eventSubscriptionRoutes(subscriptions, drawFrom),
  ];
  return { service: 'arm', routes, guard: (request) => guard(model, request), headers };
}

function accountRoutes(model: AzureModel, events: SystemEvents, options: ArmOptions): Route[] {
  const { accounts } = model;
  return [
    {
      method: 'GET',
      path: paths.ofSubscription,
      operation: 'listAccounts',
      throttles: drawFrom('armRead'),
      effect: ({ url }, { subscription = '' }) =>
        accountPage(accounts.list(subscription), url, options.pageSize),
    },
    {
      method: 'GET',
      path: paths.ofGroup,
      operation: 'listAccountsByResourceGroup',
      throttles: drawFrom('armRead'),
      effect: ({ url }, { subscription = '', group }) =>
        accountPage(accounts.list(subscription, group), url, options.pageSize),
    },
    {
      method: 'GET',
      path: paths.account,
      operation: 'getAccount',
      throttles: drawFrom('armRead'),
      effect: (_request, named) => ({ status: 200, body: accountJson(accounts.get(idOf(named))) }),
    },
    {
      method: 'PATCH',
      path: paths.account,
      operation: 'updateAccount',
      throttles: drawFrom('armWrite'),
      effect: ({ body }, named) => {
        const changes: Partial<AccountSettings> = settingsFromJson(parseJsonObject(body));
        return { status: 200, body: accountJson(accounts.update(idOf(named), changes)) };
      },
    },
    {
      method: 'POST',
      path: paths.listKeys,
      operation: 'listKeys',
      throttles: drawFrom(options.listKeysBucket),
      effect: (_request, named) => ({ status: 200, body: accounts.listKeys(idOf(named)) }),
    },
    {
      method: 'POST',
      path: paths.regenerateKey,
      operation: 'regenerateKey',
      throttles: drawFrom('armWrite'),
      effect: (request, named) => {
        const slot = String(parseJsonObject(request.body)['keyName']);
        const keys = accounts.regenerateKey(idOf(named), slot);
        const { subscription, resourceGroup, name } = accounts.get(idOf(named));
        const caller = model.tokens.subjectOf(bearerOf(request) ?? '') ?? '';
        events.keyRegenerated({ subscription, resourceGroup, name }, caller);
        return { status: 200, body: keys };
      },
    },
  ];
}

function guard(model: AzureModel, request: WireRequest) {
  if (!model.tokens.isFor(bearerOf(request) ?? '', 'arm')) {
    const message = 'The access token is missing, invalid or meant for another audience.';
    return errorAnswer(new AzureError(401, 'InvalidAuthenticationToken', message));
  }
  if (!request.url.searchParams.get('api-version')) {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    return errorAnswer(new AzureError(400, 'MissingApiVersionParameter', message));
  }
  return undefined;
}

function drawFrom(kind: ThrottleKind): NonNullable<Route['throttles']> {
  return ({ subscription = '' }) => [{ kind, scope: subscription.toLowerCase() }];
}

function headers(remaining: readonly Remaining[]): Record<string, string> {
  return Object.fromEntries(
    remaining.map(({ kind, calls }) => [
      `x-ms-ratelimit-remaining-subscription-${kind === 'armRead' ? 'reads' : 'writes'}`,
      String(calls),
    ]),
  );
}

function idOf({ subscription = '', group = '', name = '' }: PathParameters): string {
  return accountId(subscription, group, name);
}

function accountPage(accounts: readonly Account[], url: URL, size: number) {
  const { value, ...more } = page(accounts, url, '$skipToken', size);
  return { status: 200, body: { value: value.map(accountJson), ...more } };
}
