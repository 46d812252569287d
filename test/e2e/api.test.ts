import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from './apiContract.ts';
import { ApiScene } from './apiScene.ts';

// One environment for all, an account for each story. Every answer is held to docs/openapi.json.
let scene: ApiScene;
beforeAll(async () => {
  scene = await ApiScene.start();
});
afterAll(() => scene?.stop());

const SCRIPT = `<script>alert("1")</script>, =cmd|' /C calc'!A0`;
const HOUR = 3_600_000;

function expectProblem(answer: Answer, status: number, kind: string) {
  expect(answer).toMatchObject({ status, json: { type: `urn:twinkey:problem:${kind}`, status } });
  return answer.json;
}

describe('looking', () => {
  test('every account, with what happens next and the policy', async () => {
    const { json } = await scene.get('accounts');
    const acks = json.accounts.find(({ name }: { name: string }) => name === 'acks');
    expect(acks.policy).toEqual({
      periodSeconds: 30 * 86_400,
      overlapSeconds: 3_600,
      window: null,
      ring: 5,
      subscribers: ['shop', 'mail'],
      acknowledgement: 'required',
    });
    expect(acks.nextStep).toMatchObject({ do: 'wait', reason: 'InOverlap' });
    expect(acks.missingSubscribers).toEqual(['shop', 'mail']);
  });

  test('one account by its ETag, which changes with what people do', async () => {
    const path = scene.path('held');
    const first = await scene.get(path);
    const headers = { 'if-none-match': `W/"other", ${first.headers.get('etag')}` };
    // A pass in between gives another state; then the next look has the same.
    const again = await scene.get(path, { headers });
    expect([304, 200]).toContain(again.status);
    expect((await scene.get(path, { headers: { 'if-none-match': '*' } })).status).toBe(304);
  });

  test('the plan, in pages, and nothing is changed by it', async () => {
    const seen: string[] = [];
    let query = 'plan?limit=4';
    for (;;) {
      const { json } = await scene.get(query);
      seen.push(...json.accounts.map(({ name }: { name: string }) => name));
      if (json.continuation === null) break;
      query = `plan?limit=4&continuation=${json.continuation}`;
    }
    expect(seen).toEqual(['acks', 'calm', 'entra', 'excluded', 'held', 'leak', 'undo']);
    expectProblem(await scene.get('plan?days=0'), 400, 'invalid-request');
    expectProblem(await scene.get('plan?continuation=nonsense'), 400, 'invalid-request');
    const forged = Buffer.from('history:abc').toString('base64url');
    for (const path of ['history', scene.path('held', '/history')]) {
      const answer = await scene.get(`${path}?continuation=${forged}`);
      expectProblem(answer, 400, 'invalid-request');
    }
  });

  test('a calendar of what is ahead', async () => {
    for (const answer of [
      await scene.get('plan?format=ics'),
      await scene.get('plan', { headers: { accept: 'text/calendar' } }),
    ]) {
      expect(answer.text).toMatch(/^BEGIN:VCALENDAR\r\n/);
      expect(answer.text).toContain('SUMMARY:undo: end of the old key');
    }
    expect((await scene.get('plan?format=ics&days=1')).text).not.toContain('SUMMARY:calm: key rot');
  });

  test('who calls, and what they may do', async () => {
    const all = { signedIn: false, mayRead: true, mayOperate: true, mayEndKeys: true };
    expect((await scene.get('caller')).json).toEqual({ actor: 'function key', ...all });
  });

  test('brakes, of which there are none to release', async () => {
    expect((await scene.get('brakes')).json).toEqual({ brakes: [] });
    const none = await scene.send('DELETE', 'brakes/topic?reason=all+is+well');
    expect(none.json).toEqual({ released: false });
    expectProblem(await scene.send('DELETE', 'brakes/a%20b'), 400, 'invalid-request');
  });

  test('health, and the document, which needs no key', async () => {
    expect((await scene.get('health')).json).toMatchObject({ status: 'ok', brakes: 0 });
    const { json } = await scene.get('openapi.json', { functionKey: '' });
    expect(json).toEqual(scene.contract.document);
  });
});

