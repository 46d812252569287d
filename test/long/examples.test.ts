import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import { EXAMPLES } from '../../local/examples/catalogue.ts';
import { type RunningExample, runExample } from '../../local/examples/run.ts';
import { announceService, describeService } from '../../local/examples/startedService.ts';
import { EVENT_TYPES, type RotationEventData } from '../../shared/core/events.ts';
import { startLocal } from '../e2e/demoProcess.ts';
import { givenEnvironment, type TestEnvironment } from '../e2e/environment.ts';
import { expectNoLeak } from '../e2e/leakPlaces.ts';

const TAGGED = { 'key-rotation': 'enabled' };
/** Its keys rest: one request is enough. */
const RESTING = { ...TAGGED, 'key-rotation-overlap': 'PT1H', 'key-rotation-period': 'P30D' };

const ACCOUNTS = [
  { name: 'contoso-language', kind: 'TextAnalytics' },
  { name: 'contoso-openai', kind: 'OpenAI', tags: TAGGED },
  // Translator refuses the key of a multi-service account without the region's header.
  { name: 'contoso-translator', kind: 'CognitiveServices', tags: RESTING },
];

/** As fast as the limits allow. */
const PACE = {
  TWINKEY_SEND_WITHIN: 'PT1.5S',
  TWINKEY_CALL_TIMEOUT: 'PT1S',
  TWINKEY_CLOCK_SKEW: 'PT0.2S',
  TWINKEY_QUARANTINE: 'PT3S',
  TWINKEY_CLAIM: 'PT3S',
  TWINKEY_CHECK_INTERVAL: 'PT2S',
  TWINKEY_DEFAULT_OVERLAP: 'PT3.5S',
  TWINKEY_DEFAULT_PERIOD: 'PT4S',
};
const ROTATIONS = 3;
const THINK_TIME_MS = 50;

it('official clients, made once, live through three rotations under load, and no key leaks', async () => {
  const environment = await givenEnvironment({
    accounts: ACCOUNTS,
    listed: ['contoso-language'],
    settings: PACE,
  });
  const [language, openai, translator] = await Promise.all([
    givenExample(environment, 'text-analytics'),
    givenExample(environment, 'openai'),
    expectTranslation(environment),
  ]);
  expect(await language.ask('text=Hello')).toEqual({ language: 'English' });
  expect(await openai.ask('text=Hello')).toEqual({ reply: 'Hello.' });
  await Promise.all([language, openai].map((example) => expectNoFailure(environment, example)));
  const outputs = [language, openai, translator].map(({ account, lines }) => {
    return { name: `output of the example with ${account}`, text: lines.join('\n') };
  });
  await expectNoLeak(environment, outputs);
});

interface Example extends RunningExample {
  readonly lines: readonly string[];
  /** What it answers. Rejects with its words when it answers that it failed. */
  ask(query: string): Promise<unknown>;
}

async function givenExample(environment: TestEnvironment, name: string): Promise<Example> {
  const lines: string[] = [];
  const example = EXAMPLES.find((each) => each.name === name);
  if (!example) throw new Error(`Expected an example named ${name}.`);
  const running = await runExample(await describeService(environment), {
    example,
    port: 0,
    onLine: (line) => lines.push(line),
  });
  onTestFinished(async () => {
    await running.stop();
  });
  const ask = async (query: string) => {
    const response = await fetch(`${running.url}/?${query}`);
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  };
  return { ...running, lines, ask };
}

/** By the command, as a person sees it. */
async function expectTranslation(
  environment: TestEnvironment,
): Promise<Pick<Example, 'account' | 'lines'>> {
  await announceService(environment);
  const url = `${environment.host.url}/api`;
  const command = startLocal('examples/main.ts', ['translator', '--url', url]);
  const shown = /'(http:[^']+)'/.exec(await command.untilLine(/while curl/))?.[1] ?? '';
  expect(await (await fetch(shown)).json()).toEqual({ translation: 'Keys come and go.' });
  const account = environment.account('contoso-translator');
  expect(account.tags['key-rotation-subscribers']).toBe('example-translator');
  command.pressCtrlC();
  expect(await command.exited, command.lines.join('\n')).toBe(0);
  expect(command.lines.at(-1)).toMatch(/^Ended/);
  expect(account.tags).toEqual(RESTING);
  await command.untilNoProcess();
  return { account: account.name, lines: command.lines };
}

/**
 * Calls the example without pause while its account's keys rotate: first with events, at last without,
 * so that nothing but a refused request tells it of the new key.
 */
async function expectNoFailure(environment: TestEnvironment, example: Example): Promise<void> {
  const { account, lines } = example;
  const { keyActivated, keyRetired } = EVENT_TYPES;
  const before = (await environment.untilEvents(keyActivated, account, 0)).length;
  const untilActivated = async (count: number) => {
    const events = await environment.untilEvents(keyActivated, account, before + count);
    return events.slice(before, before + count).map(fingerprintOf);
  };
  const load = startLoad(example);
  const told = await untilActivated(ROTATIONS - 1);
  const acknowledged = () => expect(noticed(lines, 'acknowledged')).toEqual(including(told));
  await vi.waitFor(acknowledged, { timeout: 60_000 });
  environment.azure.model.topic.unsubscribe(example.subscriber);
  const rotated = await untilActivated(ROTATIONS);
  // One key retires for each that was activated.
  await environment.untilEvents(keyRetired, account, before + ROTATIONS);
  // The next request is refused; on a busy machine it may not be on its way yet.
  const loaded = () => expect(noticed(lines, 'loaded')).toEqual(including(rotated));
  await vi.waitFor(loaded, { timeout: 60_000 });

  const { served, failures } = await load.end();
  expect(failures, lines.join('\n')).toEqual([]);
  expect(served).toBeGreaterThan(50);
  expect(noticed(lines, 'requestFailed')).toEqual([]);
  expect(new Set(rotated).size).toBe(ROTATIONS);
  // It is still the process that was started, and ends in order.
  expect(await example.stop(), lines.join('\n')).toBe(0);
  // Adoption replaces one key, each rotation two.
  const { everIssued } = environment.account(account).keys;
  expect(everIssued.length).toBeGreaterThanOrEqual(2 + 1 + 2 * ROTATIONS);
}

function fingerprintOf(event: CloudEvent): unknown {
  return (event['data'] as RotationEventData).fingerprint;
}

function including(fingerprints: readonly unknown[]) {
  return expect.arrayContaining([...fingerprints]);
}

/** Fingerprints of the notices of one kind. */
function noticed(lines: readonly string[], kind: string): unknown[] {
  return lines
    .map((line) => JSON.parse(line) as { kind: string; fingerprint: unknown })
    .filter((notice) => notice.kind === kind)
    .map(({ fingerprint }) => fingerprint);
}

function startLoad({ ask }: Example) {
  const failures: string[] = [];
  let served = 0;
  let ending = false;
  const run = async () => {
    while (!ending) {
      await ask('text=Hello').then(
        () => {
          served += 1;
        },
        (error) => failures.push(String(error)),
      );
      await sleep(THINK_TIME_MS);
    }
  };
  const running = run();
  const end = async () => {
    ending = true;
    await running;
    return { served, failures };
  };
  return { end };
}
