/** A step that the service says it took, or a problem that it met. */
export interface LoggedStep {
  /** `HH:MM:SS`, UTC. */
  readonly time: string;
  readonly account: string;
  readonly reason: string;
  readonly message: string;
  readonly level: 'information' | 'warning' | 'error';
}

/** Reads a line of the host's JSON log; undefined when it is not about a step or a problem. */
export function parseHostLine(line: string): LoggedStep | undefined {
  const entry = parseJson(line);
  if (!entry || typeof entry['message'] !== 'string') return undefined;
  // The service's sentence ends where the properties begin, which the host prints after it.
  const sentence = entry['message'].split(/ \{\s/)[0] ?? '';
  const match = /^(?:step|problem) (\w+)(?: \/\S*\/([^\s/:]+))?: (.*)$/s.exec(sentence);
  if (!match) return failureOf(entry);
  const [, reason = '', account = '', message = ''] = match;
  return { time: timeOf(entry), account, reason, message, level: levelOf(entry) };
}

/** What the host itself complains of, e.g. a function that threw. */
function failureOf(entry: Record<string, unknown>): LoggedStep | undefined {
  const level = levelOf(entry);
  if (level !== 'error') return undefined;
  const account = String(entry['functionName'] ?? 'host');
  const message = String(entry['message']).replaceAll(/\s+/g, ' ').slice(0, 300);
  return { time: timeOf(entry), account, reason: 'HostError', message, level };
}

function parseJson(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function timeOf(entry: Record<string, unknown>): string {
  return String(entry['time']).slice(11, 19);
}

function levelOf(entry: Record<string, unknown>): LoggedStep['level'] {
  const level = entry['level'];
  if (level === 'warning') return level;
  return level === 'error' || level === 'critical' ? 'error' : 'information';
}
