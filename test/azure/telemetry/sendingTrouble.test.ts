import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { expect, it } from 'vitest';
import { NoToken } from '../../../shared/azure/credentialTrouble.ts';
import { applicationInsights } from '../../../shared/azure/telemetry/applicationInsights.ts';
import { Recording } from '../../../shared/azure/telemetry/recording.ts';
import { tellsOfSendingTrouble } from '../../../shared/azure/telemetry/sendingTrouble.ts';
import { subscriptionId } from '../fixtures.ts';
import { givenInternet } from '../internet.ts';

const HOST = 'ingestion.contoso.example';
const SECRET = 'what the answer says';

function givenSending(results: readonly (number | Error)[]) {
  const warnings: string[] = [];
  const left = [...results];
  let now = 0;
  const policy = tellsOfSendingTrouble(
    (message) => void warnings.push(message),
    () => now,
  );
  const request = createPipelineRequest({ url: `https://${HOST}/v2.1/track` });
  const send = () =>
    policy.sendRequest(request, async () => {
      const result = left.shift() ?? 200;
      if (typeof result !== 'number') throw result;
      return { request, status: result, headers: createHttpHeaders(), bodyAsText: SECRET };
    });
  const pass = (ms: number) => {
    now += ms;
  };
  return { send, warnings, pass };
}

it('what is taken, or sent elsewhere, is not told of', async () => {
  const { send, warnings } = givenSending([200, 307, 308]);
  for (let count = 0; count < 3; count++) await send();
  expect(warnings).toEqual([]);
});

it.each([206, 400, 401, 403, 429, 500])('an answer of %i is told of', async (status) => {
  const { send, warnings } = givenSending([status]);
  await send();
  expect(warnings).toEqual([
    `Telemetry is lost: ${HOST} answered ${status}. This is told once an hour at most.`,
  ]);
});

it.each([
  [Object.assign(new Error(SECRET), { code: 'ENOTFOUND' }), 'ENOTFOUND'],
  [new TypeError(SECRET), 'TypeError'],
  [
    new NoToken([
      {
        name: 'Azure CLI',
        trouble: { reason: 'nobody is there', remedy: 'sign in', passing: false },
      },
    ]),
    'no token: Azure CLI: nobody is there; sign in',
  ],
])('where none comes it is told why (%s)', async (error, reason) => {
  const { send, warnings } = givenSending([error]);
  await expect(send()).rejects.toBe(error);
  expect(warnings).toEqual([expect.stringContaining(` ${HOST} was not reached (${reason}). `)]);
});

it('it is told again an hour later at the earliest', async () => {
  const { send, warnings, pass } = givenSending([403, 500, 403, 403]);
  await send();
  pass(3_599_999);
  await send();
  expect(warnings).toHaveLength(1);
  pass(1);
  await send();
  await send();
  expect(warnings).toHaveLength(2);
});

it('the package that sends tells by it that Application Insights refuses', async () => {
  const { received } = await givenInternet(() => ({ status: 403, body: { message: SECRET } }));
  const warnings: string[] = [];
  const connectionString = `InstrumentationKey=${subscriptionId(1)};IngestionEndpoint=https://${HOST}/`;
  const sink = applicationInsights(
    { connectionString, credential: undefined, role: 'test' },
    (message) => void warnings.push(message),
  );
  const recording = new Recording('tick', undefined, Date.now);
  const event = { name: 'Twinkey.Step', dimensions: { reason: 'Publishing' } };
  recording.add({ events: [event], measurements: [] }, recording.root);
  sink.send(recording.close());
  await sink.flush();
  expect(received.map(({ url }) => url)).toContain(`https://${HOST}/v2.1/track`);
  expect(warnings).toEqual([expect.stringContaining(` ${HOST} answered 403. `)]);
});
