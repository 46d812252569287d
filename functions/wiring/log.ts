import type { InvocationContext } from '@azure/functions';
import type { LogFunctions } from '../../shared/azure/telemetry/log.ts';

/** An invocation's log, as telemetry wants it. */
export function logOf(context: InvocationContext): LogFunctions {
  return {
    debug: (message, properties) => context.debug(message, properties),
    info: (message, properties) => context.log(message, properties),
    warn: (message, properties) => context.warn(message, properties),
    error: (message, properties) => context.error(message, properties),
  };
}
