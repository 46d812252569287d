interface LiteralSegment {
  kind: 'literal';
  text: string;
}
interface ParameterSegment {
  kind: 'parameter' | 'rest';
  name: string;
  isOptional: boolean;
}
type Segment = LiteralSegment | ParameterSegment;

/** `{name}`, `{name?}`, `{name:constraint}`, `{*rest}`. Constraints are read over. */
const PARAMETER = /^\{(\*{0,2})([A-Za-z_]\w*)(?::[^?}]*)?(\??)\}$/;

/** A route template of an HTTP function, matched without regard to case as ASP.NET does. */
export class Route {
  readonly #segments: Segment[];

  constructor(template: string) {
    this.#segments = pathSegments(template).map(parseSegment);
  }

  /** The parameters, when the path (without query) matches. */
  match(path: string): Record<string, string> | undefined {
    const parts = pathSegments(path);
    const parameters: Record<string, string> = {};
    for (const [index, segment] of this.#segments.entries()) {
      const part = parts[index];
      if (segment.kind === 'rest') {
        parameters[segment.name] = parts.slice(index).map(decode).join('/');
        return parameters;
      }
      if (segment.kind === 'literal') {
        if (part === undefined || decode(part).toLowerCase() !== segment.text) return undefined;
      } else if (part !== undefined) {
        parameters[segment.name] = decode(part);
      } else if (!segment.isOptional) {
        return undefined;
      }
    }
    return parts.length <= this.#segments.length ? parameters : undefined;
  }

  /** Sorts the most specific template first: literal before parameter before `{*rest}`. */
  static compare(a: Route, b: Route): number {
    return a.#precedence().localeCompare(b.#precedence());
  }

  #precedence(): string {
    const weight = { literal: '1', parameter: '2', rest: '4' };
    return this.#segments
      .map((segment) =>
        segment.kind === 'parameter' && segment.isOptional ? '3' : weight[segment.kind],
      )
      .join('');
  }
}

function parseSegment(text: string): Segment {
  const match = PARAMETER.exec(text);
  if (!match) return { kind: 'literal', text: text.toLowerCase() };
  const [, stars = '', name = '', optional = ''] = match;
  return { kind: stars ? 'rest' : 'parameter', name, isOptional: optional === '?' };
}

function pathSegments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not valid percent-encoding: taken as it stands, as servers do.
    return part;
  }
}
