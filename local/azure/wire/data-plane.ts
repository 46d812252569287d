import type { AzureModel } from '../model/azure-model.ts';
import type { DataPlaneCaller, DataPlaneOperation } from '../model/data-plane.ts';
import { chatAnswer, languageResults, modelList, translations } from './data-plane-answers.ts';
import {
  bearerOf,
  parseJson,
  parseJsonObject,
  type WireAnswer,
  type WireRequest,
} from './exchange.ts';
import type { Front, Route } from './front.ts';

/**
 * The AI services of all accounts on one port; the first path segment stands for the account's host
 * name: `https://127.0.0.1:{port}/{host}/`. The SDKs append their paths to the endpoint, so it does
 * not matter to them that the account is in the path and not in the host name.
 */
export function dataPlaneFront(model: AzureModel): Front {
  const route = (
    method: string,
    path: RegExp,
    operation: DataPlaneOperation,
    answer: (request: WireRequest) => unknown,
  ): Route => ({
    method,
    // The SDKs put their paths behind the endpoint's own slash: two slashes are as good as one.
    path: new RegExp(`^/(?<name>[^/]+)/+${path.source}$`, 'i'),
    operation,
    effect: (request, { name = '' }) => {
      model.dataPlane.enter(name, operation, callerOf(request));
      return { status: 200, body: answer(request) };
    },
  });
  return {
    service: 'data',
    routes: [
      route('POST', /text\/analytics\/v3\.1\/languages/, 'detectLanguage', ({ body }) =>
        languageResults(parseJsonObject(body)),
      ),
      route('POST', /language\/:analyze-text/, 'analyzeText', ({ body }) => ({
        kind: 'LanguageDetectionResults',
        results: languageResults(parseJsonObject(body)['analysisInput']),
      })),
      route('POST', /(translator\/text\/v3\.0\/)?translate/, 'translate', ({ body, url }) =>
        translations(parseJson(body), url.searchParams.getAll('to')),
      ),
      route('GET', /openai\/models/, 'listModels', modelList),
      route('POST', /openai\/deployments\/[^/]+\/chat\/completions/, 'chatCompletions', chatAnswer),
      issueTokenRoute(model),
    ],
  };
}

function issueTokenRoute(model: AzureModel): Route {
  return {
    method: 'POST',
    path: /^\/(?<name>[^/]+)\/+sts\/v1\.0\/issuetoken$/i,
    operation: 'issueToken',
    effect: (request, { name = '' }): WireAnswer => {
      const account = model.dataPlane.enter(name, 'issueToken', callerOf(request));
      return { status: 200, body: model.dataPlane.issueToken(account).token };
    },
  };
}

function callerOf(request: WireRequest): DataPlaneCaller {
  const key = request.header('ocp-apim-subscription-key') ?? request.header('api-key');
  const bearer = bearerOf(request);
  const region = request.header('ocp-apim-subscription-region');
  return {
    ...(key !== undefined && { key }),
    ...(bearer !== undefined && { bearer }),
    ...(region !== undefined && { region }),
    address: request.address,
  };
}
