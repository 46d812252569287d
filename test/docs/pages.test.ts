import { Duration } from 'luxon';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../shared/api/operations.ts';
import { SETTING_ROWS, type SettingRow } from '../../shared/azure/settingRows.ts';
import { POLICY_DEFAULTS } from '../../shared/core/policy.ts';
import { brokenLinksOf, linksOf } from './links.ts';
import { opsCommandsOf, refusalOf, wordsOf } from './opsCommands.ts';
import { readProjectFile } from './snippets.ts';

const PAGES = ['docs/runbook.md', 'docs/security.md', 'docs/migrate.md'];
const OLDER_PAGES = ['README.md', 'docs/apps.md', 'docs/deploy.md'];

describe.each([...PAGES, ...OLDER_PAGES])('%s', (path) => {
  const page = readProjectFile(path);

  it('has commands that the command line takes', async () => {
    const commands = opsCommandsOf(page);
    const refusals = await Promise.all(
      commands.map(async (command) => ({ command, refusal: await refusalOf(command) })),
    );
    expect(commands.length).toBeGreaterThan(0);
    expect(refusals.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
  });

  it('has links that lead to files and to their headings', () => {
    expect(linksOf(path).length).toBeGreaterThan(5);
    expect(brokenLinksOf(path)).toEqual([]);
  });
});

describe.each(PAGES)('%s', (path) => {
  const page = readProjectFile(path);

  it('names settings, variables and outputs that there are', () => {
    const outputs = [...readProjectFile('infra/main.bicep').matchAll(/^output (\w+)/gm)];
    const known = new Set([
      ...Object.keys(SETTING_ROWS),
      ...outputs.map(([, name = '']) => name),
      'TWINKEY_FUNCTION_KEY',
    ]);
    const named = page.match(/\b(TWINKEY|AZURE|AzureWebJobs)_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names tags that there are', () => {
    const tags = page.match(/\bkey-rotation[a-z-]*/g) ?? [];
    expect(tags.length).toBeGreaterThan(0);
    expect(tags.filter((tag) => !Object.hasOwn(POLICY_DEFAULTS, tag))).toEqual([]);
  });

  it('names parameters of the templates that there are', () => {
    const parameters = [...readProjectFile('infra/main.bicep').matchAll(/^param (\w+)/gm)];
    const known = [...parameters.map(([, name = '']) => name), ...OTHER_NAMES];
    const named = [...page.matchAll(/`([a-z]+[A-Z]\w*)(?:=\w+)?`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('asks for telemetry and tables that there are', () => {
    const telemetry = `${readProjectFile('infra/alerts.json')}${readProjectFile('infra/workbook.json')}`;
    const named = page.match(/\b[Tt]winkey\.[A-Za-z.]*[a-z]\b/g) ?? [];
    expect(named.filter((name) => !telemetry.includes(`'${name}'`))).toEqual([]);
    const tables = (page.match(/\btwinkey(records|accounts)\b/g) ?? []).map((name) =>
      name.slice('twinkey'.length),
    );
    const code = `${readProjectFile('shared/azure/records.ts')}${readProjectFile('shared/azure/statuses.ts')}`;
    expect(SETTING_ROWS.TWINKEY_TABLE_PREFIX.default).toBe('twinkey');
    for (const name of tables) expect(code).toContain(`\`\${prefix}${name}\``);
  });

  it('asks the API for what there is', () => {
    const routes: readonly string[] = Object.values(OPERATIONS).map(({ route }) => route);
    const asked = [...page.matchAll(/\$TWINKEY_URL\/([\w/.]+)/g)].map(([, route = '']) => route);
    expect(asked.filter((route) => !routes.includes(route))).toEqual([]);
  });
});

/** Names in code that are spelt like parameters: of functions, of fields, of Azure's own. */
const OTHER_NAMES = [
  'updatedAt',
  'confirmedDead',
  'disableLocalAuth',
  'setSecret',
  'regenerateKey',
  'onVaultEvent',
  'onResourceEvent',
  'passAsked',
  'apiUrl',
];

it('the pages say of settings what their defaults are', () => {
  const text = PAGES.map(readProjectFile).join('\n');
  const said = [...text.matchAll(/`(TWINKEY_[A-Z_]+)`(?:,| \()\s*(\d+) minutes/g)];
  const defaults = said.map(([, name = '']) => {
    const row: SettingRow = SETTING_ROWS[name as keyof typeof SETTING_ROWS];
    return Duration.fromISO(row.default ?? '').as('minutes');
  });
  expect(said.length).toBeGreaterThan(4);
  expect(said.map(([, , minutes]) => Number(minutes))).toEqual(defaults);
});

describe('a command of a page', () => {
  it('is read as a shell reads it', () => {
    const command = `history --all --reason "a | b" x"y z" | jq`;
    expect(wordsOf(command)).toEqual(['history', '--all', '--reason', 'a | b', 'xy z']);
    expect(wordsOf('status   # every account')).toEqual(['status']);
  });

  it('is refused for an option that there is not', async () => {
    expect(await refusalOf('status --everything')).toMatch(/unknown option/);
    expect(await refusalOf('rotate contoso-language')).toMatch(/--reason/);
  });
});
