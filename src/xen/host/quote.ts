/** One word for a POSIX shell. Source: POSIX XCU 2.2.2, within single quotes nothing is special. */
export const quoteWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** A command line that gives a program exactly these words. A NUL can't be told to any program: what follows it in its word is left out by the host. */
export const quoteArgv = (argv: readonly string[]): string => argv.map(quoteWord).join(" ");
