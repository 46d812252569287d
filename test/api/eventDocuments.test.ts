import { expect, test } from 'vitest';
import { asyncApiDocument } from '../../shared/api/events/asyncapi.ts';
import { EVENT_CATALOG } from '../../shared/api/events/catalog.ts';
import { eventJsonSchema } from '../../shared/api/events/jsonSchema.ts';

const DOCS = '../../docs';

test.each(EVENT_CATALOG)(
  'the schema of $type in docs/events is what it is sent as; `npm run docs` writes it',
  async (entry) => {
    const document = `${JSON.stringify(eventJsonSchema(entry), null, 2)}\n`;
    await expect(document).toMatchFileSnapshot(`${DOCS}/events/${entry.type}.schema.json`);
  },
);

test('docs/asyncapi.json is of the same definitions; `npm run docs` writes it', async () => {
  const document = `${JSON.stringify(asyncApiDocument(), null, 2)}\n`;
  await expect(document).toMatchFileSnapshot(`${DOCS}/asyncapi.json`);
});
