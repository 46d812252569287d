import { expect, test } from 'vitest';
import { openApiDocument } from '../../shared/api/openapi.ts';

test('docs/openapi.json is what the service answers; `npm run docs` writes it', async () => {
  const document = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  await expect(document).toMatchFileSnapshot('../../docs/openapi.json');
});
