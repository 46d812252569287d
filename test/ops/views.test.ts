import { describe, expect, it } from 'vitest';
import { givenService } from './stub.ts';
import { givenAccount, givenDetail, givenEntry, givenPlan, pathOf, resourceIdOf } from './views.ts';

const NO_HOLD = { 'GET /api/hold': { body: { hold: null } } };

describe('ops status', () => {
  it('shows every account, those that need attention first, and exits with 1 for them', async () => {
    const accounts = [
      givenAccount('calm'),
      givenAccount('sick', { attention: true, reason: 'Drifted' }),
    ];
    const { run, received } = await givenService({
      ...NO_HOLD,
      'GET /api/accounts': { body: { accounts } },
    });
    const { code, out } = await run('status');
    expect(code).toBe(1);
    const [heads, first, second] = out.split('\n');
    expect(heads).toMatch(/^account +active +fingerprint +age +phase +reason +next +message$/);
    expect(first).toMatch(/^sick .*Drifted/);
    expect(second).toMatch(/^calm +Key1 +0123456789ab +10 d +idle +NotDue +in 20 d +the active/);
    expect(received.every(({ headers }) => headers['x-functions-key'])).toBe(true);
  });

  it('says held instead of when a rotation comes, as long as the hold lasts beyond it', async () => {
    const hold = (until: string | null) =>
      ({ scope: 'account', actor: 'ann', reason: 'audit', until }) as const;
    const accounts = [
      givenAccount('held', { hold: hold(null) }),
      givenAccount('longer', { hold: hold('2026-01-31T00:00:00Z') }),
      givenAccount('shorter', { hold: hold('2026-01-29T00:00:00Z') }),
    ];
    const planned = accounts.map(({ name, hold: over, nextStep }) => {
      return { ...givenPlan(name, nextStep.at ?? ''), hold: over };
    });
    const { run } = await givenService({
      ...NO_HOLD,
      'GET /api/accounts': { body: { accounts } },
      'GET /api/plan': { body: { accounts: planned, continuation: null } },
    });
    const seen = (await run('status')).out.match(/(?<=NotDue +)(held|in 20 d)/g);
    expect(seen).toEqual(['held', 'held', 'in 20 d']);
    const ahead = (await run('plan')).out.match(/(?<=(held|longer|shorter) +)(held|in 20 d)/g);
    expect(ahead).toEqual(['held', 'held', 'in 20 d']);
  });

  it('foresees nothing for an account without keys, whoever holds it', async () => {
    const hold = { scope: 'account', actor: 'ann', reason: 'audit', until: null } as const;
    const posture = { keyAuthentication: false, networkRestricted: false, customSubdomain: true };
    const changes = { posture, phase: null, reason: 'Keyless' } as const;
    const { run } = await givenService({
      ...NO_HOLD,
      'GET /api/accounts': { body: { accounts: [givenAccount('over', { ...changes, hold })] } },
      [`GET /api/accounts/${pathOf('over')}`]: { body: givenDetail('over', changes) },
    });
    expect((await run('status')).out).toMatch(/^over .* Keyless +– +the active/m);
    expect((await run('status', pathOf('over'))).out).toContain('next step      –\n');
  });

  it('exits with 0 when nothing needs attention, also when there is nothing', async () => {
    const body = { accounts: [] };
    const { run } = await givenService({ ...NO_HOLD, 'GET /api/accounts': { body } });
    expect(await run('status')).toMatchObject({ code: 0, out: 'No account is known yet.\n' });
  });

  it('says when every account is held', async () => {
    const hold = { scope: 'all', actor: 'ann', reason: 'launch', until: '2026-02-01T00:00:00Z' };
    const { run } = await givenService({
      'GET /api/hold': { body: { hold } },
      'GET /api/accounts': { body: { accounts: [givenAccount('calm')] } },
    });
    const { code, out } = await run('status');
    expect(code).toBe(0);
    expect(out).toContain(
      'Hold: all accounts are held by ann until 2026-02-01 00:00:00Z: launch\n',
    );
  });

  it('prints the JSON of the API alone with --json, before or after the command', async () => {
    const body = { accounts: [givenAccount('calm')] };
    const { run, received } = await givenService({ 'GET /api/accounts': { body } });
    expect(JSON.parse((await run('status', '--json')).out)).toEqual(body);
    expect(JSON.parse((await run('--json', 'status')).out)).toEqual(body);
    expect(received.map(({ path }) => path)).toEqual(['/api/accounts', '/api/accounts']);
  });

  it('shows one account in full', async () => {
    const detail = givenDetail('calm', {
      attention: true,
      holds: [
        { scope: 'all', actor: 'ann', reason: 'launch', until: null },
        { scope: 'account', actor: 'bob', reason: 'audit', until: '2026-02-01T00:00:00Z' },
      ],
      requests: [
        {
          id: 'request-1',
          cause: 'manual',
          requestedAt: '2026-01-10T11:59:00Z',
          actor: 'bob',
          reason: 'audit',
        },
      ],
      acknowledgements: [{ subscriber: 'billing', fingerprint: '0123456789ab', at: '2026-01-01' }],
      stale: { fingerprint: 'ba9876543210', retireAt: '2026-01-11T12:00:00.000Z' },
    });
    const { run } = await givenService({
      [`GET /api/accounts/${pathOf('calm')}`]: { body: detail },
    });
    const { code, out } = await run('status', pathOf('calm'));
    expect(code).toBe(1);
    expect(out).toContain('attention      YES\n');
    expect(out).toContain('key age        10 d of 30 d\n');
    expect(out).toContain('stale key      ba9876543210, ends 2026-01-11 12:00:00Z\n');
    expect(out).toContain('hold           all accounts are held by ann until released: launch\n');
    expect(out).toContain('shorter hold   held by bob until 2026-02-01 00:00:00Z: audit\n');
    expect(out).toContain('asked for      manual by bob at 2026-01-10 11:59:00Z: audit\n');
    expect(out).toContain('acknowledged   billing 0123456789ab\n');
  });

  it('shows what a terminal would act on instead of obeying it', async () => {
    const message = 'clear \u001b[2J bell \u0007 csi \u009b next\nline rtl \u202e end';
    const accounts = [givenAccount('calm', { message })];
    const { run } = await givenService({ ...NO_HOLD, 'GET /api/accounts': { body: { accounts } } });
    const shown = 'clear \\u001b[2J bell \\u0007 csi \\u009b next\\u000aline rtl \\u202e end';
    expect((await run('status')).out).toContain(shown);
    const { out } = await run('status', '--json');
    for (const mark of '\u0007\u001b\u009b\u202e') expect(out).not.toContain(mark);
    expect(JSON.parse(out)).toEqual({ accounts });
  });
});

