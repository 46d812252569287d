import { DEFAULT_URL } from '../../ops/connection.ts';
import type { Environment } from '../environment.ts';
import { type Display, fitLines } from './display.ts';
import type { Result } from './result.ts';
import { resultTable } from './tables.ts';
import { type AccountTotals, sum } from './totals.ts';

/** What a person needs to see and steer a run that goes on. */
export function addresses({ azure, host, functionKeyFile, vaultUrl }: Environment): string {
  const api = `${host.url}/api`;
  return [
    '',
    `Dashboard     ${api}/dashboard`,
    `  sign in     with what is in ${functionKeyFile}`,
    `HTTP API      ${api}`,
    `ARM           ${azure.armEndpoint}`,
    `Key Vault     ${vaultUrl}`,
    `Event Grid    ${azure.topicEndpoint}`,
    '',
    'See and steer it from another terminal, e.g.',
    ...(api === DEFAULT_URL ? [] : [`  export TWINKEY_URL=${api}`]),
    `  export TWINKEY_FUNCTION_KEY=$(cat ${functionKeyFile})`,
    '  npm run ops -- status',
    '  npm run ops -- hold contoso-language --reason "to see it wait"',
    '  npm run example -- text-analytics',
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}

/** What a run that ends by itself is going to do. */
export function announcement(limitMs: number): string {
  return (
    'Rotating both keys of every account once: about half a minute, ' +
    `${seconds(limitMs)} at most.\n`
  );
}

/** The result of a run that ended by itself, in full. */
export function verdict(result: Result, display: Display): string {
  const { accounts, problems } = result;
  const { yellow, green, dim } = display.colors;
  const wentOn = accounts
    .filter(({ acknowledgements: { missing, required } }) => missing.length > 0 && !required)
    .map(({ name, acknowledgements: { missing } }) => {
      return `  ${name} went on without ${missing.join(', ')}, as its policy allows`;
    });
  const legend = [
    'new keys: Key1 + Key2; dead: former keys that are refused, of all there were',
    'served: by the app that reloads on events + by the app that only polls',
    'acks: keys that apps confirmed before the old key ended, of those asked for',
    ...wentOn,
  ];
  const lines = ['', resultTable(result, display), '', ...legend.map(dim), ''];
  const said = problems.length
    ? problems.map((problem) => yellow(`NOT AS IT MUST BE: ${problem}`))
    : [green(FINE)];
  return [fitLines(lines.join('\n'), display), ...said].join('\n');
}

const FINE = 'No request failed, every old key is dead, no active key was touched.';

/** The end of a run that a person ended. */
export function closing(totals: readonly AccountTotals[], durationMs: number): string {
  const rotations = sum(totals.map(({ rotationsCompleted }) => rotationsCompleted));
  const served = sum(totals.map((account) => sum(account.served)));
  const failed = sum(totals.map((account) => sum(account.failed)));
  const counted = `${rotations} ${rotations === 1 ? 'rotation' : 'rotations'}`;
  return [
    `Ended after ${seconds(durationMs)}: ${counted}, ${served} requests served, ${failed} failed.`,
    ...totals.flatMap(({ name, lastFailure }) =>
      lastFailure === null ? [] : [`Failed last: ${name}: ${lastFailure}`],
    ),
    'No process and no file is left behind.',
  ].join('\n');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