describe('the end of key authentication', () => {
  test('is previewed, confirmed, and carried out to the last event', async () => {
    await scene.untilPhase('entra', 'idle');
    const account = scene.azureAccount('entra');
    const before = [account.keys.value('Key1'), account.keys.value('Key2')];
    const keyless = scene.path('entra', '/keyless');
    const { json: preview } = await scene.get(keyless);
    expect(preview).toMatchObject({ permitted: true, customSubdomain: true, keyUsers: [] });
    const reason = SCRIPT;
    expectProblem(await scene.post(keyless, { reason }), 400, 'invalid-request');
    const unseen = expectProblem(
      await scene.post(keyless, { reason, confirm: 'guessed' }),
      409,
      'preview-outdated',
    );
    expect(unseen.confirm).toBe(preview.confirm);
    expect((await scene.send('DELETE', keyless)).status).toBe(204);

    const key = { 'idempotency-key': 'keyless-0001' };
    const { confirm } = preview;
    const started = await scene.post(keyless, { reason, confirm }, key);
    expect(started).toMatchObject({ status: 202, json: { rotationId: 'keyless-0001' } });
    expect((await scene.post(keyless, { reason, confirm }, key)).status).toBe(202);
    expectProblem(await scene.post(keyless, { reason, confirm }), 409, 'rotation-under-way');

    const location = scene.path('entra', '/rotations/keyless-0001');
    const { json: done } = await scene.until(location, ({ json }) => json.state === 'done');
    expect(done).toMatchObject({ cause: 'keyless', reason: SCRIPT, actor: 'function key' });
    expect(account.disableLocalAuth).toBe(true);
    const after = [account.keys.value('Key1'), account.keys.value('Key2')];
    expect(after.filter((one) => before.includes(one))).toEqual([]);
    expect(scene.versions('entra').filter(({ enabled }) => enabled)).toEqual([]);

    const status = await scene.until(scene.path('entra'), ({ json }) => json.reason === 'Keyless');
    expect(status.json).toMatchObject({ activeSlot: null, posture: { keyAuthentication: false } });
    const again = await scene.post(keyless, { reason, confirm });
    expect(expectProblem(again, 409, 'not-rotatable').reason).toBe('Keyless');
    expectProblem(await scene.get(keyless), 409, 'not-rotatable');
  });
});

describe('a manual rotation', () => {
  test('is started once, however often and by however many at once, and followed to its end', async () => {
    await scene.untilPhase('calm', 'idle');
    const rotations = scene.path('calm', '/rotations');
    const key = { 'idempotency-key': 'manual-0001' };
    const started = await scene.post(rotations, { reason: SCRIPT }, key);
    expect(started).toMatchObject({ status: 202, json: { rotationId: 'manual-0001' } });
    const location = started.headers.get('location') ?? '';
    expect(location).toBe(`/api/${rotations}/manual-0001`);
    expect(started.headers.get('retry-after')).toBe('5');
    const others = await Promise.all([1, 2].map(() => scene.post(rotations, { reason: 'me too' })));
    for (const other of others) {
      expect(expectProblem(other, 409, 'rotation-under-way').rotationId).toBe('manual-0001');
    }
    expect((await scene.post(rotations, { reason: SCRIPT }, key)).status).toBe(202);
    const reused = await scene.post(rotations, { reason: 'another' }, key);
    expectProblem(reused, 409, 'idempotency-key-reused');

    const done = await scene.until(
      location.slice('/api/'.length),
      ({ json }) => json.state === 'done',
    );
    expect(done.json).toMatchObject({
      cause: 'manual',
      actor: 'function key',
      reason: SCRIPT,
      confirmedDead: true,
    });
    expect(done.json.steps.map(({ reason }: { reason: string }) => reason)).toEqual(
      expect.arrayContaining(['RotationRequested', 'Publishing', 'ConfirmingRetirement']),
    );
    // Long over, the same key still gives the same answer and changes nothing.
    expect((await scene.post(rotations, { reason: SCRIPT }, key)).status).toBe(202);
    // The status follows at the end of the pass.
    await scene.until(scene.path('calm'), ({ json }) => json.lastRotationId === 'manual-0001');
  });

  test('of several asked for at once, one goes on', async () => {
    await scene.untilPhase('calm', 'idle');
    const rotations = scene.path('calm', '/rotations');
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => scene.post(rotations, { reason: `number ${n}` })),
    );
    const taken = answers.filter(({ status }) => status === 202);
    expect(taken).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3);
    const id = taken[0]?.json.rotationId;
    await scene.until(`${rotations}/${id}`, ({ json }) => json.state === 'done');
  });

  test('is refused where nothing can be rotated', async () => {
    const answer = await scene.post(scene.path('excluded', '/rotations'), { reason: 'why not' });
    expect(expectProblem(answer, 409, 'not-rotatable').reason).toBe('Excluded');
  });
});

