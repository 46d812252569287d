import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../shared/core/reasons.ts';
import { readProjectFile } from './snippets.ts';

interface Rule {
  readonly name: string;
  readonly description: string;
  readonly severity: number;
  readonly query: readonly string[];
}

const page = readProjectFile('docs/runbook.md');
const alerts = sectionsOf('Alerts');
const reasons = sectionsOf('Reasons');
const rules: Rule[] = JSON.parse(readProjectFile('infra/alerts.json'));

/** The sections of a chapter, by their headings, in order. */
function sectionsOf(chapter: string): Map<string, string> {
  const [, body = ''] = page.split(`\n## ${chapter}\n`);
  const [own = ''] = body.split(/^## /m);
  const [, ...parts] = own.split(/^### /m);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

describe('the alerts of the runbook', () => {
  it('are those of the templates, each with its severity', () => {
    expect([...alerts.keys()]).toEqual(rules.map(({ name }) => name));
    for (const { name, severity } of rules) {
      expect(alerts.get(name)).toContain(`\nSeverity ${severity}. `);
    }
  });

  it.each(rules)('$name names its section, and what to do', ({ name, description }) => {
    expect(description).toContain(` Runbook: docs/runbook.md#${name}.`);
    expect(alerts.get(name)).toMatch(/- Do: |See \[/);
  });

  it.each(['rotation-failed', 'rotation-delayed'])(
    '%s links every reason that it asks for',
    (name) => {
      const query = rules.find((rule) => rule.name === name)?.query.join('\n') ?? '';
      const asked = [...query.matchAll(/'(\w+)'/g)].map(([, text = '']) => text);
      const linked = [...(alerts.get(name) ?? '').matchAll(/\[(\w+)\]\(#/g)].map(
        ([, text]) => text,
      );
      expect(linked).toEqual(asked.filter((text) => text in REASONS));
    },
  );
});

describe('the reasons of the runbook', () => {
  it('are those of the service, each once', () => {
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, title = '']) => title);
    expect([...reasons.keys()]).toEqual(Object.keys(REASONS));
    for (const reason of reasons.keys()) {
      expect(headings.filter((title) => title === reason)).toHaveLength(1);
    }
  });

  it('begin with what kind of reason it is', () => {
    const kind = /^\w+\n\n\*\*(Needs you|Waits|Step|Line)\*\*[.,] /;
    const others = [...reasons.values()].filter((text) => !kind.test(text.replace('.**', '**.')));
    expect(others).toEqual([]);
  });

  it('say so of each that a person has to mend', () => {
    const sources = ['shared/core', 'shared/service'].flatMap((folder) =>
      readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true })
        .map(String)
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readProjectFile(`${folder}/${file}`)),
    );
    const found = sources.flatMap((source) => [...source.matchAll(/waitForPerson\(\s*'(\w+)'/g)]);
    const named = new Set(found.map(([, reason = '']) => reason));
    expect(named.size).toBeGreaterThan(8);
    for (const reason of named) {
      expect(reasons.get(reason)).toMatch(/\*\*needs you/i);
      expect(reasons.get(reason)).toContain('- Do');
    }
  });
});
