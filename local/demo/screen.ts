import { createLogUpdate } from 'log-update';
import type { LoggedStep } from './hostLog.ts';
import type { Row } from './rows.ts';
import { accountsTable, stepLine } from './tables.ts';

/** Where a run shows itself while it goes on. */
export interface Screen {
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
  const steps: string[] = [];
  return {
    print(text) {
      update.clear();
      output.write(`${text}\n`);
    },
    step(step) {
      steps.push(stepLine(step).slice(0, Math.max(40, output.columns)));
      steps.splice(0, steps.length - STEPS_SHOWN);
    },
    show: (rows) => update(`\n${accountsTable(rows)}\n\n${steps.join('\n')}\n`),
    close: () => update.done(),
  };
}

function plainScreen(output: NodeJS.WriteStream): Screen {
  let shownAt = 0;
  const print = (text: string) => output.write(`${text}\n`);
  return {
    print,
    step: (step) => print(stepLine(step)),
    show(rows) {
      if (Date.now() - shownAt < PLAIN_TABLE_INTERVAL_MS) return;
      shownAt = Date.now();
      print(accountsTable(rows));
    },
    close: () => {},
  };
}