describe('a compromised key', () => {
  test('both leaked, no overlap: both are regenerated in spite of a hold', async () => {
    await scene.untilPhase('leak', 'overlap');
    await scene.send('PUT', scene.path('leak', '/hold'), { body: { reason: 'freeze' } });
    const { keys } = scene.azureAccount('leak');
    const leaked = [keys.value('Key1'), keys.value('Key2')];
    const rotations = scene.path('leak', '/rotations');
    const { json } = await scene.post(rotations, {
      cause: 'compromised',
      reason: 'found in a log',
      slot: 'both',
      overlap: 'PT0S',
      overrideHold: true,
    });
    const path = `${rotations}/${json.rotationId}`;
    const done = await scene.until(path, (answer) => answer.json.state === 'done');
    expect(done.json).toMatchObject({ cause: 'compromised', reason: 'found in a log' });
    expect(leaked).not.toContain(keys.value('Key1'));
    expect(leaked).not.toContain(keys.value('Key2'));
  });

  test.each([
    ['an overlap longer than the period', { overlap: 'P31D' }],
    ['a negative overlap', { overlap: '-PT5M' }],
    ['an overlap that is none', { overlap: 5 }],
    ['an unknown slot', { slot: 'key1' }],
    ['an unknown field', { overide: true }],
  ])('%s is refused', async (_, part) => {
    const body = { cause: 'compromised', reason: 'leaked', ...part };
    const answer = await scene.post(scene.path('held', '/rotations'), body);
    expect(expectProblem(answer, 400, 'invalid-request').problems).toHaveLength(1);
  });
});

describe('a rollback', () => {
  test('brings the previous key back during the overlap, and is refused for what is over', async () => {
    const { rotation, fingerprint, stale } = await scene.untilPhase('undo', 'overlap');
    const rollback = scene.path('undo', `/rotations/${rotation.id}/rollback`);
    const key = { 'idempotency-key': 'rollback-01' };
    const answer = await scene.post(rollback, { reason: 'the new key fails' }, key);
    expect(answer).toMatchObject({ status: 202, json: { rotationId: 'rollback-01' } });
    const after = await scene.until(
      scene.path('undo'),
      ({ json }) => json.phase === 'overlap' && json.rotation.id === 'rollback-01',
    );
    expect(after.json).toMatchObject({
      fingerprint: stale.fingerprint,
      stale: { fingerprint },
      rotation: { cause: 'rollback' },
    });
    expect((await scene.post(rollback, { reason: 'the new key fails' }, key)).status).toBe(202);
    expectProblem(await scene.post(rollback, { reason: 'again' }), 404, 'unknown-rotation');
    const never = scene.path('undo', '/rotations/never-was/rollback');
    expectProblem(await scene.post(never, { reason: 'what' }), 404, 'unknown-rotation');
  });

  test('is refused when the rotation is over', async () => {
    const { lastRotationId } = await scene.untilPhase('calm', 'idle');
    const rollback = scene.path('calm', `/rotations/${lastRotationId}/rollback`);
    const problem = expectProblem(
      await scene.post(rollback, { reason: 'x' }),
      409,
      'rollback-impossible',
    );
    expect(problem.detail).toContain('previous key is gone');
  });
});

