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
          `Expected one of text-analytics | openai | translator, found ${names.length ? `'${names.join(' ')}'` : 'none'}.`,
        ),
      );
    }
  });

  it('are refused with another option or no port', () => {
    for (const args of [['--port', '65536'], ['--port', 'x'], ['--faults']]) {
      expect(() => parseOptions(['openai', ...args])).toThrow(UsageError);
    }
  });

  it("take an app of one's own: an account, and a command whose options are its own", () => {
    const command = ['python3', 'app.py', '--port', '1', '--', '--help'];
    expect(parseOptions(['contoso-multi', '--port', '8080', '--', ...command])).toEqual({
      ownApp: { account: 'contoso-multi', subscriber: 'my-app', command },
      port: 8080,
      url: undefined,
    });
    const named = ['contoso-openai', '--subscriber', 'night-batch', '--', 'app'];
    expect(parseOptions(named)).toMatchObject({ ownApp: { subscriber: 'night-batch' } });
  });

  it.each([
    [['contoso-multi', '--'], 'Expected a command after --, found none.'],
    [['contoso-multi'], `found 'contoso-multi'. An account takes a command after --.`],
    [['contoso-keyless', '--', 'app'], "contoso-multi, found 'contoso-keyless'."],
    [['--', 'app'], 'contoso-multi, found none.'],
    [['contoso-multi', '--subscriber', 'a,b', '--', 'app'], "found 'a,b'."],
    [['openai', '--subscriber', 'a'], '--subscriber: expected a command after --, found none.'],
  ])('are refused as %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
