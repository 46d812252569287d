/** @import { Account, Brake, Caller, Hold } from './types.d.ts' */
import { ApiError, get, hasKey, setKey } from './api.js';
import { useCallback, useEffect, useRef, useState } from './preact.js';

const REFRESH_INTERVAL_MS = 5_000;
/** After an action people watch what comes of it. */
const HURRIED_INTERVAL_MS = 1_000;
const HURRY_MS = 15_000;
const WRONG_KEY = 'The service did not accept this function key.';

/** @typedef {{ accounts: readonly Account[], hold: Hold | null, brakes: readonly Brake[], caller: Caller, at: number }} Fleet */

/** Reads the fleet every few seconds, unless paused or out of sight. */
export function useFleet() {
  const [fleet, setFleet] = useState(/** @type {Fleet | null} */ (null));
  const [error, setError] = useState('');
  const [mustSignIn, setMustSignIn] = useState(
    /** @type {{ message: string | null } | null} */ (null),
  );
  const [isPaused, setPaused] = useState(false);
  const [isHurried, setHurried] = useState(false);
  const [refreshes, setRefreshes] = useState(0);
  const latest = useRef(0);

  const fail = useCallback((/** @type {unknown} */ failure) => {
    if (failure instanceof ApiError && failure.status === 401) {
      setMustSignIn({ message: hasKey() ? WRONG_KEY : null });
      setKey(null);
    } else {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  }, []);

  const refresh = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    try {
      const [{ accounts }, { hold }, { brakes }, caller] = await Promise.all([
        get('accounts'),
        get('hold'),
        get('brakes'),
        get('caller'),
      ]);
      // A slow answer must not overwrite a newer one.
      if (mine !== latest.current) return;
      setFleet({ accounts, hold, brakes, caller, at: Date.now() });
      setError('');
      setMustSignIn(null);
      setRefreshes((count) => count + 1);
    } catch (failure) {
      if (mine === latest.current) fail(failure);
    }
  }, []);

  useEffect(() => void refresh(), []);
  useEffect(() => {
    if (isPaused || mustSignIn) return;
    const interval = isHurried ? HURRIED_INTERVAL_MS : REFRESH_INTERVAL_MS;
    const timer = setInterval(() => !document.hidden && void refresh(), interval);
    return () => clearInterval(timer);
  }, [isPaused, mustSignIn, isHurried]);
  useEffect(() => {
    const timer = setTimeout(() => setHurried(false), HURRY_MS);
    return () => clearTimeout(timer);
  }, [isHurried]);
  const hurry = () => {
    setHurried(true);
    void refresh();
  };
  return { fleet, error, mustSignIn, isPaused, setPaused, refresh, hurry, fail, refreshes };
}
