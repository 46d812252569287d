import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALTERNATIVES, SETTING_ROWS, type SettingRow } from '../../shared/azure/settingRows.ts';
import { readSettings, SettingsInvalid } from '../../shared/azure/settings.ts';
import { METRICS, type Metric } from '../../shared/azure/telemetry/metrics.ts';

const NUMBERS = ['none', 'one', 'two', 'three'];

/** What the table says where a setting is left out. */
function whenLeftOut(name: string, row: SettingRow): string {
  const alternatives = ALTERNATIVES.find((names) => names.some((each) => each === name));
  if (alternatives) return `**one of ${NUMBERS[alternatives.length]}**`;
  if (row.default) return `\`${row.default}\``;
  if (row.fallback) return row.fallback;
  return row.optional || row.default === '' ? '–' : '**required**';
}

test('the README has every setting, whether it is required, its default and its meaning', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const found = readme.match(
    /^\| `(TWINKEY_|AzureWebJobs|AZURE_|APPLICATIONINSIGHTS_)\w+` \|.*$/gm,
  );
  const rows = Object.entries<SettingRow>(SETTING_ROWS).map(
    ([name, row]) => `| \`${name}\` | ${whenLeftOut(name, row)} | ${row.meaning} |`,
  );
  expect(found).toEqual(rows);
});

test('the README has every metric, its unit, its columns and its meaning', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const found = readme.match(/^\| `twinkey\.[\w.]+` \|.*$/gm);
  const rows = Object.entries<Metric>(METRICS).map(
    ([name, { unit, columns, description }]) =>
      `| \`${name}\` | ${unit} | ${columns.join(', ')} | ${description} |`,
  );
  expect(found).toEqual(rows);
});

test('nothing but what the README marks as required is missing from empty settings', () => {
  const rows = Object.entries<SettingRow>(SETTING_ROWS);
  const required = rows.filter(([name, row]) => whenLeftOut(name, row) === '**required**');
  const alternatives = ALTERNATIVES.map((names) => names.join(' or '));
  const named = [...required.map(([name]) => name), ...alternatives];
  // In Azure the function app has a name, which takes the place of this one.
  expect(missingFrom({ WEBSITE_SITE_NAME: 'app' })).toEqual(named);
  expect(missingFrom({})).toEqual(['TWINKEY_DEPLOYMENT', ...named]);
});

test('alternatives are neighbours in the table', () => {
  const names = Object.keys(SETTING_ROWS);
  for (const [first, ...others] of ALTERNATIVES) {
    const next = names.indexOf(first as string) + 1;
    expect(names.slice(next, next + others.length)).toEqual(others);
  }
});

function missingFrom(env: Record<string, string>): string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    return error.problems.map(({ setting }) => setting);
  }
}
