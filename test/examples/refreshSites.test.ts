import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sitesByAccount } from '../../examples/key-vault-references/sites.ts';

const ACCOUNT =
  '/subscriptions/s/resourceGroups/r/providers/Microsoft.CognitiveServices/accounts/A';
const SITE = '/subscriptions/s/resourceGroups/r/providers/Microsoft.Web/sites/w';

describe('REFRESH_SITES', () => {
  it('finds sites and slots by the account that they depend on, whatever its casing', () => {
    const sites = sitesByAccount(JSON.stringify({ [ACCOUNT]: [SITE, `${SITE}/slots/blue`] }));
    expect(sites.get(ACCOUNT.toLowerCase())).toEqual([SITE, `${SITE}/slots/blue`]);
  });

  it.each([
    ['nothing', undefined, 'expected JSON, found nothing'],
    ['no JSON', '{', 'expected JSON'],
    ['no account', { '/subscriptions/s': [SITE] }, "expected an account's resource id"],
    ['another resource', { [ACCOUNT]: [ACCOUNT] }, "expected a site's or a slot's resource id"],
    ['a path that climbs', { [ACCOUNT]: [`${SITE}/../x`] }, "expected a site's"],
    ['a query', { [ACCOUNT]: [`${SITE}?x`] }, "expected a site's"],
    ['another host', { [ACCOUNT]: [`@elsewhere${SITE}`] }, "expected a site's"],
  ])('refuses %s and says what was expected', (_what, value, message) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : value;
    expect(() => sitesByAccount(text)).toThrow(message);
  });
});

it('the function app of the example has the versions that are tested here', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
  const tested = read('package.json');
  const { dependencies, devDependencies } = read('examples/key-vault-references/package.json');
  expect(tested.dependencies).toMatchObject(dependencies);
  expect(tested.devDependencies).toMatchObject(devDependencies);
});
