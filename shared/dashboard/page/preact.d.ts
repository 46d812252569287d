/**
 * What this page uses of `htm/preact/standalone`, which is served under this name and ships without
 * types of its own.
 */
export interface VNode {
  readonly type: unknown;
}
/** Anything that can stand between two tags. Text is always text: nothing is parsed as HTML. */
export type Child = VNode | string | number | null | undefined | false | readonly Child[];
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode;
export function render(node: VNode, parent: Element): void;
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((previous: T) => T)) => void];
export function useEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useRef<T>(initial: T): { current: T };
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends (...values: never[]) => unknown>(
  callback: T,
  inputs: readonly unknown[],
): T;
