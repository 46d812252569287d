import { type Node, named, type Template } from './bicep.ts';

/** The functions of Bicep that the templates may call. */
const FUNCTIONS = new Set(
  `cidrSubnet concat empty environment fail filter guid items join json last loadJsonContent
  loadTextContent map resourceGroup skip split string subscription subscriptionResourceId tenant
  toLower trim union uniqueString`.split(/\s+/),
);

/** What is used in a template: unknown names, and which of its own names are used at all. */
export interface Names {
  readonly unknown: readonly string[];
  readonly used: ReadonlySet<string>;
}

/** Looks every name up as the compiler would, functions apart from everything else. */
export function namesIn({ root, declarations }: Template): Names {
  const unknown: string[] = [];
  const used = new Set<string>();
  const declared = new Set(declarations.filter(isReferable).map(({ name }) => name));
  const functions = new Set(declarations.filter(({ kind }) => kind === 'func').map((d) => d.name));

  const visit = (node: Node, locals: ReadonlySet<string>): void => {
    if (node.type === 'decorators' || node.type === 'type') return;
    if (node.type === 'identifier') {
      if (locals.has(node.text)) return;
      if (declared.has(node.text)) used.add(node.text);
      else unknown.push(node.text);
      return;
    }
    const inner = new Set([...locals, ...localsOf(node)]);
    for (const child of referringChildren(node)) visit(child, inner);
    if (node.type === 'call_expression') {
      const name = named(node)[0]?.text ?? '';
      // A name of the template hides the function of that name.
      const known = functions.has(name) || (FUNCTIONS.has(name) && !declared.has(name));
      if (known) used.add(name);
      else unknown.push(`${name}()`);
    }
  };
  visit(root, new Set());
  return { unknown, used };
}

function isReferable({ kind }: { kind: string }): boolean {
  return kind !== 'output' && kind !== 'func';
}

/** The names that hold below a node only. */
function localsOf(node: Node): string[] {
  const [first] = named(node);
  switch (node.type) {
    case 'for_statement':
      return first ? namesOf(first) : [];
    case 'lambda_expression':
      return named(node).slice(0, -1).flatMap(namesOf);
    case 'user_defined_function':
      return named(node)
        .filter(({ type }) => type === 'parameters')
        .flatMap((parameters) => named(parameters).flatMap((one) => namesOf(named(one)[0] ?? one)));
    default:
      return [];
  }
}

function namesOf(node: Node): string[] {
  const children = named(node);
  return children.length === 0 ? [node.text] : children.flatMap(namesOf);
}

/** The children in which a name stands for what it names. */
function referringChildren(node: Node): Node[] {
  const children = named(node);
  switch (node.type) {
    case 'parameter_declaration':
    case 'variable_declaration':
    case 'output_declaration':
    case 'resource_declaration':
    case 'module_declaration':
    case 'call_expression':
      return children.slice(1);
    case 'user_defined_function':
      return children.slice(-1);
    case 'object_property':
      return children[0]?.type === 'identifier' ? children.slice(1) : children;
    case 'for_statement':
      return children.slice(1);
    case 'lambda_expression':
      return children.slice(-1);
    default:
      return children;
  }
}