describe('an acknowledgement', () => {
  test('counts for the active key, from a listed subscriber, once', async () => {
    const { rotation, fingerprint, stale } = await scene.untilPhase('acks', 'overlap');
    const acks = scene.path('acks', `/rotations/${rotation.id}/acks`);
    const say = (subscriber: string, which: string) =>
      scene.post(acks, { subscriber, fingerprint: which });
    expect((await say('shop', fingerprint)).json.missingSubscribers).toEqual(['mail']);
    expect((await say('shop', fingerprint)).json.missingSubscribers).toEqual(['mail']);
    const old = expectProblem(await say('mail', stale.fingerprint), 409, 'fingerprint-not-active');
    expect(old.activeFingerprint).toBe(fingerprint);
    expectProblem(await say('stranger', fingerprint), 403, 'not-a-subscriber');
    expectProblem(await say('mail', 'ABC'), 400, 'invalid-request');
    const { json } = await scene.get(scene.path('acks'));
    expect(json.missingSubscribers).toEqual(['mail']);
    expect(json.acknowledgements).toEqual([
      { subscriber: 'shop', fingerprint, at: expect.any(String) },
    ]);
    expect((await say('mail', fingerprint)).json.missingSubscribers).toEqual([]);
  });
});

describe('a hold', () => {
  test('of one account is placed, shown, kept in history and released', async () => {
    const path = scene.path('held', '/hold');
    const until = new Date(Date.now() + HOUR).toISOString();
    const placed = await scene.send('PUT', path, { body: { reason: SCRIPT, until } });
    const hold = { scope: 'account', actor: 'function key', reason: SCRIPT, until };
    expect(placed).toMatchObject({ status: 200, json: hold });
    expect((await scene.get(scene.path('held'))).json).toMatchObject({ hold, holds: [hold] });
    const { accounts } = (await scene.get('accounts')).json;
    const listed = accounts.find((one: { path: string }) => path.endsWith(`/${one.path}/hold`));
    expect(listed).toMatchObject({ hold });
    const release = `${path}?reason=${encodeURIComponent(`over ${SCRIPT}`)}`;
    expect((await scene.send('DELETE', release)).json).toEqual({ released: true, hold: null });
    expect((await scene.send('DELETE', path)).json).toEqual({ released: false, hold: null });
    expect((await scene.get(scene.path('held'))).json.hold).toBeNull();
    const { json } = await scene.get(scene.path('held', '/history?limit=2'));
    const reasons = json.entries.map(({ reason }: { reason: string }) => reason);
    expect(reasons).toEqual(['HoldReleased', 'HoldPlaced']);
    expect(json.entries[0].message).toBe(`over ${SCRIPT} (the hold was: ${SCRIPT})`);
    for (const reason of ['%20', 'a%07b', 'x'.repeat(501)]) {
      const refused = await scene.send('DELETE', `${path}?reason=${reason}`);
      expect(expectProblem(refused, 400, 'invalid-request').detail).toMatch(/^reason: expected/);
    }
  });

  test('of all accounts is placed, shown and released', async () => {
    expect((await scene.get('hold')).json).toEqual({ hold: null });
    await scene.send('PUT', 'hold', { body: { reason: 'release day', until: null } });
    const { json } = await scene.get('hold');
    const hold = { scope: 'all', actor: 'function key', reason: 'release day', until: null };
    expect(json).toEqual({ hold });
    expect((await scene.get(scene.path('held'))).json).toMatchObject({ hold, holds: [hold] });
    const own = await scene.send('DELETE', scene.path('held', '/hold'));
    expect(own.json).toEqual({ released: false, hold });
    expect((await scene.send('DELETE', 'hold')).json).toEqual({ released: true, hold: null });
    expect((await scene.get('hold')).json).toEqual({ hold: null });
  });

  test.each(['2020-01-01T00:00:00Z', 'tomorrow', 7])('until %s is refused', async (until) => {
    const answer = await scene.send('PUT', 'hold', { body: { reason: 'x', until } });
    expectProblem(answer, 400, 'invalid-request');
  });
});

