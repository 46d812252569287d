import { describe, expect, it } from 'vitest';
import { accountPath } from '../../shared/core/accountPath.ts';
import { ACCOUNT_ID } from './fixtures.ts';

describe('the path of an account', () => {
  it('is made of subscription, group and name', () => {
    expect(accountPath(ACCOUNT_ID)).toBe('s/g/acme');
  });

  it('is safe in a URL', () => {
    expect(accountPath('/subscriptions/s/resourcegroups/a b/providers/p/accounts/n?x')).toBe(
      's/a%20b/n%3Fx',
    );
  });

  it('of what is no resource id has empty parts', () => {
    expect(accountPath('nonsense')).toBe('//');
  });
});
