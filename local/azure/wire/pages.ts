/** One page of a list that is held whole: `skip` items in, at most `size` long. */
export function page<T>(
  items: readonly T[],
  url: URL,
  skipParameter: string,
  size: number,
): { value: readonly T[]; nextLink?: string } {
  const skip = Number(url.searchParams.get(skipParameter) ?? 0);
  const value = items.slice(skip, skip + size);
  if (skip + size >= items.length) return { value };
  const next = new URL(url);
  next.searchParams.set(skipParameter, String(skip + size));
  return { value, nextLink: next.href };
}
