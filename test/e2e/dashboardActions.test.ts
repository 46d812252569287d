import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryEveryKey } from '../../local/demo/oldKeys.ts';
import {
  type Browser,
  givenPage,
  launchBrowser,
  NO_BROWSER,
  type Page,
  screenshot,
  signIn,
  violations,
} from './dashboardBrowser.ts';
import { givenEnvironment, type TestEnvironment } from './environment.ts';

const ACCOUNT = 'contoso-language';
const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';

describe.skipIf(NO_BROWSER)(`steering through the dashboard ${NO_BROWSER || ''}`.trim(), () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('steers an account and all of them, shows and exports what was done, and knows roles', async () => {
    const environment = await givenEnvironment({
      accounts: [{ name: ACCOUNT, kind: 'TextAnalytics' }],
      listed: [ACCOUNT],
      settings: { TWINKEY_DEFAULT_PERIOD: 'PT1H', TWINKEY_DEFAULT_OVERLAP: 'PT7S' },
      hostArguments: ['--trust-principal'],
    });
    const page = await givenPage(browser, { viewport: { width: 1280, height: 1000 } });
    await signIn(page, environment.host.url, environment.functionKey);
    await page.getByRole('row', { name: new RegExp(ACCOUNT) }).waitFor();
    await page.getByRole('link', { name: ACCOUNT }).first().click();
    await page.getByRole('heading', { name: ACCOUNT }).waitFor();
    await replacesLeakedKeys(page, environment);
    const rotated = await steersAnAccount(page);
    await steersAllAccounts(page);
    await expectStaticAssets(environment.host.url);
    await seesTheEndOf(rotated, page, environment);
    await environment.host.stop();
    const { url } = await environment.restartHost({
      TWINKEY_PLATFORM_AUTH: 'true',
      TWINKEY_ALLOW_KEYLESS: 'true',
    });
    await knowsRoles(browser, url, environment.functionKey);
  });
});

/** Both keys leaked, no time to lose: in the middle of the overlap both are dead within seconds. */
async function replacesLeakedKeys(page: Page, { account, azure }: TestEnvironment) {
  await pill(page, 'Overlap');
  expect(await page.getByRole('button', { name: 'End keys …' }).count()).toBe(0);
  const { keys } = account(ACCOUNT);
  const leaked = [...keys.everIssued];
  expect(leaked).toHaveLength(2);
  await page.getByRole('button', { name: 'Key leaked …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What leaked').selectOption('both');
  await dialog.getByLabel('Time for apps to reload').selectOption('PT0S');
  await dialog.getByLabel('Reason').fill('both pasted into a ticket');
  await dialog.getByRole('button', { name: 'Replace what leaked' }).click();
  await page.getByText(`Replacement of the leaked key of ${ACCOUNT} requested.`).waitFor();
  await pill(page, 'Up to date');
  const tried = await tryEveryKey(account(ACCOUNT), readFileSync(azure.caFile, 'utf8'));
  expect(tried.old).toBeGreaterThanOrEqual(2);
  expect(tried).toEqual({ old: tried.old, oldRefused: tried.old, currentAccepted: 2 });
  expect(leaked.some((key) => keys.accepts(key))).toBe(false);
}

/** Resolves with the fingerprint of the key that is on its way out, in an overlap. */
async function steersAnAccount(page: Page): Promise<string> {
  const before = await activeKey(page);
  await act(page, 'Rotate …', 'Rotate', 'key of a developer who left');
  await page.getByText(`Rotation of ${ACCOUNT} requested.`).waitFor();
  await pill(page, 'Overlap');
  const rotated = await activeKey(page);
  expect(rotated).not.toBe(before);

  await act(page, 'Hold …', 'Hold', HOSTILE);
  await pill(page, 'Held');
  await page.locator('.facts').getByText(HOSTILE).waitFor();
  await page.locator('.facts').getByText('this account, by function key').waitFor();
  expect(await page.title()).toBe(`${ACCOUNT} – Twinkey`);
  expect(await page.locator('.detail :is(script, img)').count()).toBe(0);

  await act(page, 'Roll back …', 'Roll back', 'the new key is not everywhere yet');
  await activeKeyField(page).getByText(before).waitFor();
  await screenshot(page, 'account-light');
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  await screenshot(page, 'account-dark');
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });

  await release(page, 'Release …', 'all apps have it');
  await page.getByText(`Hold on ${ACCOUNT} released.`).waitFor();
  const history = page.getByRole('table', { name: 'History, newest first' });
  await history.getByText(`all apps have it (the hold was: ${HOSTILE})`).waitFor();
  return rotated;
}

/** The overlap ends by itself, while the page looks elsewhere. */
async function seesTheEndOf(fingerprint: string, page: Page, { account }: TestEnvironment) {
  await page.getByRole('link', { name: 'All accounts' }).click();
  await page.locator('tbody').getByRole('link', { name: ACCOUNT }).click();
  await pill(page, 'Up to date');
  const [gone] = account(ACCOUNT).keys.regenerations.slice(-1);
  expect(gone?.oldFingerprint).toBe(fingerprint);
}