describe('the name of an account', () => {
  const body = givenDetail('calm');
  const accounts = [givenAccount('calm'), givenAccount('twin', { group: 'a' })];
  const answers = {
    [`GET /api/accounts/${pathOf('calm')}`]: { body },
    [`GET /api/accounts/${pathOf('calm', 'Group')}`]: { body },
    'GET /api/accounts': {
      body: { accounts: [...accounts, givenAccount('Twin', { group: 'b' })] },
    },
  };

  it.each([
    ['a resource id', resourceIdOf('calm')],
    ['a resource id in lower case', resourceIdOf('calm').toLowerCase()],
    ['its path', pathOf('calm')],
    ['its name', 'calm'],
    ['its name in other casing', 'CALM'],
  ])('may be %s', async (_form, name) => {
    const { run } = await givenService(answers);
    expect((await run('status', name)).code).toBe(0);
  });

  it('is refused with the candidates where it means several', async () => {
    const { run } = await givenService(answers);
    const { code, error } = await run('status', 'twin');
    expect(code).toBe(2);
    const candidates = `  ${pathOf('twin', 'a')}\n  ${pathOf('Twin', 'b')}\n`;
    expect(error).toBe(`Account: expected one, 'twin' may be any of:\n${candidates}`);
  });

  it('is refused where nobody has it, or in another form', async () => {
    const { run } = await givenService(answers);
    expect(await run('status', 'nobody')).toMatchObject({ code: 1, out: '' });
    expect((await run('status', 'nobody')).error).toContain("found 'nobody'");
    expect((await run('status', 'group/calm')).code).toBe(2);
    expect((await run('status', '/subscriptions/x/resourceGroups/y')).code).toBe(2);
  });

  it('cannot leave its place in the path', async () => {
    const { run, received } = await givenService(answers);
    await run('status', 'sub?/group#/a%2f..');
    expect(received[0]?.path).toBe('/api/accounts/sub%3F/group%23/a%252f..');
  });
});

