/** @import { HistoryEntry } from './types.d.ts' */
/** @import { Mark, MarkKind, Span } from './timelineData.js' */
import { clock, dateTime, duration, words } from './format.js';
import { html, useLayoutEffect, useRef } from './preact.js';
import { timelineOf } from './timelineData.js';

const WIDTH = 960;
const HEIGHT = 136;
const LEFT = 48;
/** Leaves room for the marks of what happens just now. */
const RIGHT = WIDTH - 40;
const LANES = { Key1: 14, Key2: 60 };
const BAR = 26;
const AXIS = 104;
const TICKS = 6;
const MARK = 12;

/** @type {readonly (readonly [MarkKind, string])[]} */
const LEGEND = [
  ['regenerated', 'regenerated'],
  ['verified', 'verified'],
  ['published', 'published'],
  ['announced', 'apps told'],
  ['ended', 'old value refused'],
  ['off', 'keys switched off'],
  ['asked', 'asked for by a person'],
  ['trouble', 'failed or unclear'],
];

/**
 * The validity of both keys as bars, the active one in full colour, and each step as a mark. The
 * table of history below it says the same in words.
 * @param {{ entries: readonly HistoryEntry[], now: number }} props
 */
export function Timeline({ entries, now }) {
  if (entries.length === 0) return html`<p class="muted">Nothing has happened yet.</p>`;
  const { from, to, values, active, marks } = timelineOf(entries, now);
  const x = (/** @type {number} */ at) =>
    LEFT + ((at - from) / Math.max(1, to - from)) * (RIGHT - LEFT);
  const label = `Both keys from ${dateTime(iso(from))} to now: ${values.length} key values, ${marks.length} steps. The history below tells the same.`;
  return html`
    <figure class="timeline">
      <${Frame}>
        <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${label}>
          ${Object.entries(LANES).map(([slot, y]) => html`<text class="lane" x="0" y=${y + 18} key=${slot}>${slot}</text>`)}
          ${values.map((span) => bar(span, x, 'valid'))}
          ${active.map((span) => bar(span, x, 'active'))}
          ${values.map((span) => fingerprint(span, x))}
          ${axis(from, to, x)} ${apart(marks, x).map(({ mark, left }, index) => markShape(mark, left, index))}
        </svg>
      <//>
      <figcaption>
        <span><i class="swatch active Key1"></i><i class="swatch active Key2"></i> active</span>
        <span><i class="swatch valid Key1"></i><i class="swatch valid Key2"></i> valid</span>
        ${LEGEND.map(
          ([kind, text]) => html`<span key=${kind}>
            <svg class="mark-sample" viewBox="-6 -6 12 12" aria-hidden="true">
              <path class=${`mark ${kind}`} d=${SHAPES[kind]} />
            </svg>
            ${text}</span>`,
        )}
      </figcaption>
    </figure>
  `;
}

/**
 * Where the picture is wider than its frame, what is now comes into sight first.
 * @param {{ children: unknown }} props
 */
function Frame({ children }) {
  const frame = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => {
    frame.current.scrollLeft = frame.current.scrollWidth;
  }, []);
  return html`<div class="scroll" ref=${frame} tabindex="0" role="group" aria-label="Timeline picture">${children}</div>`;
}

/**
 * @param {Span} span
 * @param {(at: number) => number} x
 * @param {'valid' | 'active'} kind
 */
function bar(span, x, kind) {
  const { slot, fingerprint: name, from, to } = span;
  const width = Math.max(2, x(to) - x(from) - 1.5);
  const inset = kind === 'active' ? 5 : 0;
  return html`
    <rect
      key=${`${kind} ${name} ${from}`}
      class=${`bar ${kind} ${slot}`}
      x=${x(from)}
      y=${LANES[slot] + inset}
      width=${width}
      height=${BAR - inset * 2}
      rx="3"
    >
      <title>${`${slot} ${name}: ${kind} for ${duration((to - from) / 1000)} from ${dateTime(iso(from))}`}</title>
    </rect>
  `;
}

/**
 * @param {Span} span
 * @param {(at: number) => number} x
 */
function fingerprint({ slot, fingerprint: name, from, to }, x) {
  if (x(to) - x(from) < 60) return null;
  const text = x(to) - x(from) > 110 ? name : name.slice(0, 6);
  return html`<text class="name" key=${name} x=${x(from) + 6} y=${LANES[slot] + BAR + 11}>${text}</text>`;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {(at: number) => number} x
 */
function axis(from, to, x) {
  const isLong = to - from > 86_400_000;
  const times = Array.from({ length: TICKS }, (_, i) => from + ((to - from) * i) / (TICKS - 1));
  return html`<g class="axis">
    <line x1=${LEFT} x2=${RIGHT} y1=${AXIS} y2=${AXIS} />
    ${times.map(
      (at, index) => html`<g key=${index}>
        <line x1=${x(at)} x2=${x(at)} y1=${AXIS} y2=${AXIS + 4} />
        <text x=${x(at)} y=${AXIS + 18} text-anchor=${anchor(index)}>
          ${isLong ? new Date(at).toLocaleDateString() : clock(at)}
        </text>
      </g>`,
    )}
  </g>`;
}

/** @param {number} index */
function anchor(index) {
  if (index === 0) return 'start';
  return index === TICKS - 1 ? 'end' : 'middle';
}

/** @type {Readonly<Record<MarkKind, string>>} */
const SHAPES = {
  regenerated: 'M0-5 5 4H-5Z',
  verified: 'M-4.5 0-1.5 4 4.5-4',
  published: 'M-4-4H4V4H-4Z',
  announced: 'M0-5 5 0 0 5-5 0Z',
  ended: 'M-4-4 4 4M4-4-4 4',
  off: 'M-5-5H5V5H-5ZM-5 5 5-5',
  asked: 'M0-4.5A4.5 4.5 0 1 1-.01-4.5Z',
  trouble: 'M-1.5-5H1.5V1H-1.5ZM-1.5 2.5H1.5V5H-1.5Z',
};

/**
 * Where marks go: those of one lane that would cover one another move aside.
 * @param {readonly Mark[]} marks by time
 * @param {(at: number) => number} x
 */
function apart(marks, x) {
  /** @type {Record<string, number>} */
  const taken = {};
  return marks.map((mark) => {
    const lane = mark.slot ?? 'none';
    const left = Math.max(x(mark.at), (taken[lane] ?? Number.NEGATIVE_INFINITY) + MARK);
    taken[lane] = left;
    return { mark, left };
  });
}

/**
 * @param {Mark} mark
 * @param {number} left
 * @param {number} index
 */
function markShape({ at, slot, kind, entry }, left, index) {
  const y = slot ? LANES[slot] + BAR / 2 : AXIS;
  return html`
    <path key=${index} class=${`mark ${kind}`} d=${SHAPES[kind]} transform=${`translate(${left} ${y})`}>
      <title>${`${words(entry.reason)}: ${entry.message} (${dateTime(iso(at))})`}</title>
    </path>
  `;
}

/** @param {number} time */
function iso(time) {
  return new Date(time).toISOString();
}
