/**
 * Loaded by `--import` into a process that has a simulated Azure of its own: holds the events that
 * its custom topic accepts to the published schemas, and says at its end what came of that.
 */
import { writeFileSync } from 'node:fs';
import { Topic } from '../../local/azure/model/topic.ts';
import { problemsOf } from '../contract/eventContract.ts';

/** What is written at the end of a process that accepted events. */
export interface EventReport {
  readonly accepted: number;
  /** Events that are not as published. */
  readonly problems: readonly string[];
}

/** The environment variable that names the file of the {@link EventReport}. */
export const REPORT_VARIABLE = 'EVENT_REPORT';

const file = process.env[REPORT_VARIABLE];
if (file) {
  const topics = new Set<Topic>();
  const { accept } = Topic.prototype;
  Topic.prototype.accept = function (events) {
    topics.add(this);
    accept.call(this, events);
  };
  process.once('exit', () => {
    const all = [...topics].flatMap((topic) => topic.accepted);
    // Those of Azure's own services go over topics of the system.
    const accepted = all.filter(({ event }) => !event.type.startsWith('Microsoft.'));
    if (accepted.length === 0) return;
    const report: EventReport = { accepted: accepted.length, problems: problemsOf({ accepted }) };
    writeFileSync(file, JSON.stringify(report));
  });
}
