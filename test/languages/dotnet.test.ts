import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { describeApp } from './contract.ts';
import { startScene } from './scene.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/dotnet/', import.meta.url));
const AROUND = fileURLToPath(new URL('./dotnet/', import.meta.url));
/** What the base library does not load by itself. */
const REFERENCES = ['System.Net.Http', 'System.Runtime.Serialization'];

const folder = mkdtempSync(join(tmpdir(), 'dotnet-example-'));
afterAll(() => rmSync(folder, { recursive: true }));
const app = join(folder, 'app.exe');
execFileSync('mcs', [
  '-warnaserror',
  '-langversion:7.2',
  `-out:${app}`,
  ...REFERENCES.map((name) => `-r:${name}`),
  ...sourcesIn(EXAMPLE),
  ...sourcesIn(AROUND),
]);

describeApp('.NET', { command: 'mono', args: [app] });

it('goes on polling although its log throws', async () => {
  const settings = { KEY_POLL_SECONDS: '0.3', FAULTY_LOG: 'true' };
  const scene = await startScene({ command: 'mono', args: [app] }, settings);
  const read = (end: number) => scene.azure.model.log.next({ operation: 'getSecret', end });
  try {
    const lift = scene.azure.model.faults.add({
      service: 'vault',
      fault: { kind: 'status', status: 503 },
    });
    await read(503);
    scene.publish();
    lift();
    for (let count = 0; count < 2; count++) await read(200);
    scene.retire();
    expect(await scene.use()).toBe(200);
    expect(scene.counts().refused).toBe(0);
  } finally {
    await scene.stop();
  }
});

function sourcesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cs'))
    .map((name) => join(directory, name));
}
