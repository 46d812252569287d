import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findServices } from '../../local/examples/startedService.ts';
import { startDemo } from './demoProcess.ts';

describe('npm start', () => {
  it('says where it is, and leaves no process and no file behind after Ctrl-C', async () => {
    const demo = await startDemo('--port', '0');
    await demo.untilLine(/^Ctrl-C ends it/);
    expect(await demo.leftFiles()).not.toEqual([]);
    const named = /with what is in (\S+)$/.exec(await demo.untilLine(/with what is in/));
    const functionKey = readFileSync(named?.[1] ?? '', 'utf8');
    expect(functionKey).toMatch(/^[0-9a-f]{32}$/);
    expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(
      functionKey,
    );
    const [service] = findServices(demo.temporary);
    expect(demo.lines).toContain(`HTTP API      ${service?.apiUrl}`);
    expect(JSON.stringify(service)).not.toContain(functionKey);
    demo.pressCtrlC();
    expect(await demo.exited).toBe(0);
    expect(demo.lines.join('\n')).not.toContain(functionKey);
    expect(demo.lines.at(-2)).toMatch(
      /^Ended after \d+ s: 0 rotations, \d+ requests served, 0 failed/,
    );
    expect(demo.lines.at(-1)).toBe('No process and no file is left behind.');
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
  });

  it('names the port that is taken, and leaves nothing behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const demo = await startDemo('--port', String(port));
    expect(await demo.exited).toBe(1);
    expect(demo.lines).toEqual([
      expect.stringMatching(`^--port: expected a free port, found ${port} in use by .* --port 0 `),
    ]);
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
  });

  it('refuses an unknown option and shows how it is used', async () => {
    const demo = await startDemo('--twice');
    expect(await demo.exited).toBe(2);
    expect(demo.lines.join('\n')).toMatch(/--twice.*Usage: npm start/s);
  });
});