describe('history', () => {
  test('comes in pages, newest first', async () => {
    const path = scene.path('calm', '/history');
    const whole = await scene.get(path);
    const first = await scene.get(`${path}?limit=3`);
    const continuation = encodeURIComponent(first.json.continuation);
    const second = await scene.get(`${path}?limit=3&continuation=${continuation}`);
    const both = [...first.json.entries, ...second.json.entries];
    expect(both).toHaveLength(6);
    expect(whole.json.entries).toEqual(expect.arrayContaining(both));
    expectProblem(await scene.get(`${path}?limit=0`), 400, 'invalid-request');
    expectProblem(await scene.get(`${path}?continuation=nonsense`), 400, 'invalid-request');
    expectProblem(await scene.get(`${path}?format=xml`), 400, 'invalid-request');
  });

  test('of one rotation alone', async () => {
    const { json } = await scene.get(scene.path('undo', '/history?rotation=rollback-01'));
    expect(json.entries.length).toBeGreaterThan(2);
    for (const entry of json.entries) expect(entry.cause).toBe('rollback');
  });

  test('is exported as JSON Lines and as CSV without formulas', async () => {
    const path = scene.path('held', '/history');
    const lines = await scene.get(`${path}?format=jsonl`);
    const entries = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries[0]).toHaveProperty('reason');
    expect(lines.headers.get('content-disposition')).toContain('held-history.jsonl');
    const csv = await scene.get(`${path}?format=csv`);
    expect(csv.text.split('\r\n')[0]).toBe(Object.keys(entries[0]).join(','));
    expect(csv.text.split('\r\n')).toHaveLength(entries.length + 2);
  });
});

