import * as z from 'zod';

/** How input that is off is spoken of: the field, what was expected, what was found. */

/** A key has 32 characters at least: nothing of that length is repeated, lest it end up in a log. */
const LONGEST_REPEATED = 31;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
};

/** What is off in an input that the schema refuses: a line for each field. */
export function problemsIn(schema: z.ZodType, input: unknown): string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return [notAnObject(schema, found(input))];
  }
  const fields = input as Readonly<Record<string, unknown>>;
  const meant = variantMeant(schema, fields);
  if (!meant) {
    const causes = variantsOf(schema).flatMap(causesOf);
    return [`cause: expected ${listed(causes, 'or')}, found ${found(fields['cause'])}`];
  }
  const issues = meant.safeParse(input, { error: expectation }).error?.issues ?? [];
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => unknownField(name, meant, schema));
    }
    const [field] = issue.path;
    return `${String(field)}: ${issue.message}, found ${found(fields[String(field)])}`;
  });
}

/** Input that has no fields; `what` was found instead. */
export function notAnObject(schema: z.ZodType, what: string): string {
  const shape = variantMeant(schema, {})?.shape ?? {};
  const required = Object.keys(shape).filter((name) => !parses(shape[name], undefined));
  const example = JSON.stringify(Object.fromEntries(required.map((name) => [name, '…'])));
  return `expected a JSON object such as ${example}, found ${what}`;
}

/** A value as it is, or what it is like where it is long. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  if (value.trim() === '') return 'an empty text';
  return value.length > LONGEST_REPEATED ? `${value.length} characters` : `'${visible(value)}'`;
}

/** What was expected, where a schema has no words of its own for it. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${listed(issue.values, 'or')}`;
    case 'too_small':
      return `expected at least ${issue.minimum} ${issue.minimum === 1 ? 'character' : 'characters'}`;
    case 'too_big':
      return `expected at most ${issue.maximum} characters`;
    default:
      return undefined;
  }
}

function unknownField(name: string, meant: z.ZodObject, schema: z.ZodType): string {
  const shown = name.length > LONGEST_REPEATED ? found(name) : visible(name);
  const other = variantsOf(schema).find(({ shape }) => Object.hasOwn(shape, name));
  if (other)
    return `${shown}: expected only with cause ${listed(causesOf(other), 'or')}, found without it`;
  const known = listed(Object.keys(meant.shape), 'and');
  return `${shown}: expected only the fields ${known}, found another: correct its name or leave it out`;
}

/** Of a union, the variant of the input's cause. */
function variantMeant(
  schema: z.ZodType,
  input: Readonly<Record<string, unknown>>,
): z.ZodObject | undefined {
  const variants = variantsOf(schema);
  if (variants.length === 1) return variants[0];
  return variants.find(({ shape }) => parses(shape['cause'], input['cause']));
}

function variantsOf(schema: z.ZodType): z.ZodObject[] {
  const variants = schema instanceof z.ZodUnion ? schema.options : [schema];
  return variants.filter((variant) => variant instanceof z.ZodObject);
}

function causesOf({ shape }: z.ZodObject): readonly unknown[] {
  const { cause } = shape;
  const literal = cause instanceof z.ZodDefault ? cause.unwrap() : cause;
  return literal instanceof z.ZodLiteral ? [...literal.values] : [];
}

function parses(schema: z.core.$ZodType | undefined, value: unknown): boolean {
  return schema !== undefined && z.safeParse(schema, value).success;
}

/** `'a', 'b' or 'c'`. */
function listed(values: readonly unknown[], conjunction: 'and' | 'or'): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${conjunction} ${last}`;
}

/** Control characters as JSON writes them. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (mark) => JSON.stringify(mark).slice(1, -1));
}
