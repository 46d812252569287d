import { Duration } from 'luxon';
import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../local/azure/model/retry-schedule.ts';
import { SETTING_ROWS } from '../../shared/azure/settingRows.ts';
import { POLICY_DEFAULTS, readPolicy } from '../../shared/core/policy.ts';
import { DEFAULT_OVERLAP_MS } from '../../shared/service/operations/requests.ts';
import { readProjectFile, withSnippets } from './snippets.ts';

const page = readProjectFile('docs/apps.md');

it('every snippet is what the tested file says; `npm run docs` mends it', async () => {
  const shown = withSnippets(page);
  expect(shown.match(/^<!-- .* -->$/gm)).toHaveLength(7);
  await expect(shown).toMatchFileSnapshot('../../docs/apps.md');
});

describe('the table of overlaps', () => {
  const rows = [...page.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \| (.+) \|$/gm)]
    .map(([, way = '', latest = '', overlap = '']) => ({ way, latest, overlap }))
    .filter(({ overlap }) => /^`P/.test(overlap))
    .map((row) => ({ ...row, latestMs: msOf(row.latest), overlapMs: msOf(row.overlap) }));
  const quarantine = String(SETTING_ROWS.TWINKEY_QUARANTINE.default);

  it('has a row for each way', () => {
    expect(rows).toHaveLength(7);
  });

  it.each(rows)('gives $way an overlap that the service takes', ({ overlap }) => {
    const tags = { 'key-rotation-overlap': overlap.replaceAll('`', '') };
    const reading = readPolicy(tags, POLICY_DEFAULTS, {
      accountName: 'a',
      defaultVaultUrl: 'https://v.vault.azure.net',
      allowedVaultUrls: [],
      quarantineMs: msOf(quarantine),
    });
    expect(reading).toMatchObject({ ok: true });
  });

  it.each(rows)('gives $way an overlap longer than the new key takes', (row) => {
    expect(row.overlapMs).toBeGreaterThan(row.latestMs);
  });

  it('counts with the poll of the clients and their spread', () => {
    const pollMs = 10 * 60_000;
    expect(readProjectFile('shared/client/rotatingKey.ts')).toContain(
      'DEFAULT_POLL_INTERVAL_MS = 10 * 60_000',
    );
    expect(readProjectFile('examples/python/active_key.py')).toContain('POLL_SECONDS = 600.0');
    expect(readProjectFile('examples/dotnet/ActiveKey.cs')).toContain('TimeSpan.FromMinutes(10)');
    expect(rows[0]?.latestMs).toBe(pollMs * 1.1);
  });

  it('says what the defaults are', () => {
    expect(page).toContain(
      `The default of \`key-rotation-overlap\`, \`${POLICY_DEFAULTS['key-rotation-overlap']}\`,`,
    );
    expect(page).toContain(`longer than the quarantine (\`${quarantine}\`)`);
    expect(page).toContain(
      `shorter than the period (\`${POLICY_DEFAULTS['key-rotation-period']}\`)`,
    );
    expect(page).toContain(
      `\`key-rotation-ack-limit\` (\`${POLICY_DEFAULTS['key-rotation-ack-limit']}\`)`,
    );
  });

  it('says how much a declared leak leaves', () => {
    expect(page).toContain(`cuts the overlap to ${DEFAULT_OVERLAP_MS / 60_000} minutes`);
  });

  it('enough for all but two rows is the default', () => {
    const defaultMs = msOf(POLICY_DEFAULTS['key-rotation-overlap']);
    expect(rows.filter(({ overlapMs }) => overlapMs > defaultMs)).toHaveLength(1);
  });
});

it('the times of delivery are those by which the simulated Event Grid delivers', () => {
  const waits: number[] = [];
  for (let now = 0; ; ) {
    const next = afterFailure({ acceptedAt: 0, attempts: waits.length + 1, now, status: 500 });
    if ('deadLetter' in next) break;
    waits.push(next.nextAt - now);
    now = next.nextAt;
  }
  const words = [...new Set(waits)].map((ms) => {
    const { hours, minutes, seconds } = Duration.fromMillis(ms).shiftTo(
      'hours',
      'minutes',
      'seconds',
    );
    if (hours) return '1 hour';
    return minutes ? `${minutes} minute${minutes === 1 ? '' : 's'}` : `${seconds} seconds`;
  });
  expect(page.replace(/\s+/g, ' ')).toContain(`again after ${words.join(', ')}, then hourly`);
});

function msOf(text: string): number {
  return Duration.fromISO(text.replaceAll('`', '')).toMillis();
}
