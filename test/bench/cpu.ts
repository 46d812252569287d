import { readFile } from 'node:fs/promises';

/** Of every Linux that Node.js runs on: what /proc counts in. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process has used, in user and kernel mode. Linux only. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}
