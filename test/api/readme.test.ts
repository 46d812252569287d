import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSIONING } from '../../shared/api/events/asyncapi.ts';
import { EVENT_CATALOG } from '../../shared/api/events/catalog.ts';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the README has every type of event, with when it is sent and who does what', () => {
  const rows = EVENT_CATALOG.map(
    ({ type, when, receiver }) => `| \`${type}\` | ${when} | ${receiver} |`,
  );
  expect(README.match(/^\| `Twinkey\.\w+\.v\d+` \|.*$/gm)).toEqual(rows);
});

test('the event in the README is the published example', () => {
  const [, json = ''] = README.match(/```json\n(\{\n {2}"specversion".*?)```/s) ?? [];
  expect(JSON.parse(json)).toEqual(EVENT_EXAMPLES[0]);
});

test('the README says what may change, as the AsyncAPI document does', () => {
  expect(README.replaceAll(/\s+/g, ' ')).toContain(`**Versions.** ${VERSIONING}`);
});
