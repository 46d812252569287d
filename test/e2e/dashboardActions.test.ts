import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { givenEnvironment } from './environment.ts';

const ACCOUNT = 'contoso-language';
const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';

describe.skipIf(NO_BROWSER)(`steering through the dashboard ${NO_BROWSER || ''}`.trim(), () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('rotates, holds, rolls back and releases', { timeout: 120_000 }, async () => {
    const environment = await givenEnvironment({
      accounts: [{ name: ACCOUNT, kind: 'TextAnalytics' }],
      listed: [ACCOUNT],
      settings: { TWINKEY_DEFAULT_PERIOD: 'PT1H' },
    });
    const page = await givenPage(browser, { viewport: { width: 1280, height: 1000 } });
    await signIn(page, environment.host.url, environment.functionKey);
    await page.getByRole('row', { name: new RegExp(ACCOUNT) }).waitFor();
    await page.getByRole('link', { name: ACCOUNT }).first().click();
    await page.getByRole('heading', { name: ACCOUNT }).waitFor();
    await pill(page, 'Up to date');
    const before = await activeKey(page);

    await act(page, 'Rotate …', 'Rotate', 'key of a developer who left');
    await page.getByText(`Rotation of ${ACCOUNT} requested.`).waitFor();
    await pill(page, 'Overlap');
    const rotated = await activeKey(page);
    expect(rotated).not.toBe(before);

    await act(page, 'Hold …', 'Hold', HOSTILE);
    await pill(page, 'Held');
    await page.locator('.facts').getByText(HOSTILE).waitFor();
    expect(await page.title()).toBe(`${ACCOUNT} – Twinkey`);
    expect(await page.locator('.detail :is(script, img)').count()).toBe(0);

    await act(page, 'Roll back …', 'Roll back', 'the new key is not everywhere yet');
    await activeKeyField(page).getByText(before).waitFor();
    await screenshot(page, 'account-light');
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'account-dark');
    expect(await violations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Release …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText(`Hold on ${ACCOUNT} released.`).waitFor();
    await pill(page, 'Up to date');
    await page
      .getByRole('table', { name: 'History, newest first' })
      .getByText(HOSTILE)
      .first()
      .waitFor();
    expect(environment.account(ACCOUNT).keys.regenerations.at(-1)?.slot).toBe('Key2');

    await act(page, 'Hold all …', 'Hold', 'change freeze');
    await page.getByText('All accounts are held').waitFor();
    await page.getByRole('button', { name: 'Release all …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText('All accounts are held').waitFor({ state: 'detached' });
    await expectStaticAssets(environment.host.url);
  });
});

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

async function pill(page: Page, label: string): Promise<void> {
  await page.locator('.detail header .pill').getByText(label).waitFor({ timeout: 40_000 });
}

/** The active key's fingerprint, as shown. */
async function activeKey(page: Page): Promise<string> {
  return (await activeKeyField(page).innerText()).trim();
}

function activeKeyField(page: Page) {
  return page.locator('.facts div', { hasText: 'Active key' }).locator('code');
}
