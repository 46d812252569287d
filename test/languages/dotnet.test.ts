import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { describeApp } from './contract.ts';

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

function sourcesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cs'))
    .map((name) => join(directory, name));
}
