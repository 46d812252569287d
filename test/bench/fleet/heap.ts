import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive on the heap, in MB. */
export function liveHeapMb(): number {
  collectGarbage();
  return getHeapStatistics().used_heap_size / 1024 / 1024;
}
