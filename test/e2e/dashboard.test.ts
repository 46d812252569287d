import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenEntry } from '../ops/views.ts';
import {
  type Browser,
  givenAssets,
  givenPage,
  launchBrowser,
  NO_BROWSER,
  screenshot,
  violations,
} from './dashboardBrowser.ts';
import { answerWith, fleetOf } from './dashboardFleet.ts';

const NOW = Date.now();

describe.skipIf(NO_BROWSER)(`the dashboard ${NO_BROWSER || ''}`.trim(), () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('pages, searches, filters and sorts a thousand accounts', async () => {
    const page = await givenPage(browser);
    await answerWith(page, fleetOf(1_000, NOW));
    await page.goto(`${await givenAssets()}/api/dashboard`);
    const rows = page.locator('tbody tr');
    const found = page.locator('.found');
    await found.getByText('1,000 accounts').waitFor();
    expect(await rows.count()).toBe(50);
    expect(await page.locator('*').count()).toBeLessThan(2_000);

    await page.getByRole('button', { name: 'Next', exact: true }).last().click();
    await page.getByText('51–100 of 1,000').waitFor();

    await page.getByRole('searchbox').fill('openai account-012');
    await found.getByText('4 of 1,000 accounts').waitFor();
    expect(await rows.count()).toBe(4);

    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: /Needs attention/ }).click();
    await found.getByText('24 of 1,000 accounts').waitFor();
    expect(await page.locator('tbody .pill').allTextContents()).toEqual(
      Array(24).fill('Needs attention'),
    );

    await page.getByRole('button', { name: 'Account', exact: true }).click();
    await page.getByRole('button', { name: /^Account/ }).click();
    const names = await page.locator('tbody th a').allTextContents();
    expect(names).toEqual([...names].sort().reverse());
    expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Account');
  });

  it('asks for the key again when it is wrong, and keeps it in the tab only', async () => {
    const page = await givenPage(browser);
    await answerWith(page, []);
    await page.route('**/api/accounts', (route) =>
      route.request().headers()['x-functions-key'] === 'right'
        ? route.fulfill({ json: { accounts: fleetOf(3, NOW) } })
        : route.fulfill({ status: 401 }),
    );
    await page.goto(`${await givenAssets()}/api/dashboard`);
    const field = page.getByLabel('Function key');
    await field.fill('wrong');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('did not accept this function key').waitFor();
    await field.fill('right');
    await page.keyboard.press('Enter');
    await page.getByText('3 accounts').waitFor();
    expect(await page.evaluate('Object.values(sessionStorage)')).toEqual(['right']);
    expect(await page.evaluate('localStorage.length')).toBe(0);
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await page.getByText('3 accounts').waitFor();
    // What a platform that wants a new sign-in answers with.
    const redirect = { status: 302, headers: { location: 'https://login.example' } };
    await page.route('**/api/accounts', (route) => route.fulfill(redirect));
    await page.reload();
    await page.getByText('The sign-in has ended. Load this page again.').waitFor();
    expect(await page.evaluate('Object.values(sessionStorage)')).toEqual(['right']);
  });

  it('sends what was chosen for a leaked key once, and shows a refusal in the dialog', async () => {
    const page = await givenPage(browser);
    const sent: { key: string | undefined; body: unknown }[] = [];
    await answerWith(page, fleetOf(1, NOW));
    await page.route('**/rotations', (route) => {
      const request = route.request();
      sent.push({ key: request.headers()['idempotency-key'], body: request.postDataJSON() });
      return sent.length === 1
        ? route.fulfill({ status: 409, json: { title: 'Not now', detail: 'the vault is closed' } })
        : route.fulfill({ status: 202, json: { rotationId: 'r', state: 'requested' } });
    });
    await page.goto(`${await givenAssets()}/api/dashboard`);
    await page.locator('tbody a').press('Enter');
    await page.getByRole('heading', { name: 'account-0000' }).waitFor();
    const button = page.getByRole('button', { name: 'Key leaked …' });
    await button.press('Enter');
    await page.getByLabel('What leaked').selectOption('both');
    await page.getByLabel('Time for apps to reload').selectOption('PT0S');
    await page.getByLabel('in spite of a hold').check();
    await page.getByLabel('Reason').fill('found in a public repository');
    expect(await violations(page)).toEqual([]);
    await screenshot(page, 'leaked');
    const confirm = page.getByRole('button', { name: 'Replace what leaked' });
    await confirm.click();
    await page.getByText('Not now: the vault is closed').waitFor();
    await confirm.click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const body = {
      cause: 'compromised',
      reason: 'found in a public repository',
      slot: 'both',
      overlap: 'PT0S',
      overrideHold: true,
    };
    expect(sent.map((each) => each.body)).toEqual([body, body]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    await button.and(page.locator(':focus')).waitFor();
    await page.getByRole('link', { name: 'All accounts' }).press('Enter');
    await page.locator('tbody a:focus').waitFor();
  });

  it('shows what keeps rotations from beginning, and releases it', async () => {
    const page = await givenPage(browser, { viewport: { width: 390, height: 844 } });
    await answerWith(page, fleetOf(3, NOW));
    const at = new Date(NOW).toISOString();
    const brake = { id: 'topic', call: 'topic', scope: null, kind: 'forbidden', accounts: 5 };
    let brakes = [{ ...brake, since: at, lastFailureAt: at, endsAt: at }];
    const released: string[] = [];
    await page.route('**/api/brakes', (route) => route.fulfill({ json: { brakes } }));
    await page.route('**/api/brakes/*', (route) => {
      released.push(`${route.request().method()} ${new URL(route.request().url()).search}`);
      brakes = [];
      return route.fulfill({ json: { released: true } });
    });
    await page.goto(`${await givenAssets()}/api/dashboard`);
    const banner = page.getByRole('region', { name: 'Brakes' });
    await banner.getByText('Rotations do not begin (topic): 5 accounts in a row').waitFor();
    expect(await violations(page)).toEqual([]);
    await banner.getByRole('button', { name: 'Release brake …' }).press('Enter');
    await page.getByLabel('Reason').fill('it is back');
    await page.getByRole('button', { name: 'Release', exact: true }).click();
    await banner.waitFor({ state: 'detached' });
    expect(released).toEqual(['DELETE ?reason=it%20is%20back']);
  });

  it('shows hostile names as text, keeps the focus over a refresh, and can be paused', async () => {
    const page = await givenPage(browser);
    await page.clock.install();
    const name = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    let reads = 0;
    await answerWith(page, []);
    await page.route('**/api/accounts', (route) => {
      reads += 1;
      const accounts = fleetOf(2, NOW).map((each) => ({ ...each, name, message: name }));
      return route.fulfill({ json: { accounts } });
    });
    await page.goto(`${await givenAssets()}/api/dashboard`);
    await page.getByRole('link', { name }).first().waitFor();
    expect(await page.locator('main :is(img, script)').count()).toBe(0);
    const link = page.locator('tbody a').last();
    await link.focus();
    await page.clock.runFor(5_000);
    await expect.poll(() => reads).toBe(2);
    await link.and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Pause updates' }).press('Space');
    await page.getByText('Paused at').waitFor();
    await page.clock.runFor(60_000);
    expect(reads).toBe(2);
  });

  it('opens a timeline wider than the screen at what is now', async () => {
    const page = await givenPage(browser, { viewport: { width: 390, height: 844 } });
    const [account] = fleetOf(1, NOW);
    await answerWith(page, account ? [account] : []);
    const entries = [givenEntry(), givenEntry({ at: '2026-01-09T11:00:00.000Z', slot: 'Key1' })];
    await page.route('**/history?*', (route) =>
      route.fulfill({ json: { entries, continuation: null } }),
    );
    await page.goto(`${await givenAssets()}/api/dashboard#${account?.path}`);
    const frame = page.locator('.timeline .scroll');
    await frame.waitFor();
    const [left, hidden] = await frame.evaluate((element) => [
      element.scrollLeft,
      element.scrollWidth - element.clientWidth,
    ]);
    expect(hidden).toBeGreaterThan(100);
    expect(left).toBeGreaterThan((hidden ?? 0) - 2);
  });

  it.each([
    { name: 'light', colorScheme: 'light', width: 1280, height: 820 },
    { name: 'dark', colorScheme: 'dark', width: 1280, height: 820 },
    { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
  ] as const)('is accessible: $name', async ({ name, colorScheme, width, height }) => {
    const page = await givenPage(browser, { colorScheme, viewport: { width, height } });
    await answerWith(page, fleetOf(40, NOW));
    await page.goto(`${await givenAssets()}/api/dashboard`);
    await page.locator('tbody tr').first().waitFor();
    await screenshot(page, `fleet-${name}`);
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate('document.body.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
