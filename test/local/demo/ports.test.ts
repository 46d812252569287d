import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFreePorts, portInUse } from '../../../local/demo/ports.ts';

const OPTIONS = {
  once: false,
  json: false,
  faults: false,
  bundle: false,
  port: 0,
  armPort: 0,
  vaultPort: 0,
};

async function givenServer() {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('expectFreePorts', () => {
  it.each([
    ['--port', 'port'],
    ['--arm-port', 'armPort'],
    ['--vault-port', 'vaultPort'],
  ])('names %s when its port is taken, and the way out', async (option, name) => {
    const { port } = await givenServer();
    await expect(expectFreePorts({ ...OPTIONS, [name]: port })).rejects.toThrow(
      new RegExp(`^${option}: expected a free port, found ${port} in use by .* ${option} 0 `),
    );
  });

  it('lets free ports pass, and leaves them free', async () => {
    const { server, port } = await givenServer();
    server.close();
    await once(server, 'close');
    await expectFreePorts({ ...OPTIONS, port });
    await expectFreePorts({ ...OPTIONS, port });
  });
});

describe('portInUse', () => {
  it('names the process where it is known', () => {
    expect(portInUse('--port', 7071, 4711)).toContain('found 7071 in use by process 4711.');
    expect(portInUse('--port', 7071, undefined)).toContain('in use by another process.');
  });
});
