import { createLogUpdate } from 'log-update';
import { type Display, displayOf, fitLines } from './display.ts';
import type { LoggedStep } from './hostLog.ts';
import type { Row } from './rows.ts';
import { accountsLegend, accountsTable, stepLine } from './tables.ts';

/** Where a run shows itself while it goes on. */
export interface Screen {
  /** As it is now: a window may be made larger or smaller at any time. */
  readonly display: Display;
  /** Printed once, and left standing. */
  print(text: string): void;
  step(step: LoggedStep): void;
  show(rows: readonly Row[]): void;
  /** Leaves the last state standing. */
  close(): void;
}

const STEPS_SHOWN = 12;
/** How often the table is printed where lines cannot be taken back. */
const PLAIN_TABLE_INTERVAL_MS = 15_000;

/** A view that renews itself on a terminal, plain lines elsewhere. */
export function openScreen(output: NodeJS.WriteStream): Screen {
  return output.isTTY ? liveScreen(output) : plainScreen(output);
}

function liveScreen(output: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(output);
  const printed: string[] = [];
  const steps: LoggedStep[] = [];
  let rows: readonly Row[] = [];
  const text = () => (rows.length > 0 ? frame(rows, steps, displayOf(output)) : '');
  const draw = () => {
    if (rows.length > 0) update(text());
  };
  /** Terminals differ in what a change of width makes of what stands there: all is drawn anew. */
  const redraw = () => {
    update.done();
    output.cursorTo(0, 0);
    output.clearScreenDown();
    const display = displayOf(output);
    const room = display.rows - text().split('\n').length;
    for (const line of lastLines(printed, room, display.columns)) output.write(`${line}\n`);
    draw();
  };
  output.on('resize', redraw);
  return {
    get display() {
      return displayOf(output);
    },
    print(text) {
      printed.push(...text.split('\n'));
      update.clear();
      output.write(`${text}\n`);
    },
    step(step) {
      steps.push(step);
      steps.splice(0, steps.length - STEPS_SHOWN);
    },
    show(newRows) {
      rows = newRows;
      draw();
    },
    close() {
      output.off('resize', redraw);
      update.done();
    },
  };
}

/** What renews itself: no line wider, and no more lines, than the display. */
export function frame(
  rows: readonly Row[],
  steps: readonly LoggedStep[],
  display: Display,
): string {
  const above = `\n${accountsTable(rows, display)}\n${accountsLegend(rows, display)}\n`;
  // One more for the cursor, which waits below.
  const room = Math.max(0, display.rows - above.split('\n').length - 1);
  const shown = steps.slice(Math.max(0, steps.length - room));
  const lines = [above, ...shown.map((step) => stepLine(step, display))];
  return fitLines(`${lines.join('\n')}\n`, display);
}

/** As many of the last lines as fit into `room` lines of a screen, where long ones take several. */
function lastLines(lines: readonly string[], room: number, columns: number): readonly string[] {
  let used = 0;
  const tooMuch = lines.findLastIndex((line) => {
    used += Math.max(1, Math.ceil(line.length / columns));
    return used > room;
  });
  return lines.slice(tooMuch + 1);
}

function plainScreen(output: NodeJS.WriteStream): Screen {
  const display = displayOf(output);
  const print = (text: string) => output.write(`${text}\n`);
  let shownAt = 0;
  return {
    display,
    print,
    step: (step) => print(stepLine(step, display)),
    show(rows) {
      if (Date.now() - shownAt < PLAIN_TABLE_INTERVAL_MS) return;
      shownAt = Date.now();
      print(`\n${accountsTable(rows, display)}\n${accountsLegend(rows, display)}\n`);
    },
    close: () => {},
  };
}
