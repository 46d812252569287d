import { onTestFinished } from 'vitest';
import type { HostProcess } from '../../local/host/spawn.ts';

/** A host among several, by what it has said since it was added. */
export interface Instance {
  readonly host: HostProcess;
  readonly messages: readonly string[];
  /** When its timer fired last, on the test's own clock; 0: never. */
  readonly tickedAt: number;
  /** How many passes have taken a step and not ended. */
  readonly openPasses: number;
  /** Resolves as soon as their number is as wanted. */
  untilOpen(isWanted: (passes: number) => boolean): Promise<void>;
}

interface Line {
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Listens to a host from now on, and has it gone with the test, frozen or not. */
export function instanceOf(host: HostProcess): Instance {
  const messages: string[] = [];
  const open = new Set<string>();
  let tickedAt = 0;
  host.onLine((text) => {
    const { message, functionName, invocationId = '' } = lineOf(text);
    messages.push(message);
    if (message.startsWith('tick:')) tickedAt = performance.now();
    if (functionName !== 'pass' && functionName !== 'passAsked') return;
    if (message.startsWith('step ')) open.add(invocationId);
    if (message.startsWith('pass ')) open.delete(invocationId);
  });
  onTestFinished(() => host.kill('SIGKILL'));
  return {
    host,
    messages,
    get tickedAt() {
      return tickedAt;
    },
    get openPasses() {
      return open.size;
    },
    untilOpen: (isWanted) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isWanted(open.size)) return;
          stop();
          resolve();
        };
        const stop = host.onLine(look);
        look();
      }),
  };
}

function lineOf(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { message: text };
  }
}
