import { openApiDocument } from '../shared/api/openapi.ts';
import { endpoint } from './wiring/endpoint.ts';

let document: string | undefined;

endpoint('openapi', async () => {
  document ??= JSON.stringify(openApiDocument());
  return {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
    body: document,
  };
});
