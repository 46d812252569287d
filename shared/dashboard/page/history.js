/** @import { HistoryEntry } from './types.d.ts' */
import { download, get } from './api.js';
import { dateTime, duration, words } from './format.js';
import { EMPTY, keyed, withNewest, withOlder } from './historyPages.js';
import { html, useEffect, useState } from './preact.js';

const PAGE_LIMIT = 100;
const EXPORTS = /** @type {const} */ ([
  ['jsonl', 'JSON Lines'],
  ['csv', 'CSV'],
]);

/**
 * A history, read anew at each refresh; older pages stay once they were asked for.
 * @param {string} path below `/api`
 * @param {number} refreshes
 * @param {(error: unknown) => void} onError
 * @returns {{ entries: readonly HistoryEntry[], more: (() => void) | null }}
 */
export function useHistory(path, refreshes, onError) {
  const [known, setKnown] = useState(EMPTY);
  useEffect(() => {
    let isCurrent = true;
    const read = async () => {
      const page = await get(`${path}?limit=${PAGE_LIMIT}`);
      if (isCurrent) setKnown((before) => withNewest(before, page));
    };
    read().catch((error) => isCurrent && onError(error));
    return () => {
      isCurrent = false;
    };
  }, [path, refreshes]);

  const { entries, continuation } = known;
  /** @param {string} from */
  const showOlder = async (from) => {
    const page = await get(`${path}?limit=${PAGE_LIMIT}&continuation=${encodeURIComponent(from)}`);
    setKnown((before) => withOlder(before, from, page));
  };
  return { entries, more: continuation ? () => void showOlder(continuation).catch(onError) : null };
}

/**
 * What happened, newest first.
 * @param {{
 *   path: string, entries: readonly HistoryEntry[], onMore: (() => void) | null,
 *   onNotice: (message: string) => void, onError: (error: unknown) => void,
 * }} props `path` below `/api`, where its exports are
 */
export function History({ path, entries, onMore, onNotice, onError }) {
  return html`
    <${Exports} path=${path} onNotice=${onNotice} onError=${onError} />
    ${entries.length === 0 ? html`<p class="muted">Nothing has happened yet.</p>` : table(entries)}
    ${onMore && html`<button type="button" class="more" onClick=${onMore}>Show older</button>`}
  `;
}

/** @param {readonly HistoryEntry[]} entries */
function table(entries) {
  return html`
    <table class="history">
      <caption class="visually-hidden">History, newest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Step</th>
          <th scope="col">Key</th>
          <th scope="col">Outcome</th>
          <th scope="col">Who</th>
        </tr>
      </thead>
      <tbody>
        ${keyed(entries).map(([key, entry]) => html`<${Line} key=${key} entry=${entry} />`)}
      </tbody>
    </table>
  `;
}

/**
 * @param {{
 *   path: string, onNotice: (message: string) => void, onError: (error: unknown) => void,
 * }} props
 */
function Exports({ path, onNotice, onError }) {
  /** @param {string} format */
  const save = async (format) => {
    try {
      const isComplete = await download(`${path}?format=${format}`);
      onNotice(
        isComplete ? 'History exported.' : 'Exported: the newest 10,000 lines; there are more.',
      );
    } catch (error) {
      onError(error);
    }
  };
  return html`
    <p class="exports buttons" role="group" aria-label="Export the history">
      <span class="muted">Export</span>
      ${EXPORTS.map(
        ([format, label]) =>
          html`<button type="button" key=${format} onClick=${() => void save(format)}>${label}</button>`,
      )}
    </p>
  `;
}

/** @param {{ entry: HistoryEntry }} props */
function Line({ entry }) {
  const { at, reason, message, slot, fingerprint, outcome, durationMs, actor } = entry;
  return html`
    <tr>
      <td data-label="When">${dateTime(at)}</td>
      <td data-label="Step"><span>${words(reason)}</span><span class="sub">${message}</span></td>
      <td data-label="Key">
        ${slot ? html`<span class=${`slot ${slot}`}>${slot}</span><code class="sub">${fingerprint}</code>` : '–'}
      </td>
      <td data-label="Outcome">
        <span class=${`outcome ${outcome}`}>${outcome}</span>
        ${durationMs >= 1000 && html`<span class="sub">after ${duration(durationMs / 1000)}</span>`}
      </td>
      <td data-label="Who">${actor || 'the schedule'}</td>
    </tr>
  `;
}
