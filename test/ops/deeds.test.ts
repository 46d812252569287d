import { describe, expect, it } from 'vitest';
import { givenService, problem } from './stub.ts';
import { givenDetail, givenEntry, givenRotation, pathOf } from './views.ts';

const ACCOUNT = pathOf('calm');
const API = `/api/accounts/${ACCOUNT}`;
const ACCEPTED = { status: 202, body: { rotationId: 'request-1', state: 'requested' } };
const FOLLOWED = `GET ${API}/rotations/request-1`;

describe('ops rotate', () => {
  it('asks for a rotation with a reason and an idempotency key', async () => {
    const { run, received } = await givenService({ [`POST ${API}/rotations`]: ACCEPTED });
    const { code, out } = await run('rotate', ACCOUNT, '--reason', 'try it');
    expect(code).toBe(0);
    expect(out).toContain('request-1');
    expect(received).toMatchObject([{ body: { cause: 'manual', reason: 'try it' } }]);
    expect(received[0]?.headers['idempotency-key']).toBe('request-1');
  });

  it('prints the JSON of the API with --json', async () => {
    const { run } = await givenService({ [`POST ${API}/rotations`]: ACCEPTED });
    const { out } = await run('rotate', ACCOUNT, '--reason', 'try', '--json');
    expect(JSON.parse(out)).toEqual(ACCEPTED.body);
  });

  it('says why it was refused and what to do, and does not ask again', async () => {
    const refused = problem(409, 'rotation-under-way', 'rotation 7 has to end first');
    const { run, received } = await givenService({ [`POST ${API}/rotations`]: refused });
    const { code, out, error } = await run('rotate', ACCOUNT, '--reason', 'try');
    expect([code, out, received.length]).toEqual([1, '', 1]);
    expect(error).toBe(
      'Title of rotation-under-way: rotation 7 has to end first. ' +
        "Follow it with 'history'; a leaked key does not wait: 'compromised'.\n",
    );
  });

  it('repeats a request whose answer was lost, under the same idempotency key', async () => {
    const { run, received } = await givenService({
      [`POST ${API}/rotations`]: [{ drop: true }, ACCEPTED],
    });
    expect((await run('rotate', ACCOUNT, '--reason', 'try')).code).toBe(0);
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(['request-1', 'request-1']);
  });

  it('follows it to its end, over a moment without an answer', async () => {
    const closed = { state: 'done', phase: null, closedAt: '2026-01-10T12:01:00Z' } as const;
    const { run } = await givenService({
      [`POST ${API}/rotations`]: ACCEPTED,
      [FOLLOWED]: [
        { body: givenRotation({ state: 'requested', phase: null }) },
        problem(503, 'upstream-unavailable', 'the tables do not answer'),
        { body: givenRotation({ waitsFor: { reason: 'InOverlap', message: 'until 12:01' } }) },
        { body: givenRotation({ ...closed, confirmedDead: true }) },
      ],
    });
    const { code, out, error, sleptMs } = await run('rotate', ACCOUNT, '--reason', 'x', '--wait');
    expect(code).toBe(0);
    expect(error).toBe(
      'rotation request-1: requested\nrotation request-1: running, overlap; InOverlap: until 12:01\nrotation request-1: done\n',
    );
    expect(out).toContain('ended at 2026-01-10 12:01:00Z; the old key was tried and is dead.');
    expect(sleptMs).toBe(6_000);
  });

  it('gives up following at its limit, and says that the service goes on', async () => {
    const { run } = await givenService({
      [`POST ${API}/rotations`]: ACCEPTED,
      [FOLLOWED]: { body: givenRotation() },
    });
    const wait = ['--wait', '--wait-limit', 'PT1M'];
    const { code, error, sleptMs } = await run('rotate', ACCOUNT, '--reason', 'x', ...wait);
    expect(code).toBe(1);
    expect(error).toContain('within 60 s, found overlap. It goes on by itself');
    expect(sleptMs).toBe(60_000);
  });

  it('exits with 1 when what it follows is refused', async () => {
    const steps = [givenEntry({ reason: 'RequestRefused', message: 'the key is gone' })];
    const { run } = await givenService({
      [`POST ${API}/rotations`]: ACCEPTED,
      [FOLLOWED]: { body: givenRotation({ state: 'refused', phase: null, steps }) },
    });
    const { code, out, error } = await run('rotate', ACCOUNT, '--reason', 'x', '--wait', '--json');
    expect(code).toBe(1);
    expect(error).toContain('Refused: the key is gone\n');
    expect(JSON.parse(out)).toMatchObject({ state: 'refused' });
  });
});

describe('ops compromised', () => {
  it('leaves what is not said to the service', async () => {
    const { run, received } = await givenService({ [`POST ${API}/rotations`]: ACCEPTED });
    expect((await run('compromised', ACCOUNT, '--reason', 'leak')).code).toBe(0);
    expect(received[0]?.body).toEqual({ cause: 'compromised', reason: 'leak' });
  });

  it('passes on everything that is said', async () => {
    const { run, received } = await givenService({ [`POST ${API}/rotations`]: ACCEPTED });
    const said = ['--slot', 'both', '--overlap', 'PT0S', '--override-hold', '--reason', 'leak'];
    expect((await run('compromised', ACCOUNT, ...said)).code).toBe(0);
    expect(received[0]?.body).toEqual({
      cause: 'compromised',
      reason: 'leak',
      slot: 'both',
      overlap: 'PT0S',
      overrideHold: true,
    });
  });
});

