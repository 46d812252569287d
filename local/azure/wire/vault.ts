import type { AzureModel } from '../model/azure-model.ts';
import type { ThrottleKind } from '../model/throttles.ts';
import { audiences } from '../model/tokens.ts';
import type { Vault } from '../model/vault.ts';
import { bearerOf, parseJsonObject, type WireAnswer, type WireRequest } from './exchange.ts';
import type { Front, Route } from './front.ts';
import { page } from './pages.ts';
import type { SystemEvents } from './system-events.ts';
import { bundleJson, deletedJson, itemJson, propertiesFromJson } from './vault-json.ts';

const maxPageSize = 25;

/** A key vault's secrets. Every vault has a port of its own, as the SDK takes the host for the vault. */
export function vaultFront(model: AzureModel, vault: Vault, events: SystemEvents): Front {
  return {
    service: 'vault',
    routes: [...secretRoutes(vault, events), ...deletedRoutes(vault)],
    guard: (request) => challenge(model, request),
  };
}

function secretRoutes(vault: Vault, events: SystemEvents): Route[] {
  const calls = drawFrom(vault, 'vaultCall');
  return [
    {
      method: 'GET',
      path: /^\/secrets\/(?<name>[^/]+)\/versions$/,
      operation: 'listSecretVersions',
      throttles: calls,
      effect: ({ url }, { name = '' }) => {
        const size = Math.min(
          maxPageSize,
          Number(url.searchParams.get('maxresults') ?? maxPageSize),
        );
        const { value, nextLink = null } = page(vault.versions(name), url, '$skiptoken', size);
        const items = value.map((version) => itemJson(vault, version));
        return { status: 200, body: { value: items, nextLink } };
      },
    },
    {
      method: 'GET',
      path: /^\/secrets\/(?<name>[^/]+)(\/(?<version>[^/]*))?$/,
      operation: 'getSecret',
      throttles: calls,
      effect: (_request, { name = '', version }, { stale }) =>
        ok(bundleJson(vault, vault.get(name, version, { stale }))),
    },
    {
      method: 'PUT',
      path: /^\/secrets\/(?<name>[^/]+)\/?$/,
      operation: 'setSecret',
      throttles: drawFrom(vault, 'vaultCall', 'vaultCreation'),
      effect: ({ body }, { name = '' }) => {
        const { value, ...rest } = parseJsonObject(body);
        const version = vault.set(name, value, propertiesFromJson(rest));
        events.secretSet(vault, version);
        return ok(bundleJson(vault, version));
      },
    },
    {
      method: 'PATCH',
      path: /^\/secrets\/(?<name>[^/]+)(\/(?<version>[^/]*))?$/,
      operation: 'updateSecret',
      throttles: calls,
      effect: ({ body }, { name = '', version }) => {
        const changes = propertiesFromJson(parseJsonObject(body));
        return ok(itemJson(vault, vault.update(name, version, changes)));
      },
    },
    {
      method: 'DELETE',
      path: /^\/secrets\/(?<name>[^/]+)\/?$/,
      operation: 'deleteSecret',
      throttles: calls,
      effect: (_request, { name = '' }) => ok(deletedJson(vault, vault.delete(name))),
    },
  ];
}

function deletedRoutes(vault: Vault): Route[] {
  const calls = drawFrom(vault, 'vaultCall');
  return [
    {
      method: 'GET',
      path: /^\/deletedsecrets\/(?<name>[^/]+)\/?$/,
      operation: 'getDeletedSecret',
      throttles: calls,
      effect: (_request, { name = '' }) => ok(deletedJson(vault, vault.getDeleted(name))),
    },
    {
      method: 'POST',
      path: /^\/deletedsecrets\/(?<name>[^/]+)\/recover$/,
      operation: 'recoverDeletedSecret',
      throttles: calls,
      effect: (_request, { name = '' }) => ok(itemJson(vault, vault.recover(name))),
    },
    {
      method: 'DELETE',
      path: /^\/deletedsecrets\/(?<name>[^/]+)\/?$/,
      operation: 'purgeDeletedSecret',
      throttles: calls,
      effect: (_request, { name = '' }) => {
        vault.purge(name);
        return { status: 204 };
      },
    },
  ];
}

/** Clients learn from this where to get a token: their first request comes without one. */
function challenge(model: AzureModel, request: WireRequest): WireAnswer | undefined {
  if (model.tokens.isFor(bearerOf(request) ?? '', 'vault')) return undefined;
  const authority = `https://login.windows.net/${model.tokens.tenant}`;
  return {
    status: 401,
    headers: {
      'www-authenticate': `Bearer authorization="${authority}", resource="${audiences.vault}"`,
    },
    body: {
      error: { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer token.' },
    },
  };
}

function ok(body: unknown): WireAnswer {
  return { status: 200, body };
}

function drawFrom(vault: Vault, ...kinds: ThrottleKind[]): NonNullable<Route['throttles']> {
  return () => kinds.map((kind) => ({ kind, scope: vault.name }));
}
