import { fileURLToPath } from 'node:url';
import type { AppCommand } from './appProcess.ts';

/** Debian's own interpreter is the one that sees the package python3-azure. */
export const pythonApp: AppCommand = {
  command: process.env['PYTHON'] ?? '/usr/bin/python3',
  args: ['-B', fileURLToPath(new URL('../../examples/python/app.py', import.meta.url))],
};