describe('ops rollback', () => {
  const underWay = givenDetail('calm', { rotation: { id: 'rotation-2', cause: 'manual' } });

  it.each([
    ['the rotation under way', underWay, 'rotation-2'],
    ['else the last one', givenDetail('calm'), 'rotation-1'],
  ])('is asked of %s', async (_which, body, id) => {
    const { run, received } = await givenService({
      [`GET ${API}`]: { body },
      [`POST ${API}/rotations/${id}/rollback`]: ACCEPTED,
    });
    expect((await run('rollback', ACCOUNT, '--reason', 'it broke')).code).toBe(0);
    expect(received[1]).toMatchObject({ method: 'POST', body: { reason: 'it broke' } });
  });

  it('is refused where there never was a rotation', async () => {
    const body = givenDetail('calm', { lastRotationId: null });
    const { run, received } = await givenService({ [`GET ${API}`]: { body } });
    const { code, error } = await run('rollback', ACCOUNT, '--reason', 'it broke');
    expect([code, received.length]).toEqual([1, 1]);
    expect(error).toContain('it never had one');
  });
});

describe('ops acknowledge', () => {
  const said = ['--subscriber', 'billing', '--fingerprint', '0123456789ab'];
  const acks = `POST ${API}/rotations/rotation-1/acks`;
  const account = { [`GET ${API}`]: { body: givenDetail('calm') } };

  it('says so for an app, and who is missing still', async () => {
    const body = { acknowledged: true, missingSubscribers: ['search'] };
    const { run, received } = await givenService({ ...account, [acks]: { body } });
    const { code, out } = await run('acknowledge', ACCOUNT, ...said);
    expect([code, out]).toEqual([0, 'Acknowledged. Still missing: search.\n']);
    expect(received[1]?.body).toEqual({ subscriber: 'billing', fingerprint: '0123456789ab' });
  });

  it('exits with 1 for another key', async () => {
    const refused = problem(409, 'fingerprint-not-active', 'the active key is ba9876543210');
    const { run } = await givenService({ ...account, [acks]: refused });
    expect(await run('acknowledge', ACCOUNT, ...said)).toMatchObject({ code: 1, out: '' });
  });
});

describe('ops hold and release', () => {
  const hold = {
    scope: 'account',
    actor: 'ann',
    reason: 'launch',
    until: '2026-02-01T00:00:00.000Z',
  };
  const RELEASED = { body: { released: true, hold: null } };

  it('holds and releases one account', async () => {
    const { run, received } = await givenService({
      [`PUT ${API}/hold`]: { body: hold },
      [`DELETE ${API}/hold`]: RELEASED,
    });
    const until = ['--until', '2026-02-01T00:00:00Z'];
    const held = await run('hold', ACCOUNT, '--reason', 'launch', ...until);
    expect(held.out).toBe('Held until 2026-02-01 00:00:00Z: no key is regenerated.\n');
    const released = await run('release', ACCOUNT);
    expect(released).toMatchObject({ code: 0, out: 'Released: rotations go on.\n' });
    expect(received[0]?.body).toEqual({ reason: 'launch', until: '2026-02-01T00:00:00Z' });
    expect(received.every(({ headers }) => headers['idempotency-key'])).toBe(true);
  });

  it('holds and releases all accounts', async () => {
    const { run, received } = await givenService({
      'PUT /api/hold': { body: { ...hold, until: null } },
      'DELETE /api/hold': RELEASED,
    });
    expect((await run('hold', '--all', '--reason', 'x')).out).toContain('Held until released');
    const json = await run('hold', '--all', '--reason', 'x', '--json');
    expect(JSON.parse(json.out)).toEqual({ ...hold, until: null });
    const released = await run('release', '--all', '--reason', 'it is over & done', '--json');
    expect(received.at(-1)?.path).toBe('/api/hold?reason=it+is+over+%26+done');
    expect(JSON.parse(released.out)).toEqual(RELEASED.body);
  });

  it.each([
    ['its own hold', true, 'Released. Still all accounts are held by ann until released: launch\n'],
    ['no hold', false, 'There was no hold to release. Still all accounts are held by ann'],
  ])('says of an account with %s that it is held with all', async (_, released, said) => {
    const still = { ...hold, scope: 'all', until: null };
    const { run } = await givenService({
      [`DELETE ${API}/hold`]: { body: { released, hold: still } },
    });
    const { code, out } = await run('release', ACCOUNT);
    expect(code).toBe(0);
    expect(out).toContain(said);
    expect(out).toContain("That ends with 'release --all'.\n");
  });

  it('says when there was nothing to release', async () => {
    const { run } = await givenService({
      [`DELETE ${API}/hold`]: { body: { released: false, hold: null } },
    });
    expect((await run('release', ACCOUNT)).out).toBe('There was no hold to release.\n');
  });

  it.each([
    ['neither', ['hold', '--reason', 'x']],
    ['both', ['hold', ACCOUNT, '--all', '--reason', 'x']],
    ['neither', ['release']],
    ['both', ['release', ACCOUNT, '--all']],
    ['neither', ['history']],
    ['both', ['history', ACCOUNT, '--all']],
  ])('takes an account or --all, not %s', async (found, args) => {
    const { run, received } = await givenService({});
    const { code, error } = await run(...args);
    expect([code, received.length]).toEqual([2, 0]);
    expect(error).toBe(`Expected either an account or --all, found ${found}.\n`);
  });
});
