import { describe, expect, it } from 'vitest';
import { Route } from '../../../local/host/route.ts';

describe('a route', () => {
  it.each([
    ['api/accounts', '/api/accounts', {}],
    ['api/accounts', '/API/Accounts/', {}],
    ['api/accounts', '/api/accounts/x', undefined],
    ['api/{id}', '/api/A%20b', { id: 'A b' }],
    ['api/{id}', '/api', undefined],
    ['api/{id}', '/api/%zz', { id: '%zz' }],
    ['api/{id:alpha}/keys', '/api/x/keys', { id: 'x' }],
    ['api/{id?}', '/api', {}],
    ['api/{*rest}', '/api', { rest: '' }],
    ['api/{*rest}', '/api/a/b', { rest: 'a/b' }],
  ])('%s on %s gives %o', (template, path, expected) => {
    expect(new Route(template).match(path)).toEqual(expected);
  });

  it('is tried before a less specific one', () => {
    const templates = ['a/{*rest}', 'a/{x?}', 'a/{x}', 'a/b', 'a/{x}/c', 'a/b/{y}'];
    const routes = templates.map((template) => ({ template, route: new Route(template) }));
    routes.sort((a, b) => Route.compare(a.route, b.route));
    expect(routes.map(({ template }) => template)).toEqual([
      'a/b',
      'a/b/{y}',
      'a/{x}',
      'a/{x}/c',
      'a/{x?}',
      'a/{*rest}',
    ]);
  });
});
