import { expect, it } from 'vitest';
import type { Ingestion } from '../../local/azure/model/ingestion.ts';
import { STEP_EVENT } from '../../shared/azure/telemetry/measure.ts';
import { METRICS } from '../../shared/azure/telemetry/metrics.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { givenEnvironment } from '../e2e/environment.ts';
import { placesWithKeys } from '../e2e/leakSearch.ts';

const NAME = 'contoso-language';

it('Application Insights is told of every step, metric and call, and of no key', async () => {
  const environment = await givenEnvironment({
    accounts: [{ name: NAME, kind: 'TextAnalytics' }],
    listed: [NAME],
    telemetry: true,
    faults: [
      {
        service: 'arm',
        operation: 'listAccounts',
        times: 1,
        fault: { kind: 'status', status: 429 },
      },
    ],
  });
  await environment.untilEvents(EVENT_TYPES.keyRetired, NAME);
  // A host that is told to end sends what it has first.
  await environment.host.stop();

  const { ingestion, accounts } = environment.azure.model;
  expect(placesWithKeys(placesIn(ingestion), accounts.everyKeyEverIssued())).toEqual([]);
  const steps = ingestion.ofType('EventData').filter((event) => event['name'] === STEP_EVENT);
  expect(steps.map(reasonOf)).toEqual(
    expect.arrayContaining(['SecretMissing', 'Verifying', 'Publishing', 'RegeneratingStale']),
  );
  const accountId = environment.account(NAME).id.toLowerCase();
  const published = steps.find((step) => reasonOf(step) === 'Publishing');
  expect(published).toMatchObject({ properties: { accountId, accountName: NAME } });
  expect(steps[0]?.tags['ai.cloud.role']).toBe('local');
  expect(metricsIn(ingestion)).toEqual(new Set(Object.keys(METRICS)));
  expectOneTraceOfARegeneration(ingestion);
});

function reasonOf({ properties }: Record<string, unknown>): string {
  return (properties as { reason: string }).reason;
}

function placesIn({ envelopes }: Ingestion) {
  return envelopes.map((envelope, index) => {
    return { name: `telemetry ${index}`, text: JSON.stringify(envelope) };
  });
}

/** Names of the service's own metrics; the package adds one about itself. */
function metricsIn(ingestion: Ingestion): Set<string> {
  const names = ingestion
    .ofType('MetricData')
    .flatMap(({ metrics }: Record<string, unknown>) =>
      (metrics as { name: string }[]).map(({ name }) => name),
    );
  return new Set(names.filter((name) => name.startsWith('twinkey.')));
}

/** From the call up to the queue's trigger, in the trace that the host began; with the step's event. */
function expectOneTraceOfARegeneration(ingestion: Ingestion): void {
  const spans = new Map(
    ingestion.ofType('RemoteDependencyData').map((span) => [String(span['id']), span]),
  );
  const call = [...spans.values()].find((span) => /\/regenerateKey$/.test(String(span['name'])));
  const path = [];
  for (let span = call; span; span = spans.get(span.tags['ai.operation.parentId'] ?? '')) {
    path.unshift(span);
  }
  expect(path.map((span) => span['name'])).toEqual([
    'pass',
    expect.stringMatching(/^POST .*regenerate/),
  ]);
  expect(path[0]?.tags['ai.operation.parentId']).toMatch(/^[\da-f]{16}$/);
  const operation = path[0]?.tags['ai.operation.id'];
  expect(call?.tags['ai.operation.id']).toBe(operation);
  const told = ingestion
    .ofType('EventData')
    .filter(({ tags }) => tags['ai.operation.id'] === operation);
  expect(told.map(reasonOf)).toContain('RegeneratingStale');
}
