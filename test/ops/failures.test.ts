import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { givenService, problem, runCommand, STUB_KEY } from './stub.ts';
import { givenAccount, pathOf } from './views.ts';

const ACCOUNT = pathOf('calm');

describe('ops, typed wrongly', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['destroy']],
    ['an unknown option', ['status', '--loud']],
    ['too much', ['status', ACCOUNT, ACCOUNT]],
    ['no account', ['rotate', '--reason', 'x']],
    ['no reason', ['rotate', ACCOUNT]],
    ['an empty reason', ['rotate', ACCOUNT, '--reason', ' ']],
    ['an empty reason to release', ['release', ACCOUNT, '--reason', '']],
    ['an unknown slot', ['compromised', ACCOUNT, '--reason', 'x', '--slot', 'Key3']],
    ['a rotation of all', ['history', '--all', '--rotation', 'x']],
    ['an unknown format', ['history', ACCOUNT, '--format', 'xml']],
    ['a limit past the most', ['history', ACCOUNT, '--limit', '201']],
    ['no days', ['plan', '--days', '0']],
    ['an endless wait', ['rotate', ACCOUNT, '--reason', 'x', '--wait-limit', 'P2D']],
    ['an address that is none', ['status', '--url', 'here']],
    ['an address of another kind', ['status', '--url', 'file:///etc']],
    ['an address with a key', ['status', '--url', 'https://h/api?code=secret']],
    ['a key sent in the clear', ['status', '--url', 'http://twinkey.example/api']],
    ['a key file that is not there', ['status', '--key-file', 'nowhere']],
    ['a key file of another kind', ['status', '--key-file', 'binary']],
  ])('exits with 2 for %s, having asked nothing', async (_what, args) => {
    const { run, received } = await givenService({});
    const { code, out, error } = await run(...args);
    expect([code, out, received.length]).toEqual([2, '', 0]);
    expect(error).not.toBe('');
    expect(error).not.toContain('secret');
    expect(error).not.toContain(STUB_KEY);
  });

  it('does not repeat a key that was typed as an argument', async () => {
    const { code, error } = await runCommand(['status', '--key=opens-all-doors']);
    expect(code).toBe(2);
    expect(error).toContain("unknown option '--key'");
    expect(error).not.toContain('opens');
  });

  it('prints help, with the exit codes, and exits with 0', async () => {
    const { code, out } = await runCommand(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Exit codes: 0 fine; 1 an account needs attention');
    expect((await runCommand(['rotate', '--help'])).out).toContain('--key-file <path>');
  });
});

describe('ops, failing', () => {
  it('sends the key of a file rather than that of the environment', async () => {
    const { run, received } = await givenService({
      'GET /api/accounts': { body: { accounts: [] } },
    });
    await run('status', '--json', '--key-file', 'key.txt');
    expect(received[0]?.headers['x-functions-key']).toBe(`${STUB_KEY}-of-file`);
  });

  it('says where nothing answers', async () => {
    const url = 'http://127.0.0.1:1/api';
    const { code, error } = await runCommand(['status', '--url', url]);
    expect(code).toBe(1);
    expect(error).toMatch(/^Expected the service at http:\/\/127.0.0.1:1\/api, found .*\n$/);
    expect(error).toContain('TWINKEY_URL');
  });

  it.each([
    ['a refused key', { status: 401 }, 'found one that it does not know (401)'],
    ['a redirect', { status: 302, headers: { location: 'https://login' } }, 'a redirect (302)'],
    ['another service', { status: 404, body: '<html>' }, 'found 404 without an explanation'],
    ['a page instead of JSON', { body: '<html>' }, 'Expected JSON from the Twinkey API'],
    ['JSON of another form', { body: '"text"' }, 'Expected JSON from the Twinkey API'],
    ['JSON of another kind', { body: {} }, "Use the command line of the service's version."],
    ['a missing role', problem(403, 'forbidden', 'Rotation.Reader is needed'), 'Ask for the role'],
    ['a hostile detail', problem(400, 'x', 'a\u001b[2Jb\nc'), 'a\\u001b[2Jb\\u000ac.'],
  ])('says in one line that it found %s, and exits with 1', async (_what, answer, said) => {
    const { run } = await givenService({ 'GET /api/accounts': answer, 'GET /api/hold': answer });
    const { code, out, error } = await run('plan');
    expect([code, out]).toEqual([1, '']);
    expect(error).toContain(said);
    expect(error).toMatch(/^[^\n]+\n$/);
    expect(error).not.toContain(STUB_KEY);
  });

  it('says that there was no key when the service wants one', async () => {
    const { url } = await givenService({ 'GET /api/accounts': { status: 401 } });
    const environment = { TWINKEY_URL: url, TWINKEY_FUNCTION_KEY: '' };
    const { error } = await runCommand(['plan'], environment);
    expect(error).toContain('found none (401). Set TWINKEY_FUNCTION_KEY');
  });
});

describe('npm run ops', () => {
  const main = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));
  const command = (url: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { ...process.env, TWINKEY_URL: url, TWINKEY_FUNCTION_KEY: STUB_KEY },
    });

  it('is a process that prints and exits as told', async () => {
    const accounts = [givenAccount('calm', { attention: true })];
    const { url } = await givenService({ 'GET /api/accounts': { body: { accounts } } });
    const failed = command(url, 'status', '--json');
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: '' });
    await expect(failed).rejects.toHaveProperty('stdout', expect.stringContaining('"calm"'));
    await expect(command(url, 'nonsense')).rejects.toMatchObject({ code: 2, stdout: '' });
  });
});
