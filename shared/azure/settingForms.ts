import * as z from 'zod';
import { parseDuration } from '../core/duration.ts';

/** Text that matches `pattern`. */
export function matching(pattern: RegExp) {
  return z.string().regex(pattern);
}

/** Text to which `parse` gives a value; undefined means that it does not have the form. */
export function parsed<T>(parse: (text: string) => T | undefined) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue('invalid');
    return z.NEVER;
  });
}

/** Comma-separated items, each once, in their order; blanks are skipped. */
export function listOf<T>(parse: (text: string) => T | undefined) {
  return parsed((text): T[] | undefined => {
    const items = text.split(',').map((item) => item.trim());
    const values = items.filter(Boolean).map(parse);
    return values.includes(undefined) ? undefined : [...new Set(values as T[])];
  });
}

/** A URL that carries nothing but an address. */
function plainUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = !url.username && !url.password && !url.search && !url.hash;
  return isPlain ? url : undefined;
}

function httpsUrl(text: string): URL | undefined {
  const url = plainUrl(text);
  return url?.protocol === 'https:' ? url : undefined;
}

/** A vault's URL without trailing slash. */
export function vaultUrl(text: string): string | undefined {
  const url = httpsUrl(text);
  return url?.pathname === '/' ? url.origin : undefined;
}

/** An https URL without query and trailing slash. */
export function endpoint(text: string): string | undefined {
  return httpsUrl(text)?.href.replace(/\/+$/, '');
}

/**
 * A connection string of Application Insights: what it sends to has to be named by https URLs, as the package that
 * sends takes anything and fails in silence.
 */
export function telemetryConnection(text: string): string | undefined {
  const parts = new Map(
    text.split(';').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  const endpoints = ['ingestionendpoint', 'liveendpoint'].flatMap((name) => parts.get(name) ?? []);
  const isWhole = guid(parts.get('instrumentationkey') ?? '') && endpoints.every(endpoint);
  return isWhole ? text : undefined;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a URL's host is this machine, where nobody can listen in. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname);
}

/** An endpoint; plain http is let through on loopback, where a local Functions host listens. */
export function apiUrl(text: string): string | undefined {
  const url = plainUrl(text);
  const isAllowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  return isAllowed ? url.href.replace(/\/+$/, '') : undefined;
}

/** A GUID, lower-cased. */
export function guid(text: string): string | undefined {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined;
}

/** An ISO 8601 duration in ms, at least `leastMs`. */
export function durationMs(text: string, leastMs: number): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs ? ms : undefined;
}

/** A whole number of at least 1. */
export function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
