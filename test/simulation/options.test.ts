import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readOptions, USAGE_ERROR } from './options.ts';

const BUG = 'the stale key goes an hour early';

describe('what may be asked of the simulation', () => {
  beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true));
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['--exhaustive --seeds 5 --days 3 --from 7', '--exhaustive is one rotation: leave --seeds out'],
    ['--exhaustive --from 7', '--exhaustive is one rotation: leave --from out'],
    ['--exhaustive --days 3', '--exhaustive is one rotation: leave --days out'],
    ['--exhaustive --seed 3', '--exhaustive is one rotation: leave --seed out'],
    ['--seed 1 --from 4', '--seed is one world: leave --from out'],
    ['--seed 1 --seeds 4', '--seed is one world: leave --seeds out'],
    ['--planted --seed 1', '--planted with --seed needs the name of a bug'],
    ['--planted --exhaustive', '--planted and --exhaustive are two things'],
    ['--every 3', '--every needs --exhaustive'],
    ['--left-alone', '--left-alone needs --planner'],
    ['--trace', '--trace needs --seed'],
    ['--seed 1 --trace --json', '--trace is text: leave --json out'],
    ['--seeds none', 'expected a whole number from 1'],
  ])('%s makes no sense', (line, problem) => {
    expect(() => readOptions(line.split(' '))).toThrow(problem);
  });

  it('a planted bug has to be one', () => {
    expect(() => readOptions(['--planted', 'a bug'])).toThrow('expected the name of a bug');
  });

  it.each([
    [[], { seeds: 100, days: 365, from: 1 }],
    [['--planted'], { planted: true, seeds: 200, days: 120 }],
    [['--planted', '--json'], { planted: true, json: true }],
    [['--planted', BUG, '--seed', '4'], { planted: BUG, seed: 4, days: 120 }],
    [['--exhaustive', '--every', '9'], { exhaustive: true, every: 9 }],
    [['--planner', 'all', '--seed', '4', '--trace'], { planner: 'all', seed: 4, trace: true }],
  ])('%j does', (args, options) => {
    expect(readOptions(args)).toMatchObject(options);
  });
});

it('a command line that makes no sense is told from a violation by its exit code', () => {
  const program = new URL('./main.ts', import.meta.url).pathname;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', program, '--seed', '1', '--from', '4'],
    { encoding: 'utf8' },
  );
  expect(stderr).toContain('leave --from out');
  expect(status).toBe(USAGE_ERROR);
});
