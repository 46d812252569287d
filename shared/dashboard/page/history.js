/** @import { HistoryEntry } from './types.d.ts' */
import { dateTime, duration, words } from './format.js';
import { html } from './preact.js';

/**
 * What happened to an account, newest first.
 * @param {{ entries: readonly HistoryEntry[], onMore: (() => void) | null }} props
 */
export function History({ entries, onMore }) {
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
        ${entries.map((entry) => html`<${Line} key=${keyOf(entry)} entry=${entry} />`)}
      </tbody>
    </table>
    ${onMore && html`<button type="button" class="more" onClick=${onMore}>Show older</button>`}
  `;
}

/** @param {HistoryEntry} entry */
function keyOf({ at, reason, outcome, message }) {
  return [at, reason, outcome, message].join(' ');
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