async function steersAllAccounts(page: Page): Promise<void> {
  await act(page, 'Hold all …', 'Hold', 'change freeze');
  await page.getByText('All accounts are held').waitFor();
  await page.locator('.facts').getByText('all accounts, by function key').waitFor();
  await release(page, 'Release all …', 'the freeze is over');
  await page.getByText('All accounts are held').waitFor({ state: 'detached' });

  const csv = await exported(page, 'CSV');
  expect(csv.name).toBe(`${ACCOUNT}-history.csv`);
  expect(csv.text).toMatch(/^at,reason,message,.*\r\n/);
  expect(csv.text).toContain('both pasted into a ticket');

  await page.getByRole('link', { name: 'History', exact: true }).click();
  await page.getByText('the freeze is over (the hold was: change freeze)').waitFor();
  expect(await violations(page)).toEqual([]);
  const lines = await exported(page, 'JSON Lines');
  expect(lines.name).toBe('all-accounts-history.jsonl');
  expect(JSON.parse(lines.text.split('\n')[0] ?? '')).toMatchObject({ reason: 'HoldReleased' });

  await page.getByRole('link', { name: 'Calendar' }).click();
  await page.getByText('/api/plan?format=ics').waitFor();
  expect(await violations(page)).toEqual([]);
  expect((await exported(page, 'Download once')).text).toContain(`SUMMARY:${ACCOUNT}: `);
}

/** Presses a button that saves a file; resolves with the file. */
async function exported(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

/** Where the platform authenticates: here the browser itself says who is signed in. */
async function knowsRoles(browser: Browser, url: string, key: string): Promise<void> {
  const open = async (name: string, role: string) => {
    const claims = [
      { typ: 'name', val: name },
      { typ: 'roles', val: role },
    ];
    const principal = Buffer.from(JSON.stringify({ claims })).toString('base64');
    const page = await givenPage(browser, {
      extraHTTPHeaders: { 'x-ms-client-principal': principal },
    });
    await signIn(page, url, key);
    await page.getByText(name, { exact: true }).waitFor();
    await page.locator('tbody').getByRole('link', { name: ACCOUNT }).click();
    return page;
  };
  const [reader, operator] = await Promise.all([
    open('Rita Reader', 'Rotation.Reader'),
    open('Ada Operator', 'Rotation.Operator'),
  ]);
  await reader.getByText('that takes the role Rotation.Operator').waitFor();
  expect(await reader.getByRole('button', { name: '…' }).count()).toBe(0);
  expect(await violations(reader)).toEqual([]);

  await act(operator, 'Hold …', 'Hold', 'month-end closing');
  const line = operator.getByRole('row', { name: /month-end closing/ });
  await line.getByText('Ada Operator').waitFor();
  await endsKeys(operator);
}

/** The hold keeps it from beginning: it is taken back in time. */
async function endsKeys(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'End keys …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('whoever else sends a key').waitFor();
  await dialog.getByText('the hold of Ada Operator').waitFor();
  await screenshot(page, 'keyless');
  expect(await violations(page)).toEqual([]);
  await dialog.getByLabel('Reason').fill('Entra ID everywhere');
  await dialog.getByRole('button', { name: 'End key authentication' }).click();
  await page.locator('.facts').getByText('Keyless: Entra ID everywhere').waitFor();
  await page.getByRole('button', { name: 'Keep keys …' }).click();
  await dialog.getByRole('button', { name: 'Keep keys' }).click();
  await page.getByText(`${ACCOUNT} keeps its keys.`).waitFor();
  await page.getByRole('button', { name: 'End keys …' }).waitFor();
}

/** What anyone gets without a key: the page's own files, under a strict policy, cached by ETag. */
async function expectStaticAssets(url: string): Promise<void> {
  const page = await fetch(`${url}/api/dashboard`);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  const etag = page.headers.get('etag') ?? '';
  const again = await fetch(`${url}/api/dashboard`, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
  const library = await fetch(`${url}/api/dashboard/preact.js`);
  expect(library.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  for (const path of ['..%2fassets.ts', 'tsconfig.json', 'types.d.ts', '%00', 'constructor']) {
    expect((await fetch(`${url}/api/dashboard/${path}`)).status, path).toBe(404);
  }
}

/** Presses an action's button, gives a reason and confirms. */
async function act(page: Page, button: string, confirm: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: confirm, exact: true }).click();
  // Without a reason the browser keeps the dialog open and points at the field.
  expect(await dialog.locator('textarea:invalid').count()).toBe(1);
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: confirm, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Presses a button that releases a hold, gives a reason, which it may have, and confirms. */
async function release(page: Page, button: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Release' }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function pill(page: Page, label: string): Promise<void> {
  await page.locator('.detail header .pill').getByText(label).waitFor({ timeout: 60_000 });
}

/** The active key's fingerprint, as shown. */
async function activeKey(page: Page): Promise<string> {
  return (await activeKeyField(page).innerText()).trim();
}

function activeKeyField(page: Page) {
  return page.locator('.facts div', { hasText: 'Active key' }).locator('code');
}
