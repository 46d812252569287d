import * as z from 'zod';
import { AzureError } from '../model/azure-error.ts';
import type { AzureModel } from '../model/azure-model.ts';
import { bearerOf, errorAnswer, parseJson } from './exchange.ts';
import type { Front } from './front.ts';

const envelopes = z
  .array(
    z.object({
      name: z.string(),
      time: z.iso.datetime(),
      iKey: z.string(),
      tags: z.record(z.string(), z.string()).default({}),
      data: z.object({ baseType: z.string(), baseData: z.record(z.string(), z.unknown()) }),
    }),
  )
  .min(1);

/** Application Insights' ingestion endpoint, with local authentication off: Entra tokens only. */
export function ingestionFront(model: AzureModel): Front {
  return {
    service: 'monitor',
    guard: (request) => {
      if (model.tokens.isFor(bearerOf(request) ?? '', 'monitor')) return undefined;
      const message = 'The request carries no valid access token for ingestion.';
      return errorAnswer(new AzureError(401, 'Unauthorized', message));
    },
    routes: [
      {
        method: 'POST',
        path: /^\/v2\.1\/track$/,
        operation: 'track',
        effect: ({ body }) => {
          const sent = envelopes.safeParse(parseJson(body));
          const isOurs = sent.data?.every(
            ({ iKey }) => iKey === model.ingestion.instrumentationKey,
          );
          if (!sent.success || !isOurs) {
            throw new AzureError(400, 'BadRequest', 'Not envelopes for this component.');
          }
          model.ingestion.accept(sent.data);
          const count = sent.data.length;
          return { status: 200, body: { itemsReceived: count, itemsAccepted: count, errors: [] } };
        },
      },
    ],
  };
}
