import { readFile } from 'node:fs/promises';
import { parseDuration } from '../../shared/core/duration.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import { DEFAULT_TIMING } from '../../shared/core/timing.ts';
import { type Calls, countCalls } from './calls.ts';
import type { ServiceName } from './wire.ts';

interface Price {
  readonly price: number;
  readonly free: number;
  readonly unit: string;
}

interface Prices {
  readonly asOf: string;
  readonly currency: string;
  readonly items: Readonly<Record<ItemName, Price>>;
}

/** What Azure charges for, as in prices.json. */
type ItemName =
  | 'functionsGbSecond'
  | 'functionsExecution'
  | 'keyVaultOperation'
  | 'tableOperation'
  | 'queueOperation'
  | 'eventGridOperation'
  | 'alertRuleEvery5Minutes'
  | 'alertRuleEvery15Minutes'
  | 'telemetryGb';

/** A month of a fleet, in units and by list price. */
export interface MonthOfFleet {
  readonly accounts: number;
  readonly rotations: number;
  readonly looks: number;
  readonly units: Readonly<Record<ItemName, number>>;
  /** Rounded to cents; `total` is their sum. */
  readonly cost: Readonly<Record<ItemName | 'total', number>>;
}

const ALERTS = new URL('../../infra/alerts.json', import.meta.url);
const MONTH_MS = 30 * 24 * 3_600_000;
const TICKS = MONTH_MS / 60_000;

/** What is not counted on the wire but taken for granted; printed with the result. */
const ASSUMED = {
  instanceGb: 2,
  /** Of one call in Azure, in ms. */
  latencyMs: {
    'Resource Manager': 200,
    'Key Vault': 40,
    'Event Grid': 40,
    'Table Storage': 10,
    'data plane': 150,
    'managed identity': 5,
  } satisfies Record<ServiceName, number>,
  /** Messages that one instance works on at once: see host.json. */
  passesAtOnce: 24,
  tickMs: 1_000,
  subscribersPerAccount: 3,
  eventsPerRotation: 6,
  /** Of one span, event or value, as Application Insights keeps it. */
  bytesPerItem: 1_200,
  /** Of one line in the logs of the vault, which has every request, and of the queue, which has what is put. */
  bytesPerLogLine: 1_000,
  /** Values and lines that the schedule leaves at each tick, and an idle account in a month. */
  itemsPerTick: 4,
  itemsPerIdleAccount: 4 * 4 * 30,
};

/**
 * What a month of 10 to 10,000 accounts on the default policy costs: requests as {@link countCalls}
 * counts them, times what happens in a month, times the prices of prices.json.
 */
export async function monthsOfFleets() {
  const file = new URL('./prices.json', import.meta.url);
  const prices = JSON.parse(await readFile(file, 'utf8')) as Prices;
  const rules = JSON.parse(await readFile(ALERTS, 'utf8')) as { frequency: string }[];
  const calls = await countCalls();
  const fleets = [10, 100, 1_000, 10_000].map((accounts) =>
    monthOf(accounts, calls, rules, prices),
  );
  const { asOf, currency } = prices;
  return { asOf, currency, assumed: ASSUMED, perRotation: calls.byService, fleets };
}

function monthOf(
  accounts: number,
  calls: Calls,
  rules: readonly { readonly frequency: string }[],
  { items }: Prices,
): MonthOfFleet {
  const rotations =
    (accounts * MONTH_MS) / (parseDuration(POLICY_DEFAULTS['key-rotation-period']) ?? 1);
  const looks = (accounts * MONTH_MS) / DEFAULT_TIMING.checkIntervalMs;
  const requests = (service: ServiceName) =>
    looks * (calls.perLook[service] ?? 0) + rotations * (calls.byService[service] ?? 0);
  const passes = looks + rotations * calls.passes;
  const duePerTick = looks / TICKS;
  const batches = Math.ceil(duePerTick / ASSUMED.passesAtOnce);
  const activeSeconds = (TICKS * (ASSUMED.tickMs + batches * durationOf(calls.perLook))) / 1_000;
  const events = rotations * ASSUMED.eventsPerRotation;
  const stepItems = rotations * (2 * calls.total + 4 * calls.passes);
  const telemetryItems =
    TICKS * ASSUMED.itemsPerTick + accounts * ASSUMED.itemsPerIdleAccount + stepItems;
  const logLines = requests('Key Vault') + passes;
  const units: Record<ItemName, number> = {
    functionsGbSecond: activeSeconds * ASSUMED.instanceGb,
    functionsExecution: TICKS + passes,
    keyVaultOperation: requests('Key Vault'),
    tableOperation: requests('Table Storage') + TICKS * (3 + duePerTick / 100),
    // Two queues, which are looked at beside what is taken from them.
    queueOperation: passes * 3 + 2 * TICKS,
    eventGridOperation: events * (1 + ASSUMED.subscribersPerAccount),
    alertRuleEvery5Minutes: rules.filter(({ frequency }) => frequency === 'PT5M').length,
    alertRuleEvery15Minutes: rules.filter(({ frequency }) => frequency === 'PT15M').length,
    telemetryGb: (telemetryItems * ASSUMED.bytesPerItem + logLines * ASSUMED.bytesPerLogLine) / 1e9,
  };
  return { accounts, rotations, looks, units: rounded(units), cost: costOf(units, items) };
}

/** A pass makes its calls one after another but for two that it makes at once. */
function durationOf(perLook: Calls['perLook']): number {
  return Object.entries(perLook).reduce(
    (ms, [service, count]) => ms + count * ASSUMED.latencyMs[service as ServiceName],
    0,
  );
}

function costOf(units: Record<ItemName, number>, items: Prices['items']) {
  const names = Object.keys(units) as ItemName[];
  const costs = names.map((name) => {
    const { price, free } = items[name];
    return [name, Math.max(0, units[name] - free) * price] as const;
  });
  const total = costs.reduce((sum, [, cost]) => sum + cost, 0);
  const inCents = [...costs, ['total', total] as const].map(
    ([name, cost]) => [name, Math.round(cost * 100) / 100] as const,
  );
  return Object.fromEntries(inCents) as MonthOfFleet['cost'];
}

function rounded(units: Record<ItemName, number>): Record<ItemName, number> {
  return Object.fromEntries(
    Object.entries(units).map(([name, count]) => [name, Math.round(count * 10) / 10]),
  ) as Record<ItemName, number>;
}
