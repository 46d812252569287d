import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLOUDS } from '../../shared/azure/clouds.ts';
import { SETTING_ROWS } from '../../shared/azure/settingRows.ts';
import { type Declaration, readFile, readTemplate, textOf } from './bicep.ts';

const page = readFile('docs/deploy.md');
const main = await readTemplate('infra/main.bicep', readFile('infra/main.bicep'));
const parameters = main.declarations.filter(({ kind }) => kind === 'param');
const file: { parameters: Record<string, { value: unknown }> } = JSON.parse(
  readFile('infra/main.parameters.json'),
);

function rowOf({ name, value, allowed, description }: Declaration): string {
  const variable = /^\$\{([A-Z_]+)/.exec(String(file.parameters[name]?.value))?.[1];
  const choice =
    allowed.length > 0 ? ` One of ${allowed.map((one) => `\`${one}\``).join(', ')}.` : '';
  return `| \`${name}\` | ${variable ? `\`${variable}\`` : '–'} | ${defaultOf(value)} | ${description}${choice} |`;
}

function defaultOf(value: Declaration['value']): string {
  if (!value) return '**required**';
  const text = textOf(value) ?? value.text;
  return text === '' || text === '{}' ? '–' : `\`${text}\``;
}

function sectionOf(title: string): string {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${title}\n`));
  if (!section) throw new Error(`docs/deploy.md has no section ${title}`);
  return section;
}

/** Each value of a JSON object with its path, in order. */
function leavesOf(value: unknown, path: readonly string[] = []): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path.join('.'), String(value)]];
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]));
}

describe('docs/deploy.md', () => {
  it('has every parameter, its azd variable, its default and its meaning, by groups', () => {
    const found = sectionOf('Parameters').match(/^\| `\w+` \| .*$/gm);
    expect(found).toEqual(parameters.map(rowOf));
    const groups = [...new Set(parameters.map(({ group }) => group))];
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    expect(headings).toEqual(expect.arrayContaining(groups));
  });

  it('has the addresses of every cloud that the service knows', () => {
    const rows = page.match(/^\| Azure\w+ \| `.*$/gm);
    expect(rows?.map((row) => [...row.matchAll(/`([^`]*)`/g)].map(([, text]) => text))).toEqual(
      Object.entries(CLOUDS).map(([name, cloud]) => [
        name,
        cloud.armEndpoint,
        cloud.authorityHost,
        cloud.vaultSuffix,
        cloud.topicSuffix,
        cloud.tableSuffix,
      ]),
    );
  });

  it('has every way to a token that the setting takes', () => {
    const named = [...sectionOf('Credentials').matchAll(/^\| [^|]+ \| `(\w+)`/gm)].map(
      ([, way]) => way,
    );
    expect(named).toEqual(SETTING_ROWS.TWINKEY_CREDENTIAL.form.replace('one of ', '').split(', '));
  });

  it('says of every setting of host.json what it is and why', () => {
    const rows = sectionOf('Several instances').matchAll(/^\| `(\S+)` \| `(.+)` \| \S.* \|$/gm);
    const told = [...rows].map(([, path, value]) => [path, value]);
    expect(told).toEqual(leavesOf(JSON.parse(readFile('host.json'))));
  });

  // Without local.settings.json, which is not deployed, the tools cannot tell, and give up.
  it('tells the Functions tools the language wherever it deploys by them', () => {
    const commands = page.match(/func azure functionapp publish [^`\n]*/g);
    expect(commands).toHaveLength(1);
    for (const command of commands ?? []) expect(command).toMatch(/ --no-build --javascript$/);
  });

  it('takes away the role, and the event subscriptions, that the templates make', () => {
    const section = sectionOf('Taking permissions away');
    const { name } = JSON.parse(readFile('infra/roles.json')).custom.keyless;
    expect(section).toContain(`role="${name} ($TWINKEY_APP_NAME)"`);
    const roles = readFile('infra/roles.bicep');
    expect(roles).toMatch(/roleName: '\$\{role\.value\.name\} \(\$\{deployment\}\)'/);
    const [deployment, app] = ['deployment', 'appName'].map(
      (one) => main.declarations.find((declared) => declared.name === one)?.value?.text,
    );
    expect(deployment).toBe('empty(deploymentName) ? appName : deploymentName');
    expect(app).toMatch(/^'func-\$\{suffix\}'$/);
    expect(section).toMatch(/^name=\$\{TWINKEY_APP_NAME#func-\}$/m);
    const events = main.root.text.match(/^module \w+Events [\s\S]*?^\]/gm);
    expect(events).toHaveLength(2);
    for (const module of events ?? []) expect(module).toContain('name: suffix\n');
  });

  it('passes only parameters that there are', () => {
    const known = parameters.map(({ name }) => name);
    const passed = page.matchAll(/(?<=--parameters |^ {4}|`)([a-z]\w+)=/gm);
    const names = [...passed].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(6);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('sets only azd variables that the parameters file reads', () => {
    const text = readFile('infra/main.parameters.json');
    const set = [...page.matchAll(/azd env set (\w+)/g)].map(([, name = '']) => name);
    expect(set.length).toBeGreaterThan(2);
    for (const name of set) expect(text).toMatch(new RegExp(`\\{${name}[=}]`));
  });

  it('names outputs that there are', () => {
    const outputs = main.declarations.filter(({ kind }) => kind === 'output');
    const used = [...page.matchAll(/\$\{?(TWINKEY_\w+|AZURE_\w+)/g)].map(([, name = '']) => name);
    const set = ['TWINKEY_FUNCTION_KEY'];
    const known = [...outputs.map(({ name }) => name), ...set];
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});

function argumentsIn(text: string): RegExpMatchArray[] {
  return [...text.matchAll(/(?<=[ '])(\w+)=(?=['"$\w])/g)];
}

describe('examples/github-actions/deploy.yml', () => {
  const text = readFile('examples/github-actions/deploy.yml');
  const workflow = parse(text);
  const commands: string[] = workflow.jobs.deploy.steps.flatMap(({ run = '' }) => run);

  it('signs in by the token of GitHub, and needs no secret', () => {
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(text).not.toContain('secrets.');
  });

  it('passes only parameters that there are, the required ones among them', () => {
    const deployments = commands.filter((run) => run.includes('az deployment sub create'));
    expect(deployments).toHaveLength(2);
    for (const run of deployments) {
      const names = argumentsIn(run).map(([, name = '']) => name);
      const known = parameters.map(({ name }) => name);
      expect(names.filter((name) => !known.includes(name))).toEqual([]);
      const required = parameters.filter(({ value }) => !value).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(required));
    }
  });

  it("asks for Azure's own events only after the app is deployed", () => {
    const [infrastructure, app, events] = ['sub create', 'config-zip', 'azureEvents=true'].map(
      (part) => commands.findIndex((run) => run.includes(part)),
    );
    expect(Number(infrastructure)).toBeLessThan(Number(app));
    expect(Number(app)).toBeLessThan(Number(events));
  });

  it('finds the resource group and the app as the template names and tags them', () => {
    const group = main.declarations.find(({ name }) => name === 'groupName');
    expect(group?.value?.text).toMatch(/ 'rg-twinkey-\$\{environmentName\}' :/);
    expect(text).toContain('"rg-twinkey-$ENVIRONMENT"');
    expect(readFile('infra/app.bicep')).toContain("'azd-service-name': 'app'");
  });

  it('needs the variables that the page names, in the job that names their environment', () => {
    expect(workflow.jobs.deploy.environment).toBe('production');
    expect(text.split(/^jobs:$/m)[0]).not.toContain('vars.');
    const variables = [...text.matchAll(/vars\.(\w+)/g)].map(([, name = '']) => name);
    for (const name of new Set(variables)) expect(page).toContain(`\`${name}\``);
  });
});
