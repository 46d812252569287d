import { once } from 'node:events';
import { createServer } from 'node:net';
import { portToPid } from 'pid-port';
import type { DemoOptions } from './options.ts';

const ADDRESS = '127.0.0.1';

/** Throws, with words for whoever typed `npm start`, when a port that was chosen cannot be had. */
export async function expectFreePorts(options: DemoOptions): Promise<void> {
  const chosen = [
    ['--port', options.port],
    ['--arm-port', options.armPort],
    ['--vault-port', options.vaultPort],
  ] as const;
  for (const [option, port] of chosen) {
    if (port !== 0) await expectFreePort(option, port);
  }
}

async function expectFreePort(option: string, port: number): Promise<void> {
  const server = createServer().listen(port, ADDRESS);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Error(portInUse(option, port, await holderOf(port)));
    const advice = `Choose another: npm start -- ${option} 0 takes any free one.`;
    throw new Error(`${option}: expected a port to listen on, found ${code} at ${port}. ${advice}`);
  }
  server.close();
  await once(server, 'close');
}

/** What is wrong, and both ways out of it; `pid` where it is known. */
export function portInUse(option: string, port: number, pid: number | undefined): string {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return (
    `${option}: expected a free port, found ${port} in use by ${holder}. ` +
    `End that process, or choose another port: npm start -- ${option} 0 takes any free one.`
  );
}

/** The operating system's tools may be missing, or keep other people's processes to themselves. */
async function holderOf(port: number): Promise<number | undefined> {
  try {
    return await portToPid({ port, host: '*' });
  } catch {
    return undefined;
  }
}
