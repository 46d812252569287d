import { describe, expect, it } from 'vitest';
import type { BrakeView } from '../../shared/api/views.ts';
import { givenService } from './stub.ts';

const BRAKE: BrakeView = {
  id: 'vault-read-acme.vault.azure.net',
  call: 'vault-read',
  scope: 'acme.vault.azure.net',
  kind: 'forbidden',
  accounts: 5,
  since: '2026-01-10T11:00:00.000Z',
  lastFailureAt: '2026-01-10T11:50:00.000Z',
  endsAt: '2026-01-10T12:05:00.000Z',
};

describe('ops brakes', () => {
  it('shows what keeps rotations from beginning, and that it needs attention', async () => {
    const { run } = await givenService({ 'GET /api/brakes': { body: { brakes: [BRAKE] } } });
    const { code, out } = await run('brakes');
    expect(code).toBe(1);
    for (const text of [BRAKE.id, '5', 'forbidden', '11:50', '12:05']) expect(out).toContain(text);
    expect(JSON.parse((await run('brakes', '--json')).out)).toEqual({ brakes: [BRAKE] });
  });

  it('says that there is none', async () => {
    const { run } = await givenService({ 'GET /api/brakes': { body: { brakes: [] } } });
    expect(await run('brakes')).toMatchObject({
      code: 0,
      out: 'No brake is set: rotations begin.\n',
    });
  });
});

describe('ops release-brake', () => {
  it.each([
    [true, 'Released: the next tick lets rotations begin.\n'],
    [false, "There is no such brake. See them with 'brakes'.\n"],
  ])('sends the reason and says what came of it: %s', async (released, text) => {
    const { run, received } = await givenService({
      [`DELETE /api/brakes/${BRAKE.id}`]: { body: { released } },
    });
    const { code, out } = await run('release-brake', BRAKE.id, '--reason', 'it is back');
    expect({ code, out }).toEqual({ code: 0, out: text });
    expect(received[0]?.path).toBe(`/api/brakes/${BRAKE.id}?reason=it+is+back`);
    const json = await run('release-brake', BRAKE.id, '--json');
    expect(JSON.parse(json.out)).toEqual({ released });
  });
});
