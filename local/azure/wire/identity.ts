import { AzureError } from '../model/azure-error.ts';
import type { AzureModel } from '../model/azure-model.ts';
import { errorAnswer } from './exchange.ts';
import type { Front } from './front.ts';

/** The managed-identity endpoint that App Service gives to its apps, plain http as there. */
export function identityFront(model: AzureModel, identityHeader: string): Front {
  return {
    service: 'identity',
    guard: (request) => {
      if (request.header('x-identity-header') === identityHeader) return undefined;
      return errorAnswer(new AzureError(401, 'Unauthorized', 'X-IDENTITY-HEADER does not match.'));
    },
    routes: [
      {
        method: 'GET',
        path: /^\/msi\/token\/?$/,
        operation: 'getToken',
        effect: ({ url }) => {
          const resource = url.searchParams.get('resource') ?? '';
          const clientId = url.searchParams.get('client_id') ?? 'system-assigned';
          if (url.searchParams.get('api-version') !== '2019-08-01') {
            throw new AzureError(400, 'bad_request', 'The api-version must be 2019-08-01.');
          }
          const { token, expiresOn } = model.tokens.issue(resource, clientId);
          return {
            status: 200,
            body: {
              access_token: token,
              expires_on: String(expiresOn),
              resource,
              token_type: 'Bearer',
              client_id: clientId,
            },
          };
        },
      },
    ],
  };
}
