import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTING_ROWS, type SettingRow } from '../../shared/azure/settingRows.ts';

test('the README has every setting, with its default and meaning', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const found = readme.match(/^\| `(TWINKEY_|AzureWebJobs|AZURE_)\w+` \|.*$/gm);
  const rows = Object.entries<SettingRow>(SETTING_ROWS).map(([name, row]) => {
    const text = row.default ? `\`${row.default}\`` : '–';
    return `| \`${name}\` | ${text} | ${row.meaning} |`;
  });
  expect(found).toEqual(rows);
});
