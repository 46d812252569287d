import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../local/demo/options.ts';
import { ROTATABLE } from '../../../local/demo/scenario.ts';
import { EXAMPLES } from '../../../local/examples/catalogue.ts';
import { parseOptions } from '../../../local/examples/options.ts';

it('every example calls an account whose keys rotate in the demo', () => {
  const rotatable = ROTATABLE.map(({ name }) => name);
  expect(rotatable).toEqual(expect.arrayContaining(EXAMPLES.map(({ account }) => account)));
});

describe('the options of npm run example', () => {
  it('name one of the examples, which gets any free port', () => {
    for (const example of EXAMPLES) {
      expect(parseOptions([example.name])).toEqual({ example, port: 0, url: undefined });
    }
  });

  it('may name the port and the service', () => {
    const args = ['openai', '--port', '8080', '--url', 'http://127.0.0.1:7072/api/'];
    expect(parseOptions(args)).toMatchObject({ port: 8080, url: 'http://127.0.0.1:7072/api' });
    expect(parseOptions(['--help', 'unknown'])).toBe('help');
  });

  it('are refused when the example is unknown, missing, or not alone', () => {
    for (const names of [[], ['speech'], ['openai', 'translator']]) {
      expect(() => parseOptions(names)).toThrow(
        new UsageError(
          `Expected one of text-analytics | openai | translator, found '${names.join(' ')}'.`,
        ),
      );
    }
  });

  it('are refused with another option or no port', () => {
    for (const args of [['--port', '65536'], ['--port', 'x'], ['--faults']]) {
      expect(() => parseOptions(['openai', ...args])).toThrow(UsageError);
    }
  });
});
