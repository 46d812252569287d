import { describe, expect, it } from 'vitest';
import { givenService, problem } from './stub.ts';
import { pathOf } from './views.ts';

const ACCOUNT = pathOf('calm');
const KEYLESS = `/api/accounts/${ACCOUNT}/keyless`;
const ACCEPTED = { status: 202, body: { rotationId: 'request-1', state: 'requested' } };
const PREVIEW = {
  permitted: true,
  customSubdomain: false,
  keyUsers: [{ subscriber: 'sh\u001bop', fingerprint: '0123456789ab', at: '2026-01-09T12:00:00Z' }],
  breaks: ['shop, unless it can use Entra ID', 'whoever else sends a key'],
  waitsFor: [],
  overlapSeconds: 172_800,
  confirm: 'abcdef0123456789',
};

describe('ops keyless', () => {
  it('shows what would break, and the command that does it, without doing it', async () => {
    const { run, received } = await givenService({ [`GET ${KEYLESS}`]: { body: PREVIEW } });
    const { code, out } = await run('keyless', ACCOUNT);
    expect(code).toBe(0);
    expect(received.map(({ method }) => method)).toEqual(['GET']);
    expect(out).toMatch(/custom subdomain +no: Entra ID tokens are not taken/);
    expect(out).toContain('sh\\u001bop (at 2026-01-09 12:00:00Z)');
    expect(out).toContain('shop, unless it can use Entra ID; whoever else sends a key');
    expect(out).toMatch(/overlap before +2 d/);
    expect(out).toContain(
      `: npm run ops -- keyless ${ACCOUNT} --confirm abcdef0123456789 --reason <text>`,
    );
  });

  it('says when the deployment does not permit it, and prints JSON with --json', async () => {
    const body = { ...PREVIEW, permitted: false };
    const { run } = await givenService({ [`GET ${KEYLESS}`]: { body } });
    expect((await run('keyless', ACCOUNT)).out).toContain('TWINKEY_ALLOW_KEYLESS is not true');
    expect(JSON.parse((await run('keyless', ACCOUNT, '--json')).out)).toEqual(body);
  });

  it('ends key authentication with what the preview said', async () => {
    const { run, received } = await givenService({ [`POST ${KEYLESS}`]: ACCEPTED });
    const said = ['--confirm', 'abcdef0123456789', '--reason', 'Entra ID only'];
    expect(await run('keyless', ACCOUNT, ...said)).toMatchObject({ code: 0, error: '' });
    expect(received[0]?.body).toEqual({ reason: 'Entra ID only', confirm: 'abcdef0123456789' });
    expect(received[0]?.headers['idempotency-key']).toBe('request-1');
  });

  it('says what to do when the preview has changed', async () => {
    const refused = problem(409, 'preview-outdated', 'it would break more');
    const { run } = await givenService({ [`POST ${KEYLESS}`]: refused });
    const { code, error } = await run('keyless', ACCOUNT, '--confirm', 'a', '--reason', 'b');
    expect(code).toBe(1);
    expect(error).toContain("See it with 'keyless' without --confirm.");
  });

  it('is taken back', async () => {
    const { run, received } = await givenService({ [`DELETE ${KEYLESS}`]: { status: 204 } });
    expect((await run('keyless', ACCOUNT, '--take-back')).out).toContain('Taken back');
    expect(received).toHaveLength(1);
  });

  it.each([
    [['--confirm', 'a', '--take-back'], 'found both'],
    [['--confirm', 'a'], 'Expected --reason along with --confirm'],
  ])('with %j is a usage error that sends nothing', async (options, message) => {
    const { run, received } = await givenService({});
    const { code, error } = await run('keyless', ACCOUNT, ...options);
    expect(code).toBe(2);
    expect(error).toContain(message);
    expect(received).toEqual([]);
  });
});
