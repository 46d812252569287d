import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
// biome-ignore lint/correctness/noUnresolvedImports: the package declares itself as an ambient module.
import { Language, type Node, Parser } from 'web-tree-sitter';

export type { Node };

/** A parameter, an output or another thing that a template declares. */
export interface Declaration {
  readonly kind: string;
  readonly name: string;
  readonly description: string | undefined;
  /** The values that a parameter may take; empty: any. */
  readonly allowed: readonly string[];
  /** The nearest comment above that is a line of its own; parameters stand in groups. */
  readonly group: string;
  /** What stands behind the `=`; undefined where nothing does. */
  readonly value: Node | undefined;
}

/** A call of another template: `module name 'path' = …`. */
export interface ModuleCall {
  readonly name: string;
  readonly path: string;
  readonly parameters: readonly string[];
}

/** What a template says of itself. */
export interface Template {
  readonly path: string;
  readonly root: Node;
  readonly declarations: readonly Declaration[];
  readonly modules: readonly ModuleCall[];
}

const require = createRequire(import.meta.url);

/** The folder of the templates, from the root. */
export const FOLDER = 'infra';

/** A file of the project, by its path from the root. */
export function readFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Every template of the folder. */
export async function readTemplates(): Promise<Template[]> {
  const parser = await newParser();
  const names = readdirSync(new URL(`../../${FOLDER}/`, import.meta.url)).sort();
  return names
    .filter((name) => name.endsWith('.bicep'))
    .map((name) => parseTemplate(parser, `${FOLDER}/${name}`, readFile(`${FOLDER}/${name}`)));
}

/** One template, from its text. */
export async function readTemplate(path: string, text: string): Promise<Template> {
  return parseTemplate(await newParser(), path, text);
}

let parser: Promise<Parser> | undefined;

function newParser(): Promise<Parser> {
  parser ??= (async () => {
    await Parser.init();
    const grammar = require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
    return new Parser().setLanguage(await Language.load(grammar));
  })();
  return parser;
}

const DECLARATIONS: Record<string, string> = {
  parameter_declaration: 'param',
  output_declaration: 'output',
  variable_declaration: 'var',
  resource_declaration: 'resource',
  module_declaration: 'module',
  user_defined_function: 'func',
};

function parseTemplate(parser: Parser, path: string, text: string): Template {
  const root = parser.parse(text)?.rootNode;
  if (!root) throw new Error(`${path} was not parsed`);
  const declarations = named(root).flatMap((node, index, all) => {
    const kind = DECLARATIONS[node.type];
    if (!kind) return [];
    const name = named(node).find(({ type }) => type === 'identifier')?.text ?? '';
    const isValued = node.children.some((child) => child?.type === '=');
    const value = isValued ? named(node).at(-1) : undefined;
    const decorators = all[index - 1]?.type === 'decorators' ? all[index - 1] : undefined;
    const description = textOf(argumentOf(decorators, 'description'));
    const allowed = allowedBy(decorators);
    return [{ kind, name, description, allowed, group: groupOf(root, node), value }];
  });
  return { path, root, declarations, modules: modulesOf(root) };
}

/** What a decorator is given. */
function argumentOf(decorators: Node | undefined, name: string): Node | undefined {
  const call = decorators
    ?.descendantsOfType('call_expression')
    .find((node) => node && named(node)[0]?.text === name);
  const list = call && named(call).at(-1);
  return list && named(list)[0];
}

/** What a parameter may be; nothing where it may be anything. */
function allowedBy(decorators: Node | undefined): string[] {
  const list = argumentOf(decorators, 'allowed');
  return list ? named(list).map((one) => textOf(one) ?? one.text) : [];
}

function groupOf(root: Node, node: Node): string {
  const comments = root.namedChildren.filter(
    (child) => child?.type === 'comment' && child.endIndex < node.startIndex,
  );
  return comments.at(-1)?.text.slice(3) ?? '';
}

function modulesOf(root: Node): ModuleCall[] {
  return named(root)
    .filter(({ type }) => type === 'module_declaration')
    .map((node) => {
      const [name, path, body] = named(node);
      const parameters = propertyOf(objectOf(body), 'params');
      return {
        name: name?.text ?? '',
        path: textOf(path) ?? '',
        parameters: [...propertiesOf(parameters).keys()],
      };
    });
}

/** The object that a declaration, a loop or a condition ends with. */
function objectOf(node: Node | undefined): Node | undefined {
  if (!node || node.type === 'object') return node;
  return objectOf(named(node).at(-1));
}

/** The properties of an object, by name. */
export function propertiesOf(object: Node | undefined): Map<string, Node> {
  const properties = new Map<string, Node>();
  for (const property of object ? named(object) : []) {
    const [name, value] = named(property);
    if (name && value) properties.set(textOf(name) ?? name.text, value);
  }
  return properties;
}

/** A property of an object. */
export function propertyOf(object: Node | undefined, name: string): Node | undefined {
  return propertiesOf(object).get(name);
}

/** What a string says; undefined for other things and for what is put together. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.type !== 'string') return undefined;
  const parts = named(node);
  if (parts.some(({ type }) => type === 'interpolation')) return undefined;
  return parts
    .map(({ text, type }) => (type === 'escape_sequence' ? text.slice(1) : text))
    .join('');
}

/** The children that mean something, without comments. */
export function named(node: Node): Node[] {
  return node.namedChildren.filter((child) => child !== null && child.type !== 'comment') as Node[];
}
