import type { InvocationContext } from '@azure/functions';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { logOf } from './log.ts';

/**
 * The service behind all functions. It and the Azure SDKs are most of the app: they are read when the
 * first invocation asks for them, so that an instance has its functions registered sooner.
 */
export function loadService() {
  return import('../../shared/azure/service.ts');
}

/** What an invocation works with. Rejects with `SettingsInvalid`. */
export async function dependenciesOf(context: InvocationContext): Promise<Dependencies> {
  const { dependenciesFor } = await loadService();
  return dependenciesFor(logOf(context));
}
