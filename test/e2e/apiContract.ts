import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { closed } from '../contract/closed.ts';

/** An answer of the API, as received. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, of any form.
  readonly json: any;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}

interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, object>> }>
  >;
}

const FILE = new URL('../../docs/openapi.json', import.meta.url);

/** The checked-in OpenAPI document, which every answer is held to. */
export class ApiContract {
  /** Operations and statuses that were seen, as `operationId status`. */
  readonly seen = new Set<string>();
  readonly document: Document = JSON.parse(readFileSync(FILE, 'utf8'));
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });

  constructor() {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(closed(this.document), 'openapi');
  }

  /** Throws when the document does not say that this request may be answered like this. */
  check(method: string, path: string, answer: Answer): void {
    const [template, operation] = this.#operation(method, path);
    const { operationId, responses } = operation;
    const response = responses[answer.status];
    const what = `${operationId} ${answer.status}`;
    if (!response) throw new Error(`${what} is not in the document: ${answer.text.slice(0, 500)}`);
    this.seen.add(what);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (!response.content) {
      // The document itself is the one answer that has no schema.
      if (answer.text !== '' && operationId !== 'openapi') throw new Error(`${what}: a body`);
      return;
    }
    if (!response.content[type]) throw new Error(`${what}: unexpected content-type '${type}'`);
    if (!type.endsWith('json')) return;
    const pointer = ['paths', template, method.toLowerCase(), 'responses', `${answer.status}`];
    const validate = this.#validator([...pointer, 'content', type, 'schema']);
    if (validate(answer.json)) return;
    throw new Error(`${what}: ${this.#ajv.errorsText(validate.errors)}\n${answer.text}`);
  }

  #operation(method: string, path: string): [string, OperationObject] {
    for (const [template, operations] of Object.entries(this.document.paths)) {
      const pattern = new RegExp(
        `^${template.replaceAll(/\{\w+\}/g, '[^/]+').replace('.', '\\.')}$`,
        'i',
      );
      const operation = operations[method.toLowerCase()];
      if (operation && pattern.test(path)) return [template, operation];
    }
    throw new Error(`${method} ${path} is not in the document`);
  }

  #validator(pointer: readonly string[]): ValidateFunction {
    const parts = pointer.map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const validate = this.#ajv.getSchema(`openapi#/${parts.join('/')}`);
    if (!validate) throw new Error(`no schema at ${pointer.join(' ')}`);
    return validate;
  }
}
