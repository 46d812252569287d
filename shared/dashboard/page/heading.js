import { useEffect, useRef } from './preact.js';

/**
 * For a page's heading: it gets the focus once its title is known, which also names the browser's tab.
 * @param {string | undefined} title
 */
export function useHeading(title) {
  const heading = useRef(/** @type {any} */ (null));
  useEffect(() => {
    if (title === undefined) return undefined;
    heading.current?.focus();
    const before = document.title;
    document.title = `${title} – ${before}`;
    return () => {
      document.title = before;
    };
  }, [title]);
  return heading;
}
