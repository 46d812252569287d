import { describe, expect, it } from 'vitest';
import { OPERATIONS, type Operation } from '../../shared/api/operations.ts';
import { ROLES_FOR } from '../../shared/api/principal.ts';
import { readProjectFile } from './snippets.ts';

const page = readProjectFile('docs/security.md');
const operations: Operation[] = Object.values(OPERATIONS);

function routesFor(access: Operation['access']): string[] {
  return operations
    .filter((operation) => operation.access === access)
    .map(({ method, route }) => `${method} ${route}`);
}

/** The row of the table of endpoints that begins so. */
function rowOf(start: string): string {
  return page.split('\n').find((line) => line.startsWith(`| ${start}`)) ?? '';
}

describe('the table of endpoints', () => {
  it('has what is open to everyone: the document, and the page, which is no operation', () => {
    expect(routesFor('anonymous')).toEqual(['GET openapi.json']);
    expect(rowOf('`GET /api/dashboard`, `GET /api/openapi.json`')).toContain('| nothing');
  });

  it('has what a function key alone opens', () => {
    expect(routesFor('key')).toEqual(['GET caller', 'GET health']);
    const open = /excludedPaths: \[([^\]]*)\]/s.exec(readProjectFile('infra/authentication.bicep'));
    expect(open?.[1]).toContain("'/api/health'");
    expect(open?.[1]).not.toContain('caller');
  });

  it.each([
    ['`GET /api/accounts/{…}`', 'readAccount'],
    ['all other `GET`', 'read'],
    ['`POST …/acks`', 'acknowledge'],
    ['all other `POST`', 'operate'],
  ] as const)('%s: has the roles of which one opens it', (start, access) => {
    const [, , , roles = ''] = rowOf(start).split('|');
    const named = [...roles.matchAll(/`(Rotation\.\w+)`/g)].map(([, role]) => role);
    expect(new Set(named)).toEqual(new Set(ROLES_FOR[access]));
  });

  it('sorts all of them', () => {
    const reads = operations.filter(({ access }) => access === 'read' || access === 'readAccount');
    expect(new Set(reads.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(routesFor('readAccount')).toHaveLength(1);
    expect(routesFor('acknowledge').map((route) => route.slice(-5))).toEqual(['/acks']);
    expect(routesFor('operate').some((route) => route.startsWith('GET'))).toBe(false);
  });
});
