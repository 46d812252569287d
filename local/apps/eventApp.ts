/** A demo app that reloads its keys when an event says so; its polling is too slow to matter. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { webhookHandler } from '../../shared/client/index.ts';
import { runDemoApp } from './demoApp.ts';

await runDemoApp(async (keys) => {
  const server = createServer(webhookHandler(keys)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
});
process.exit();
