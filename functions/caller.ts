import { callerOf, PRINCIPAL_HEADER } from '../shared/api/principal.ts';
import { endpoint } from './wiring/endpoint.ts';
import { loadService } from './wiring/service.ts';

endpoint('caller', async ({ request, dependencies }) => {
  const { trustsPlatform } = await loadService();
  const { actor, signedIn, may } = callerOf(
    request.headers.get(PRINCIPAL_HEADER),
    trustsPlatform(),
  );
  const mayOperate = may('operate');
  const mayEndKeys = mayOperate && dependencies.deployment.allowKeyless;
  return { jsonBody: { actor, signedIn, mayRead: may('read'), mayOperate, mayEndKeys } };
});
