import { describe, expect, test } from 'vitest';
import { type Access, authorize, callerOf } from '../../shared/api/principal.ts';

const MICROSOFT_ROLE = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';

interface Claim {
  typ: string;
  val: string;
}

function header(claims: Claim[], more: Record<string, unknown> = {}): string {
  return Buffer.from(JSON.stringify({ auth_typ: 'aad', claims, ...more })).toString('base64');
}

function withRole(val: string, typ = 'roles'): string {
  return header([
    { typ: 'name', val: 'Ada' },
    { typ, val },
  ]);
}

describe('without platform authentication', () => {
  test.each([null, 'nonsense', withRole('Rotation.Reader')])(
    'the header %s is not looked at',
    (text) => {
      expect(authorize(text, 'operate', false)).toEqual({ actor: 'function key' });
      const { actor, may } = callerOf(text, false);
      expect([actor, may('operate')]).toEqual(['function key', true]);
    },
  );
});

describe('with platform authentication', () => {
  test.each<[string, Access, boolean]>([
    ['Rotation.Reader', 'read', true],
    ['Rotation.Reader', 'readAccount', true],
    ['Rotation.Reader', 'operate', false],
    ['Rotation.Reader', 'acknowledge', false],
    ['Rotation.Operator', 'read', true],
    ['Rotation.Operator', 'readAccount', true],
    ['Rotation.Operator', 'operate', true],
    ['Rotation.Operator', 'acknowledge', true],
    ['Rotation.Subscriber', 'read', false],
    ['Rotation.Subscriber', 'readAccount', true],
    ['Rotation.Subscriber', 'operate', false],
    ['Rotation.Subscriber', 'acknowledge', true],
    ['rotation.operator', 'operate', false],
    ['Owner', 'read', false],
  ])('%s: %s is %s', (role, access, allowed) => {
    for (const typ of ['roles', MICROSOFT_ROLE]) {
      const call = () => authorize(withRole(role, typ), access, true);
      if (allowed) expect(call()).toEqual({ actor: 'Ada' });
      else expect(call).toThrow(/^expected the role Rotation\..*, found /);
    }
  });

  test.each([
    ['Rotation.Reader', true, false],
    ['Rotation.Operator', true, true],
    ['Rotation.Subscriber', false, false],
    ['Owner', false, false],
  ])('%s is told what it may do: reading %s, operating %s', (role, read, operate) => {
    const { actor, may } = callerOf(withRole(role), true);
    expect([actor, may('read'), may('operate')]).toEqual(['Ada', read, operate]);
  });

  test.each([
    ['no header', null],
    ['no base64', '<script>'],
    ['no JSON', Buffer.from('{').toString('base64')],
    ['no claims', Buffer.from('{"claims":7}').toString('base64')],
    ['claims without roles', header([{ typ: 'name', val: 'Ada' }])],
  ])('%s is forbidden', (_, text) => {
    expect(callerOf(text, true).may('read')).toBe(false);
    expect(() => authorize(text, 'read', true)).toThrow(
      expect.objectContaining({
        kind: 'forbidden',
        status: 403,
        extensions: { roles: ['Rotation.Reader', 'Rotation.Operator'] },
      }),
    );
  });

  test('types of claims that the principal itself names count', () => {
    const claims = [
      { typ: 'my-role', val: 'Rotation.Operator' },
      { typ: 'my-name', val: 'Grace' },
      { typ: 'name', val: 'Ada' },
    ];
    const text = header(claims, { role_typ: 'my-role', name_typ: 'my-name' });
    expect(authorize(text, 'operate', true)).toEqual({ actor: 'Grace' });
  });

  test('an app without a name is known by its id, and anyone else without one as such', () => {
    const role = { typ: 'roles', val: 'Rotation.Operator' };
    expect(authorize(header([role, { typ: 'appid', val: 'app-1' }]), 'operate', true).actor).toBe(
      'app-1',
    );
    expect(authorize(header([role]), 'operate', true).actor).toBe('a principal without a name');
  });
});
