import { CommanderError } from 'commander';
import { programOf } from '../../ops/program.ts';

/** The arguments of every `npm run ops -- …` of a page, in blocks of code or in a sentence. */
export function opsCommandsOf(page: string): string[] {
  const found = page.matchAll(/npm run (?:-s )?ops -- ((?:\\\n|[^`\n])*)/g);
  return [...found].map(([, text = '']) => text.replace(/\\\n\s*/g, ' ').trim());
}

/** Why the command line does not take these arguments; undefined when it does. */
export async function refusalOf(command: string): Promise<string | undefined> {
  let carried = 0;
  const program = programOf(async () => {
    carried += 1;
  });
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  }
  try {
    await program.parseAsync(wordsOf(command), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
  return carried === 1 ? undefined : 'no command';
}

/** The words of a command as a shell makes them, up to a pipe, a redirection, a comment or its end. */
export function wordsOf(command: string): string[] {
  const words: string[] = [];
  const parts = command.matchAll(
    /(?<space>\s+)|(?<end>[|<>;)]|(?<![^\s])#)|"(?<quoted>[^"]*)"|(?<plain>[^\s|<>;)"])/g,
  );
  let word: string | undefined;
  for (const { groups = {} } of parts) {
    if (groups['end'] !== undefined) break;
    if (groups['space'] === undefined) word = `${word ?? ''}${groups['quoted'] ?? groups['plain']}`;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
