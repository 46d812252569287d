import { AzureError } from '../model/azure-error.ts';
import type { AzureModel } from '../model/azure-model.ts';
import { parseCloudEvents } from '../model/cloud-event.ts';
import { bearerOf, errorAnswer, parseJson } from './exchange.ts';
import type { Front } from './front.ts';

const batchLimitBytes = 1024 * 1024;

/** An Event Grid custom topic that takes CloudEvents. */
export function topicFront(model: AzureModel): Front {
  return {
    service: 'eventgrid',
    guard: (request) => {
      if (model.tokens.isFor(bearerOf(request) ?? '', 'eventgrid')) return undefined;
      const message = 'The request carries no valid access token for this topic.';
      return errorAnswer(new AzureError(401, 'Unauthorized', message));
    },
    routes: [
      {
        method: 'POST',
        path: /^\/api\/events$/,
        operation: 'publishEvents',
        effect: ({ url, body }) => {
          if (!url.searchParams.get('api-version')) {
            throw new AzureError(400, 'BadRequest', 'The api-version query parameter is required.');
          }
          if (Buffer.byteLength(body) > batchLimitBytes) {
            throw new AzureError(413, 'RequestEntityTooLarge', 'A batch may have 1 MB at most.');
          }
          model.topic.accept(parseCloudEvents(parseJson(body)));
          return { status: 200 };
        },
      },
    ],
  };
}
