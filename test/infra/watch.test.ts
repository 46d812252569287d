import { describe, expect, it } from 'vitest';
import { SAMPLE_INTERVAL_MS, STEP_EVENT } from '../../shared/azure/telemetry/measure.ts';
import { METRICS } from '../../shared/azure/telemetry/metrics.ts';
import { DELAY_REASONS, FAILURE_REASONS } from '../../shared/core/events/meanings.ts';
import { REASONS } from '../../shared/core/reasons.ts';
import { readFile } from './bicep.ts';

interface Rule {
  readonly name: string;
  readonly description: string;
  readonly severity: number;
  readonly scope: 'applicationInsights' | 'workspace';
  readonly window: string;
  readonly frequency: string;
  readonly operator: string;
  readonly threshold: number;
  readonly dimensions: readonly string[];
  readonly query: readonly string[];
}

/** What the service sends. */
const TELEMETRY: string[] = [STEP_EVENT, ...Object.keys(METRICS)];
const STEP_DIMENSIONS = ['accountId', 'accountName', 'reason', 'phase', 'cause', 'outcome'];
const DIMENSIONS = [...STEP_DIMENSIONS, 'rotationId', 'attention'];

const rules: Rule[] = JSON.parse(readFile('infra/alerts.json'));
interface WorkbookItem {
  readonly name: string;
  readonly content: {
    readonly query?: string;
    readonly timeContext?: { readonly durationMs: number };
    readonly timeContextFromParameter?: string;
  };
}

const workbook: { items: WorkbookItem[] } = JSON.parse(readFile('infra/workbook.json'));
const workbookQueries = workbook.items.flatMap(({ name, content }) =>
  content.query ? [{ name, query: content.query }] : [],
);
const queries = [
  ...rules.map(({ name, query }) => ({ name: `alert ${name}`, query: query.join('\n') })),
  ...workbookQueries.map(({ name, query }) => ({ name: `workbook ${name}`, query })),
];

function ruleNamed(name: string): Rule {
  return rules.find((rule) => rule.name === name) as Rule;
}

function quotedIn(query: string): string[] {
  return [...query.matchAll(/'([^']*)'/g)].map(([, text = '']) => text);
}

function reasonsOf(rule: Rule): Set<string> {
  return new Set(quotedIn(rule.query.join('\n')).filter((text) => text in REASONS));
}

describe.each(queries)('$name', ({ query }) => {
  it('asks for telemetry that the service sends', () => {
    const names = quotedIn(query).filter((text) => /^twinkey\./i.test(text));
    expect(names.filter((name) => !TELEMETRY.includes(name))).toEqual([]);
    const dimensions = [...query.matchAll(/customDimensions\.(\w+)/g)].map(([, name = '']) => name);
    expect(dimensions.filter((name) => !DIMENSIONS.includes(name))).toEqual([]);
  });

  it('is balanced, a step a line', () => {
    for (const pair of ['()', '[]']) {
      expect(query.split(pair[0] as string).length).toBe(query.split(pair[1] as string).length);
    }
    expect(query.split("'").length % 2).toBe(1);
    for (const line of query.split('\n').slice(1)) expect(line).toMatch(/^(\| | {2}\(|custom)/);
  });
});

describe('the alerts', () => {
  it('tell of everything that people have to see', () => {
    expect(rules.map(({ name }) => name)).toEqual([
      'no-tick',
      'key-too-old',
      'rotation-failed',
      'rotation-delayed',
      'needs-a-person',
      'fleet-braked',
      'drift-healed',
      'poison-messages',
      'throttling',
    ]);
  });

  it('take a failure and a delay for what the events call so', () => {
    expect(reasonsOf(ruleNamed('rotation-failed'))).toEqual(new Set(Object.keys(FAILURE_REASONS)));
    expect(reasonsOf(ruleNamed('rotation-delayed'))).toEqual(new Set(Object.keys(DELAY_REASONS)));
    // What is told as a failure is not told twice.
    expect(reasonsOf(ruleNamed('needs-a-person'))).toEqual(new Set(Object.keys(FAILURE_REASONS)));
    expect(reasonsOf(ruleNamed('fleet-braked'))).toEqual(new Set(['FleetBraked']));
    expect(reasonsOf(ruleNamed('drift-healed'))).toEqual(new Set(['Drifted']));
  });

  it('wait 15 minutes for a tick, and a day longer than the period for a key', () => {
    expect(ruleNamed('no-tick')).toMatchObject({
      window: 'PT15M',
      operator: 'LessThan',
      threshold: 1,
    });
    expect(ruleNamed('no-tick').query).toContain(`| where value < ${15 * 60}`);
    expect(ruleNamed('key-too-old').query.at(-1)).toContain(`age > period + ${24 * 60 * 60}`);
  });

  it.each(rules)(
    '$name looks back as often as it looks, and splits by columns that it has',
    (rule) => {
      const minutes = (text: string) => (/^PT(\d+)H$/.test(text) ? 60 : Number(/\d+/.exec(text)));
      expect([5, 10, 15, 30]).toContain(minutes(rule.frequency));
      expect(minutes(rule.window)).toBeGreaterThanOrEqual(minutes(rule.frequency));
      expect(rule.severity).toBeGreaterThan(0);
      expect(rule.severity).toBeLessThan(4);
      expect(rule.description).toMatch(/\.$/);
      const last = rule.query.filter((line) => /summarize|project/.test(line)).at(-1) ?? '';
      for (const dimension of rule.dimensions) expect(last).toContain(dimension);
    },
  );

  it('are asked of what the template gives them', () => {
    const scopes = /var scopes = \{(.*)\}/.exec(readFile('infra/alerts.bicep'))?.[1] ?? '';
    for (const { scope } of rules) expect(scopes).toContain(`${scope}:`);
  });
});

describe('the workbook', () => {
  it('shows every metric and the steps', () => {
    const asked = new Set(workbookQueries.flatMap(({ query }) => quotedIn(query)));
    expect(TELEMETRY.filter((name) => !asked.has(name))).toEqual([]);
  });

  it('shows each account whatever time is chosen: those at rest are told of a few times a day', () => {
    const content = workbook.items.find(({ name }) => name === 'accounts')?.content;
    expect(content?.timeContextFromParameter).toBeUndefined();
    const dayMs = 24 * 3_600_000;
    expect(content?.timeContext?.durationMs).toBeGreaterThanOrEqual(dayMs);
    expect(content?.query?.match(/ago\(.*?\)/g)).toEqual(['ago(1d)']);
    expect(dayMs).toBeGreaterThanOrEqual(2 * SAMPLE_INTERVAL_MS);
  });

  it('has items of different names', () => {
    const names = workbook.items.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});
