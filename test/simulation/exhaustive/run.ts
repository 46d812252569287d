import { bundleWorker } from '../bundle.ts';
import { spread } from '../pool.ts';
import { momentOf } from '../units.ts';
import { STATEMENTS, type Violation } from '../violations.ts';
import { COURSE_NAMES, type CourseName, type Fault, runCase } from './cases.ts';

/** A violation with the faults that led to it. */
export interface Finding extends Violation {
  readonly course: CourseName;
  readonly faults: readonly Fault[];
}

/** All cases of a course that begin with one fault. */
export interface Task {
  readonly course: CourseName;
  readonly first: Fault;
}

/** What came of them. */
export interface CasesResult extends Task {
  cases: number;
  readonly found: Finding[];
}

/** Lines of the timeline of the first violation. */
const LINES_SHOWN = 40;

/**
 * One rotation, and one end of key authentication, with every single fault, deaths of an instance among them, and with every pair of two.
 * Returns the process's exit code.
 */
export async function enumerate(options: {
  readonly every: number;
  readonly json?: true;
}): Promise<number> {
  const { every, json } = options;
  const singles = (await Promise.all(COURSE_NAMES.map(tasksOf))).flat();
  const worker = await bundleWorker(undefined, new URL('./worker.ts', import.meta.url));
  let done = 0;
  const results = await spread<Task, CasesResult>(singles, {
    script: worker.script,
    workerData: { every },
    onResult: () => {
      done += 1;
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${singles.length} first faults`);
    },
  });
  await worker.remove();
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const violations = results.flatMap(({ found }) => found);
  const cases = results.reduce((sum, each) => sum + each.cases, 0);
  const counts = { cases, singles: singles.length, pairs: cases - singles.length, every };
  console.log(json ? JSON.stringify({ ...counts, violations }) : await textOf(counts, violations));
  return violations.length === 0 ? 0 : 1;
}

async function tasksOf(course: CourseName): Promise<Task[]> {
  const { next } = await runCase(course, []);
  return next.map((first) => ({ course, first }));
}

async function textOf(counts: object, violations: readonly Finding[]): Promise<string> {
  const lines = Object.entries(counts).map(([name, count]) => `${name.padEnd(12)}${count}`);
  const [first] = violations;
  if (!first) return [...lines, '', 'No statement was violated.'].join('\n');
  const { trace } = await runCase(first.course, first.faults);
  const end = trace.findIndex((line) => line.includes('VIOLATION')) + 1;
  return [
    ...lines,
    '',
    ...violations.map(lineOf),
    '',
    ...trace.slice(Math.max(0, end - LINES_SHOWN), end),
  ].join('\n');
}

function lineOf({ at, statement, message, course, faults }: Finding): string {
  const how = faults.map(({ place, kind }) => `${kind}: ${place}`).join('; ');
  return `${momentOf(at)} ${message} (${STATEMENTS[statement]}) in ${course} after ${how}`;
}