describe('ops plan', () => {
  const accounts = [givenAccount('late', { attention: true }), givenAccount('soon')];
  const pages = [
    { body: { accounts: [givenPlan('late', '2026-01-12T12:00:00.000Z')], continuation: 'more' } },
    { body: { accounts: [givenPlan('soon', '2026-01-10T13:00:00.000Z')], continuation: null } },
  ];
  const answers = { 'GET /api/accounts': { body: { accounts } }, 'GET /api/plan': pages };

  it('shows all pages, soonest first, and exits with 1 when an account needs attention', async () => {
    const { run, received } = await givenService(answers);
    const { code, out } = await run('plan', '--days', '7');
    expect(code).toBe(1);
    expect(out).toMatch(/\nsoon +in 60 min +2026-01-10 13:00:00Z +wait +NotDue .*\nlate +in 2 d /);
    const paths = received.map(({ path }) => path);
    expect(paths).toContain('/api/plan?days=7');
    expect(paths).toContain('/api/plan?days=7&continuation=more');
  });

  it('shows one account alone, whatever the others need', async () => {
    const { run } = await givenService(answers);
    const { code, out } = await run('plan', 'soon', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ ...pages[1]?.body, continuation: null });
  });

  it('prints a calendar', async () => {
    const body = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
    const { run, received } = await givenService({ 'GET /api/plan': { body } });
    expect(await run('plan', '--format', 'ics')).toMatchObject({ code: 0, out: body });
    expect(received[0]?.path).toBe('/api/plan?format=ics');
  });
});

describe('ops history', () => {
  const name = `GET /api/accounts/${pathOf('calm')}/history`;

  it('shows lines, newest first, with who did it', async () => {
    const entries = [givenEntry({ actor: 'ann' }), givenEntry({ slot: null, fingerprint: null })];
    const { run, received } = await givenService({ [name]: { body: { entries } } });
    const { code, out } = await run('history', pathOf('calm'), '--rotation', 'rotation-1');
    expect(code).toBe(0);
    expect(out).toMatch(
      /2026-01-10 11:00:00Z +publishing +Publishing +done +Key2 ba98\S+ +ann +ver/,
    );
    expect(out).toMatch(/done +– +the schedule +version/);
    expect(received[0]?.path).toContain('history?limit=20&rotation=rotation-1');
  });

  it('shows what was done to all accounts', async () => {
    const entries = [givenEntry({ phase: null, reason: 'HoldPlaced', actor: 'ann' })];
    const { run, received } = await givenService({ 'GET /api/history': { body: { entries } } });
    expect((await run('history', '--all')).out).toMatch(/11:00:00Z +– +HoldPlaced +done .* ann /);
    await run('history', '--all', '--format', 'jsonl');
    expect(received.map(({ path }) => path)).toEqual([
      '/api/history?limit=20',
      '/api/history?format=jsonl',
    ]);
  });

  it('exports as it comes, without what a terminal would act on', async () => {
    const { run, received } = await givenService({
      [name]: { body: 'at,by\r\n1,\u001b[2Jann\r\n' },
    });
    const { out } = await run('history', pathOf('calm'), '--format', 'csv');
    expect(out).toBe('at,by\r\n1,\\u001b[2Jann\r\n');
    expect(received[0]?.path).toContain('history?format=csv');
  });

  it('prints JSON, and says when there is nothing', async () => {
    const body = { entries: [], continuation: null };
    const { run } = await givenService({ [name]: { body } });
    expect(JSON.parse((await run('history', pathOf('calm'), '--json')).out)).toEqual(body);
    expect((await run('history', pathOf('calm'))).out).toBe('Nothing is recorded.\n');
  });
});
