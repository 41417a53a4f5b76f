/** The words of a command line as a login shell would make them: quotes and backslashes, nothing else (no expansion). */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  const matcher = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([\s\S])|(\s+)|([^\s'"\\]+)/g;
  for (const [, single, double, escaped, space, plain] of line.matchAll(matcher)) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + (single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "");
  }
  return word === undefined ? words : [...words, word];
}

/** What runs in the end: `exec` and `sudo -n` before it are the way there. */
export function programWords(line: string): readonly string[] {
  let words = shellWords(line);
  if (words[0] === "exec") words = words.slice(1);
  return words[0] === "sudo" && words[1] === "-n" ? words.slice(2) : words;
}
