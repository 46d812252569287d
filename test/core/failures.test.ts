import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/core/failures.ts';
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
