import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
// biome-ignore lint/correctness/noUnresolvedImports: its types come by `export *`, which Biome does not follow
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { assetNamed, INDEX } from '../../shared/dashboard/assets.ts';

export type { Browser, Page };

const CHROMIUM = '/usr/bin/chromium';

/** Where screenshots go; git-ignored. */
const SCREENSHOTS = fileURLToPath(new URL('../../.screenshots/', import.meta.url));

/** Why there is no browser; CI has to have one, and fails without. */
export const NO_BROWSER =
  !existsSync(CHROMIUM) && !process.env['CI'] && `${CHROMIUM} is missing: apt-get install chromium`;

/** Starts the browser of the system. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  });
}

/** A page of its own, which must end without an error of a script, of the content policy, or 404. */
export async function givenPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('dialog', (dialog) => errors.push(`unexpected dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    if (/Content Security Policy|status of 404/.test(message.text())) errors.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  return page;
}

/** Opens the dashboard and gives it the function key. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/api/dashboard`);
  await page.getByLabel('Function key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'Accounts' }).waitFor();
}

/** Everything that axe objects to on the page as it is. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, not added as a tag: the page's own policy stays as strict as it is.
  await page.evaluate(axe.source);
  const found = await page.evaluate('axe.run()');
  return (found as axe.AxeResults).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** Takes a screenshot for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
}

/** Serves the page's files, without any API: the test answers for that in the browser. */
export async function givenAssets(): Promise<string> {
  const server = createServer(async (request, response) => {
    const [, name = ''] = /^\/api\/dashboard\/?(.*)$/.exec(request.url ?? '') ?? [];
    const asset = await assetNamed(name || INDEX);
    response.writeHead(asset ? 200 : 404, { 'content-type': asset?.contentType ?? 'text/plain' });
    response.end(asset?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
