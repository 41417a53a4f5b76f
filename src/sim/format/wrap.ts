/** drbdsetup's wrap_printf (drbdsetup.c): words flow to 80 columns, continued under an indent. */
const COLUMNS = 80;

/** The first word stands at its indent; the others follow after a blank, or on a new line four columns further in. */
export function wrapped(indent: number, words: readonly string[], continued: number = indent + 4): string {
  let text = "";
  let column = 0;
  for (const word of words) {
    if (column === 0) {
      text += " ".repeat(indent) + word;
      column = indent + word.length;
    } else if (column + 1 + word.length > COLUMNS) {
      text += `\n${" ".repeat(continued)}${word}`;
      column = continued + word.length;
    } else {
      text += ` ${word}`;
      column += 1 + word.length;
    }
  }
  return `${text}\n`;
}