describe('the history of all accounts', () => {
  test('has the holds for all, in pages and as exports', async () => {
    await scene.send('PUT', 'hold', { body: { reason: SCRIPT } });
    await scene.send('DELETE', 'hold?reason=%3Dover');
    const first = await scene.get('history?limit=1');
    const message = `=over (the hold was: ${SCRIPT})`;
    const released = { reason: 'HoldReleased', actor: 'function key', message, phase: null };
    expect(first.json.entries).toMatchObject([released]);
    const continuation = encodeURIComponent(first.json.continuation);
    const second = await scene.get(`history?limit=1&continuation=${continuation}`);
    const placed = { reason: 'HoldPlaced', message: `${SCRIPT} (until released)` };
    expect(second.json.entries).toMatchObject([placed]);
    const lines = (await scene.get('history?format=jsonl')).text.split('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual(first.json.entries[0]);
    const csv = await scene.get('history?format=csv');
    expect(csv.headers.get('content-disposition')).toContain('all-accounts-history.csv');
    expect(csv.text.split('\r\n')[1]).toContain(`"'=over`);
    expectProblem(await scene.get('history?limit=201'), 400, 'invalid-request');
  });
});

describe('bad requests', () => {
  test.each([
    ['without a function key', ''],
    ['with a wrong one', 'wrong'],
  ])('%s get 401', async (_, functionKey) => {
    for (const path of ['accounts', scene.path('calm'), 'plan', 'hold', 'history']) {
      expect((await scene.get(path, { functionKey })).status).toBe(401);
    }
    const body = { reason: 'x' };
    const path = scene.path('calm', '/rotations');
    expect((await scene.send('POST', path, { functionKey, body })).status).toBe(401);
  });

  test('unknown accounts and rotations get 404, odd casing is fine', async () => {
    const unknown = scene.path('calm').replace(/calm$/, 'unknown');
    for (const rest of ['', '/history', '/history?format=csv', '/rotations/none']) {
      expectProblem(await scene.get(unknown + rest), 404, 'unknown-account');
    }
    for (const rest of ['/rotations', '/rotations/none/rollback']) {
      expectProblem(await scene.post(unknown + rest, { reason: 'x' }), 404, 'unknown-account');
    }
    expectProblem(await scene.send('DELETE', `${unknown}/hold`), 404, 'unknown-account');
    const rotation = scene.path('calm', '/rotations/none');
    expectProblem(await scene.get(rotation), 404, 'unknown-rotation');
    expect((await scene.get(scene.path('calm').toUpperCase())).json.name).toBe('calm');
  });

  test.each(['..%2F..', 'a%2Fb', '%3Cscript%3E', '%00', `${'a'.repeat(300)}`])(
    'an account named %s gets 400',
    async (name) => {
      const path = scene.path('calm').replace(/calm$/, name);
      expectProblem(await scene.get(path), 400, 'invalid-request');
    },
  );

  test.each([
    ['no JSON', 'reason=x', 400, 'invalid-request'],
    ['nothing', '', 400, 'invalid-request'],
    ['an array', '[]', 400, 'invalid-request'],
    ['null', 'null', 400, 'invalid-request'],
    ['a number as reason', '{"reason":1}', 400, 'invalid-request'],
    ['an empty reason', '{"reason":"  "}', 400, 'invalid-request'],
    ['an unknown cause', '{"cause":"drift","reason":"x"}', 400, 'invalid-request'],
    ['2 MB', JSON.stringify({ reason: 'x'.repeat(2_000_000) }), 413, 'body-too-large'],
  ])('a body of %s is refused', async (_, body, status, kind) => {
    const answer = await scene.post(scene.path('held', '/rotations'), body);
    const { problems } = expectProblem(answer, status, kind);
    if (problems) expect(problems[0]).not.toBe('');
  });

  test('a body that is not declared as JSON is refused', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await scene.post(scene.path('held', '/rotations'), '{"reason":"x"}', headers);
    expectProblem(answer, 415, 'unsupported-media-type');
  });

  test('an idempotency key of another form is refused', async () => {
    const path = scene.path('held', '/rotations');
    const answer = await scene.post(path, { reason: 'x' }, { 'idempotency-key': 'a/b' });
    expectProblem(answer, 400, 'invalid-request');
  });

  test('a forged principal changes nothing where the platform does not authenticate', async () => {
    const claims = [{ typ: 'name', val: 'mallory' }];
    const forged = Buffer.from(JSON.stringify({ claims })).toString('base64');
    const headers = { 'x-ms-client-principal': forged, 'x-ms-client-principal-name': 'mallory' };
    const body = { reason: 'forged' };
    const { json } = await scene.send('PUT', scene.path('held', '/hold'), { body, headers });
    expect(json.actor).toBe('function key');
    await scene.send('DELETE', scene.path('held', '/hold'));
  });
});

test('every operation was seen to succeed', () => {
  const operations = Object.values(scene.contract.document.paths).flatMap(Object.values);
  const succeeded = operations.filter(({ operationId }) =>
    [...scene.contract.seen].some((what) => new RegExp(`^${operationId} 20\\d$`).test(what)),
  );
  expect(succeeded.map(({ operationId }) => operationId)).toEqual(
    operations.map(({ operationId }) => operationId),
  );
});
