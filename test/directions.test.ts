import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

/** A file for each direction that must not be taken, and the rule that has to say so. */
const FORBIDDEN = [
  ['shared/core/rules/a.ts', "import '../../service/key.ts';", 'noRestrictedImports'],
  ['shared/core/b.ts', "import 'node:fs';", 'noRestrictedImports'],
  ['shared/core/c.ts', 'export const now = () => Date.now();', 'noRestrictedGlobals'],
  ['shared/service/actions/d.ts', "import '../../azure/claims.ts';", 'noRestrictedImports'],
  ['shared/azure/e.ts', "import '../client/index.ts';", 'noRestrictedImports'],
  ['shared/api/f.ts', "import '../../local/lines.ts';", 'noRestrictedImports'],
  ['shared/client/g.ts', "import '../core/policy.ts';", 'noRestrictedImports'],
  ['shared/client/events.ts', "import '../core/events/schemas.ts';", 'noRestrictedImports'],
  ['examples/typescript/i.ts', "import '../../shared/client/index.ts';", 'noRestrictedImports'],
  ['functions/h.ts', "import '../local/lines.ts';", 'noRestrictedImports'],
  [
    'examples/key-vault-references/functions/i.ts',
    "import '../../../shared/core/events.ts';",
    'noRestrictedImports',
  ],
] as const;

const ALLOWED = ['shared/client/z.ts', "export type { EventType } from '../core/events.ts';"];

it('import directions are enforced, not only written down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'directions-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await copyFile('biome.json', join(folder, 'biome.json'));
  for (const [path, source] of [...FORBIDDEN, ALLOWED]) {
    const file = join(folder, path as string);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${source}\n`);
  }
  const biome = resolve('node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--max-diagnostics=200', '--colors=off'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const said = stdout + stderr;
  for (const [path, , rule] of FORBIDDEN) {
    expect(said).toMatch(new RegExp(`${path}:\\d+:\\d+ lint/\\w+/${rule}`));
  }
  expect(said).not.toMatch(new RegExp(`${ALLOWED[0]}:\\d+:\\d+ lint/\\w+/noRestrictedImports`));
});
