/** What shells expect of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How often it is looked whether npm, which does not pass every signal on, is still there. */
const PARENT_CHECK_MS = 500;

/**
 * Aborted by the first signal, so that the process can end in order; the second ends it at once. It is
 * aborted, too, when npm has ended or nobody reads any more what is printed, as after `| head`.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => controller.abort());
  }
  const parent = process.ppid;
  const orphaned = () => process.env['npm_lifecycle_event'] && process.ppid !== parent;
  setInterval(() => {
    if (orphaned()) controller.abort();
  }, PARENT_CHECK_MS).unref();
  return controller.signal;
}
