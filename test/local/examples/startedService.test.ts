import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseService, findServices } from '../../../local/examples/startedService.ts';

async function givenFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'services-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** What `npm start` leaves while it runs. */
async function givenService(folder: string, name: string, service: object): Promise<string> {
  const own = join(folder, name);
  await mkdir(own);
  const file = join(own, 'service.json');
  await writeFile(file, JSON.stringify({ apiUrl: `http://${name}/api`, ...service }));
  return file;
}

/** A process that was, and is no more. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('services on this machine', () => {
  it('are found while their process runs', async () => {
    const folder = await givenFolder();
    const { pid } = process;
    await givenService(folder, 'simulated-azure-a', { pid });
    await givenService(folder, 'simulated-azure-b', { pid: endedPid() });
    await givenService(folder, 'other-c', { pid });
    await mkdir(join(folder, 'simulated-azure-starting'));
    expect(findServices(folder)).toEqual([{ pid, apiUrl: 'http://simulated-azure-a/api' }]);
  });

  it.runIf(process.getuid?.() === 0)(
    'are not believed when another user put them there',
    async () => {
      const folder = await givenFolder();
      const { pid } = process;
      const file = await givenService(folder, 'simulated-azure-a', { pid });
      expect(findServices(folder)).toHaveLength(1);
      spawnSync('chown', ['65534', join(file, '..')]);
      await chmod(join(file, '..'), 0o777);
      expect(findServices(folder)).toEqual([]);
    },
  );

  it('are chosen when there is one, else by their address', async () => {
    const folder = await givenFolder();
    const { pid } = process;
    expect(() => chooseService(undefined, folder)).toThrow("Expected a running 'npm start', found");
    await givenService(folder, 'simulated-azure-a', { pid });
    expect(chooseService(undefined, folder)).toMatchObject({ pid });
    await givenService(folder, 'simulated-azure-b', { pid });
    expect(() => chooseService(undefined, folder)).toThrow(
      /^Expected one running 'npm start', found http:\S+ and http:\S+\. Choose one with --url\.$/,
    );
    const url = 'http://simulated-azure-b/api';
    expect(chooseService(url, folder)).toMatchObject({ apiUrl: url });
    expect(() => chooseService('http://other/api', folder)).toThrow('at http://other/api, found');
  });
});
