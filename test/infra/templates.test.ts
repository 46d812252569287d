import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  FOLDER,
  type Node,
  readFile,
  readTemplate,
  readTemplates,
  type Template,
  textOf,
} from './bicep.ts';
import { namesIn } from './names.ts';

const templates = await readTemplates();
const byPath = new Map(templates.map((template) => [template.path, template]));

function called(path: string): Template | undefined {
  return byPath.get(`${FOLDER}/${path}`);
}

it('there is a template for each part of a deployment', () => {
  expect(templates.length).toBeGreaterThan(15);
});

it('a broken template would be seen', async () => {
  const broken = ["param name string = '", 'resource a = {', 'var a = [for b in c: {]'];
  for (const text of broken) {
    expect(wrongPlaces((await readTemplate('broken.bicep', text)).root), text).not.toEqual([]);
  }
});

describe.each(templates)('$path', (template) => {
  const { path, root, declarations, modules } = template;

  it('is well-formed', () => {
    expect(wrongPlaces(root)).toEqual([]);
  });

  it('uses no name that it does not declare, and no function that Bicep does not have', () => {
    expect(namesIn(template).unknown).toEqual([]);
  });

  it('declares nothing twice, and nothing that it does not use', () => {
    const names = declarations.filter(({ kind }) => kind !== 'output').map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const { used } = namesIn(template);
    const checked = declarations.filter(({ kind }) => ['param', 'var', 'func'].includes(kind));
    expect(checked.filter(({ name }) => !used.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it('says what each parameter and output is', () => {
    const described = declarations.filter(({ kind }) => kind === 'param' || kind === 'output');
    expect(described.filter(({ description = '' }) => description.length < 10)).toEqual([]);
  });

  it('gives each module that it calls what that takes, and asks it for nothing else', () => {
    for (const module of modules) {
      const target = called(module.path);
      if (!target) throw new Error(`${path} calls ${module.path}, which is not there`);
      const parameters = target.declarations.filter(({ kind }) => kind === 'param');
      const required = parameters.filter(({ value }) => !value).map(({ name }) => name);
      expect(parameters.map(({ name }) => name)).toEqual(
        expect.arrayContaining([...module.parameters]),
      );
      expect(module.parameters).toEqual(expect.arrayContaining(required));
    }
  });

  it('reads of each module outputs that it has', () => {
    for (const [name, output] of outputsRead(root)) {
      const module = modules.find((one) => one.name === name);
      const outputs = module && called(module.path)?.declarations.filter(isOutput);
      expect(
        outputs?.map((one) => one.name),
        `${name}.outputs`,
      ).toContain(output);
    }
  });

  it('loads files that are there', () => {
    const missing = loadedBy(root).filter(
      (file) => !existsSync(new URL(`../../${FOLDER}/${file}`, import.meta.url)),
    );
    expect(missing).toEqual([]);
  });

  it('takes no module from a registry, and leaves nothing to be filled in', () => {
    const text = readFile(path);
    expect(text).not.toMatch(/\bbr[:/]|\bts[:/]|registry/i);
    expect(text).not.toMatch(/TODO|FIXME|<[a-z-]+>|changeme|your-|xxx|0{8}-0{4}/i);
  });

  it('names a version of each type of resource, and a preview of none but diagnostic settings', () => {
    for (const type of resourceTypes(root)) {
      expect(type).toMatch(/^Microsoft(\.\w+)+(\/\w+)+@20\d\d-\d\d-\d\d(-preview)?$/);
      if (type.endsWith('-preview'))
        expect(type).toMatch(/^Microsoft\.Insights\/diagnosticSettings@/);
    }
  });
});

it('every template is called, and one version of each type of resource is used', () => {
  const paths = templates.flatMap(({ modules }) => modules.map((one) => `${FOLDER}/${one.path}`));
  const uncalled = templates.map(({ path }) => path).filter((path) => !paths.includes(path));
  expect(uncalled).toEqual([`${FOLDER}/main.bicep`]);
  const types = new Set(templates.flatMap(({ root }) => resourceTypes(root)));
  const names = [...types].map((type) => type.split('@')[0]);
  expect(names).toEqual([...new Set(names)]);
});

describe('secure defaults', () => {
  const values = new Map(
    (byPath.get(`${FOLDER}/main.bicep`) as Template).declarations
      .filter(({ kind }) => kind === 'param')
      .map(({ name, value }) => [name, value?.text]),
  );

  it.each([
    ['allowKeyless', 'false'],
    ['purgeProtection', 'true'],
    ['softDeleteRetentionDays', '90'],
    ['servicesPublicAccess', "privateNetwork ? 'Disabled' : 'Enabled'"],
    ['demo', 'empty(accountIds) && empty(subscriptionIds)'],
  ])('%s is %s', (name, value) => {
    expect(values.get(name)).toBe(value);
  });

  it.each([
    ['storage', 'allowSharedKeyAccess: false'],
    ['storage', "minimumTlsVersion: 'TLS1_2'"],
    ['storage', 'allowBlobPublicAccess: false'],
    ['demo', 'allowSharedKeyAccess: false'],
    ['demo', "minimumTlsVersion: 'TLS1_2'"],
    ['vault', 'enableRbacAuthorization: true'],
    ['topic', 'disableLocalAuth: true'],
    ['topic', "inputSchema: 'CloudEventSchemaV1_0'"],
    ['topic', "minimumTlsVersionAllowed: '1.2'"],
    ['monitoring', 'DisableLocalAuth: true'],
    ['app', 'httpsOnly: true'],
    ['app', "minTlsVersion: '1.2'"],
    ['app', "ftpsState: 'Disabled'"],
    ['authentication', 'requireAuthentication: true'],
  ])('%s.bicep has %s', (name, property) => {
    expect(readFile(`${FOLDER}/${name}.bicep`)).toContain(`  ${property}`);
  });
});

function wrongPlaces(node: Node): string[] {
  if (node.isError || node.isMissing) {
    return [`${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`];
  }
  return node.children.flatMap((child) => (child ? wrongPlaces(child) : []));
}

function isOutput({ kind }: { kind: string }): boolean {
  return kind === 'output';
}

function outputsRead(root: Node): [string, string][] {
  return [...root.text.matchAll(/\b(\w+)!?\.outputs\.(\w+)/g)].map(([, name = '', output = '']) => [
    name,
    output,
  ]);
}

function loadedBy(root: Node): string[] {
  return [...root.text.matchAll(/\bload\w+\('([^']+)'/g)].map(([, file = '']) => file);
}

function resourceTypes(root: Node): string[] {
  return root
    .descendantsOfType('resource_declaration')
    .map((node) => textOf(node?.descendantsOfType('string')[0] ?? undefined) ?? '');
}
