import { describe, expect, it } from 'vitest';
import { parsePassMessage } from '../../shared/api/passMessage.ts';

const ID =
  '/subscriptions/s/resourcegroups/rg/providers/microsoft.cognitiveservices/accounts/language';

describe('a message on the queue of passes', () => {
  it('names an account by its lower-cased resource id', () => {
    expect(parsePassMessage({ accountId: ID })).toEqual({ accountId: ID });
  });

  it.each([
    ['admits a start until a time', { until: 7 }],
    ['refuses one', { refused: 'FleetLimit', message: 'full', attention: false }],
  ])('%s', (_, start) => {
    expect(parsePassMessage({ accountId: ID, start })).toEqual({ accountId: ID, start });
  });

  it('is good until a time, or for ever where that is not understood', () => {
    expect(parsePassMessage({ accountId: ID, notAfter: 7 })).toEqual({
      accountId: ID,
      notAfter: 7,
    });
    expect(parsePassMessage({ accountId: ID, notAfter: 'soon' })).toEqual({ accountId: ID });
  });

  const endless = { refused: 'FleetLimit', message: 'x'.repeat(2_001), attention: false };

  it.each([
    [{ until: 'soon' }],
    [{ refused: 'Whim', message: '', attention: false }],
    [endless],
    [null],
  ])('admits nothing when what it says of a start is not understood: %j', (start) => {
    expect(parsePassMessage({ accountId: ID, start })).toEqual({ accountId: ID });
  });

  it.each([
    ['text', 'rotate everything'],
    ['null', null],
    ['a list', [{ accountId: ID }]],
    ['another field', { account: ID }],
    ['a number as id', { accountId: 7 }],
    ['an id in ARM spelling', { accountId: ID.replace('resourcegroups', 'resourceGroups') }],
    ['an id with a longer path', { accountId: `${ID}/deployments/d` }],
    ['an id that climbs', { accountId: ID.replace('rg', '../../x') }],
  ])('is refused when it is %s, and says what was expected', (_, message) => {
    expect(() => parsePassMessage(message)).toThrow(/expected a message \{"accountId"/);
  });
});
