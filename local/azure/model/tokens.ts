import { createHmac } from 'node:crypto';
import { AzureError } from './azure-error.ts';
import type { Random } from './random.ts';
import type { Clock } from './time.ts';

/** The resources that the simulated Entra ID issues access tokens for. */
export const audiences = {
  arm: 'https://management.azure.com',
  vault: 'https://vault.azure.net',
  eventgrid: 'https://eventgrid.azure.net',
  storage: 'https://storage.azure.com',
  data: 'https://cognitiveservices.azure.com',
  monitor: 'https://monitor.azure.com',
} as const;

const entraLifetimeMs = 24 * 60 * 60_000;
const issuedLifetimeMs = 10 * 60_000;

export interface AccessToken {
  readonly token: string;
  /** Epoch seconds. */
  readonly expiresOn: number;
}

interface Claims {
  readonly aud: string;
  readonly sub: string;
  /** Epoch seconds. */
  readonly exp: number;
}

/**
 * Issues and checks signed tokens: those of Entra ID, one audience each, and those that an account
 * issues for a key. The latter live ten minutes whatever becomes of the key.
 */
export class Tokens {
  readonly tenant: string;
  readonly #clock: Clock;
  readonly #secret: string;

  constructor(clock: Clock, random: Random, tenant: string) {
    this.#clock = clock;
    this.#secret = random.hex(64);
    this.tenant = tenant;
  }

  /** An Entra token for a resource; a trailing slash makes no difference. */
  issue(resource: string, subject = 'managed-identity'): AccessToken {
    const audience = resource.replace(/\/$/, '');
    if (!Object.values<string>(audiences).includes(audience)) {
      throw new AzureError(400, 'invalid_resource', `The resource ${resource} is not known.`);
    }
    return this.#sign(audience, subject, entraLifetimeMs);
  }

  issueForAccount(accountId: string): AccessToken {
    return this.#sign(accountAudience(accountId), 'key', issuedLifetimeMs);
  }

  /** Whether a token is genuine, alive and meant for this service. */
  isFor(token: string, service: keyof typeof audiences): boolean {
    return this.#claims(token)?.aud === audiences[service];
  }

  /** Whom a genuine token was issued to; undefined for any other. */
  subjectOf(token: string): string | undefined {
    return this.#claims(token)?.sub;
  }

  isForAccount(token: string, accountId: string): boolean {
    return this.#claims(token)?.aud === accountAudience(accountId);
  }

  #sign(aud: string, sub: string, lifetimeMs: number): AccessToken {
    const exp = Math.floor((this.#clock.now() + lifetimeMs) / 1000);
    const claims: Claims = { aud, sub, exp };
    const content = [
      { alg: 'HS256', typ: 'JWT' },
      { ...claims, tid: this.tenant },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return { token: `${content}.${this.#signature(content)}`, expiresOn: exp };
  }

  #claims(token: string): Claims | undefined {
    const [header, payload, signature] = token.split('.');
    if (!payload || signature !== this.#signature(`${header}.${payload}`)) return undefined;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    return claims.exp * 1000 > this.#clock.now() ? claims : undefined;
  }

  #signature(content: string): string {
    return createHmac('sha256', this.#secret).update(content).digest('base64url');
  }
}

function accountAudience(accountId: string): string {
  return `account:${accountId.toLowerCase()}`;
}
