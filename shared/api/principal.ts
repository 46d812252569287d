import * as z from 'zod';
import { Problem } from './problem.ts';

/** App roles of a principal that the platform authenticated. */
export const ROLES = {
  reader: 'Rotation.Reader',
  operator: 'Rotation.Operator',
  subscriber: 'Rotation.Subscriber',
} as const;

/** What an endpoint lets its callers do. */
export type Access = 'read' | 'readAccount' | 'operate' | 'acknowledge';

/** The roles of which one opens an endpoint. */
export const ROLES_FOR: Readonly<Record<Access, readonly string[]>> = {
  read: [ROLES.reader, ROLES.operator],
  readAccount: [ROLES.reader, ROLES.operator, ROLES.subscriber],
  operate: [ROLES.operator],
  acknowledge: [ROLES.subscriber, ROLES.operator],
};

/** Where the platform puts the principal; anyone can send it where the platform does not. */
export const PRINCIPAL_HEADER = 'x-ms-client-principal';

/** The actor of whoever came with nothing but a function key. */
const KEY_HOLDER = 'function key';

const LONGEST_NAME = 200;

const principalSchema = z.object({
  name_typ: z.string().nullish(),
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/** Where tokens carry roles and names, beside what the principal itself says. */
const ROLE_CLAIMS = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const NAME_CLAIMS = ['preferred_username', 'name', 'appid', 'azp', 'oid', 'sub'];

/**
 * Who calls, for the history. Without platform authentication that is the holder of a function key,
 * whatever the header says. With it, a principal with one of the roles that open the endpoint; throws
 * a `Problem` for any other.
 */
export function authorize(
  header: string | null,
  access: Access,
  platformAuth: boolean,
): { actor: string } {
  if (!platformAuth) return { actor: KEY_HOLDER };
  const roles = ROLES_FOR[access];
  const needed = `expected the role ${roles.join(' or ')}`;
  const principal = header === null ? undefined : parsePrincipal(header);
  if (!principal) {
    throw new Problem('forbidden', `${needed}, found no principal of the platform`, { roles });
  }
  if (principal.roles.some((role) => roles.includes(role))) return { actor: principal.name };
  const found = principal.roles.join(', ') || 'none';
  throw new Problem('forbidden', `${needed}, found ${found}`, { roles });
}

/** Who calls, for the history, and what they may do; nobody is refused. */
export function callerOf(
  header: string | null,
  platformAuth: boolean,
): { actor: string; signedIn: boolean; may: (access: Access) => boolean } {
  if (!platformAuth) return { actor: KEY_HOLDER, signedIn: false, may: () => true };
  const principal = header === null ? undefined : parsePrincipal(header);
  return {
    actor: principal?.name ?? 'nobody',
    signedIn: principal !== undefined,
    may: (access) => principal?.roles.some((role) => ROLES_FOR[access].includes(role)) ?? false,
  };
}

function parsePrincipal(header: string): { name: string; roles: string[] } | undefined {
  const parsed = principalSchema.safeParse(fromBase64Json(header));
  if (!parsed.success) return undefined;
  const { name_typ, role_typ, claims } = parsed.data;
  const roleTypes = [role_typ, ...ROLE_CLAIMS];
  const names = [name_typ, ...NAME_CLAIMS].map(
    (type) => claims.find(({ typ, val }) => typ === type && val !== '')?.val,
  );
  return {
    name: (names.find(Boolean) ?? 'a principal without a name').slice(0, LONGEST_NAME),
    roles: claims.filter(({ typ }) => roleTypes.includes(typ)).map(({ val }) => val),
  };
}

function fromBase64Json(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    return undefined;
  }
}
