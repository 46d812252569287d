import { HostError } from './hostError.ts';

const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/;

/** Reads .NET's `[days.]hours:minutes:seconds`, the way host.json writes durations. */
export function timeSpanMs(text: string, where: string): number {
  const match = TIME_SPAN.exec(text);
  if (!match) {
    throw new HostError(`${where}: expected [days.]hh:mm:ss, such as 00:10:00, got "${text}".`);
  }
  const [, days = '0', hours, minutes, seconds] = match;
  const wholeHours = Number(days) * 24 + Number(hours);
  return ((wholeHours * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
