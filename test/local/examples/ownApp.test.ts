import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SimulatedAzure } from '../../../local/azure/index.ts';
import { type OwnApp, runOwnApp } from '../../../local/examples/ownApp.ts';
import type { StartedService } from '../../../local/examples/startedService.ts';
import { isRunning } from '../../../local/examples/startedService.ts';
import { givenAzure } from '../azure/given-azure.ts';

const ACCOUNT = 'contoso-multi';
const TAG = 'key-rotation-subscribers';
const FUNCTION_KEY = 'function-key-of-the-test';

/** Answers the handshake, and prints what it was told. The group has a child that heeds no signal. */
const APP = `
  const { createServer } = require('node:http');
  const stubborn = require('node:child_process').spawn('sleep', ['600'], { stdio: 'ignore' });
  createServer((request, response) => {
    const isEventGrid = request.url === '/events?code=' + process.env.EVENTS_CODE;
    response.writeHead(isEventGrid ? 200 : 404, { 'webhook-allowed-origin': '*' }).end();
  }).listen(process.env.PORT, '127.0.0.1');
  console.log(JSON.stringify({ child: stubborn.pid, cwd: process.cwd(), env: process.env }));
`;

/** A service whose account is ready, as far as the launcher asks it. */
async function givenService(tag: string) {
  const tags = { 'key-rotation': 'enabled', ...(tag && { [TAG]: tag }) };
  const { azure } = await givenAzure({ accounts: [{ name: ACCOUNT, tags }] });
  const tagOf = () => azure.model.accounts.all()[0]?.tags[TAG];
  const secretUrl = `${azure.vaultUrls['main']}/secrets/${ACCOUNT}-key`;
  const server = createServer((_request, response) => {
    const policy = { subscribers: tagOf()?.split(',') ?? [] };
    response.end(JSON.stringify({ activeSlot: 'Key1', policy, secretUrl }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  return { azure, tagOf, service: await described(azure, apiUrl) };
}

async function described(azure: SimulatedAzure, apiUrl: string): Promise<StartedService> {
  const folder = await mkdtemp(join(tmpdir(), 'own-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const functionKeyFile = join(folder, 'function-key');
  const identityHeaderFile = join(folder, 'identity-header');
  await writeFile(functionKeyFile, FUNCTION_KEY);
  await writeFile(identityHeaderFile, azure.identityHeader);
  const { armEndpoint, topicId, identityEndpoint, caFile, model } = azure;
  const { subscription, resourceGroup } = model;
  const files = { caFile, functionKeyFile, identityHeaderFile };
  const addresses = { apiUrl, armEndpoint, topicId, identityEndpoint };
  return { pid: process.pid, subscription, resourceGroup, ...addresses, ...files };
}

function start(service: StartedService, command: OwnApp['command'], lines: string[] = []) {
  return runOwnApp(service, {
    app: { account: ACCOUNT, subscriber: 'my-app', command },
    directory: tmpdir(),
    port: 0,
    onLine: (line) => lines.push(line),
  });
}

describe("a developer's own app", () => {
  it('is told what it needs, gets its events, and is gone with all that it started', async () => {
    const { service, azure, tagOf } = await givenService('event-app');
    const lines: string[] = [];
    const app = await start(service, [process.execPath, '-e', APP], lines);
    const told = (text: string) => expect(lines.join('\n')).toContain(text);
    await vi.waitFor(() => told(`now delivers to ${app.url}/events`), { timeout: 60_000 });
    const { child, cwd, env } = JSON.parse(lines[0] ?? '');
    expect(tagOf()).toBe('event-app,my-app');
    expect(azure.model.log.count({ operation: 'putEventSubscription' })).toBe(1);
    expect(cwd).toBe(tmpdir());
    expect(env).toMatchObject({
      KEY_VAULT_URL: azure.vaultUrls['main'],
      KEY_SECRET_NAME: `${ACCOUNT}-key`,
      AI_ENDPOINT: azure.model.accounts.all()[0]?.endpoint,
      TWINKEY_SUBSCRIBER: 'my-app',
      TWINKEY_FUNCTION_KEY: FUNCTION_KEY,
      REQUESTS_CA_BUNDLE: service.caFile,
      PORT: new URL(app.url).port,
    });
    expect(app.settings.filter((name) => env[name] === undefined)).toEqual([]);
    expect(lines.slice(1).join('\n')).not.toContain(env.EVENTS_CODE);

    expect(await app.stop()).toBe('SIGTERM');
    expect(tagOf()).toBe('event-app');
    expect(azure.model.log.count({ operation: 'deleteEventSubscription' })).toBe(1);
    await vi.waitFor(() => expect(isAlive(child)).resolves.toBe(false), { timeout: 60_000 });
  });

  it('that refuses the handshake is told so, and goes on', async () => {
    const { service } = await givenService('');
    const lines: string[] = [];
    const refusing = APP.replace("'/events?code='", "'/elsewhere?code='");
    const app = await start(service, [process.execPath, '-e', refusing], lines);
    const told = () => expect(lines.at(-1)).toMatch(/^\(No events: http\S+<EVENTS_CODE> refused/);
    await vi.waitFor(told, { timeout: 60_000 });
    expect(isRunning(app.pid)).toBe(true);
    await app.stop();
  });

  it('takes the place of a name that is listed already, which stays', async () => {
    const { service, tagOf } = await givenService('my-app,event-app');
    const app = await start(service, [process.execPath, '-e', '']);
    expect(await app.exited).toBe(0);
    await app.stop();
    expect(tagOf()).toBe('my-app,event-app');
  });

  it('that cannot be started leaves nothing, and the command is named', async () => {
    const { service, tagOf } = await givenService('');
    await expect(start(service, ['no-such-command'])).rejects.toThrow(
      `Expected a command that can be started in ${tmpdir()}, found 'no-such-command': ENOENT.`,
    );
    expect(tagOf()).toBeUndefined();
  });
});

/** A child whose parent is gone may stay as a zombie where nobody asks for its exit code. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
  return !/^State:\s+[XZ]/m.test(status);
}
