import { describe, expect, it } from 'vitest';
import { Failure, messageOf } from '../../shared/core/failures.ts';
import { HOUR } from './fixtures.ts';

describe('a failure', () => {
  it.each([
    ['unauthorized', false],
    ['forbidden', false],
    ['notFound', false],
    ['conflict', false],
    ['throttled', true],
    ['invalid', false],
    ['unavailable', true],
    ['timeout', true],
    ['notSent', false],
  ] as const)('of kind %s may mend itself: %s, unless it is told otherwise', (kind, retriable) => {
    expect(new Failure(kind, 'm')).toMatchObject({ name: 'Failure', kind, retriable });
    const told = new Failure(kind, 'm', { retriable: !retriable, retryAfterMs: HOUR });
    expect(told).toMatchObject({ retriable: !retriable, retryAfterMs: HOUR });
  });
});

describe('the message of several failures', () => {
  const because = 'nobody is signed in';

  it('tells a reason that several have in common once, at the last of them', () => {
    const failures = [
      new Failure('unauthorized', 'get account: no token', { because }),
      new Failure('unavailable', 'read record: 503'),
      new Failure('unauthorized', 'get secret: no token', { because }),
      new Failure('unauthorized', 'read hold: no token', { because: 'no identity' }),
    ];
    expect(messageOf(failures)).toBe(
      'get account: no token; read record: 503; get secret: no token: nobody is signed in; read hold: no token: no identity',
    );
  });

  it('says of one failure what its own says', () => {
    const failure = new Failure('unauthorized', 'get account: no token', { because });
    expect(messageOf([failure])).toBe(failure.message);
    expect(failure).toMatchObject({
      message: 'get account: no token: nobody is signed in',
      brief: 'get account: no token',
    });
  });
});
