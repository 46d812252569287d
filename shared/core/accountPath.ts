/** `{sub}/{rg}/{name}` of a resource id: how the HTTP API and the events' `source` name an account. */
export function accountPath(accountId: string): string {
  const [, , sub = '', , rg = '', , , , name = ''] = accountId.split('/');
  return [sub, rg, name].map(encodeURIComponent).join('/');
}
