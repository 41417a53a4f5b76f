/**
 * On which line each key of a TOML document stands, so that an error in its meaning can name it (smol-toml tells lines only for
 * syntax errors). Expects a document that smol-toml has accepted; on anything else it ends early and tells what it saw until then.
 */

/** Path (`["pairs", "prod", "hosts", 1]`) as JSON -> line, counted from 1. */
export type TomlLines = ReadonlyMap<string, number>;
export type TomlPath = readonly (string | number)[];

export const pathKey = (path: TomlPath): string => JSON.stringify(path);

/** The line of the path, else of the nearest thing around it that has one; 1 where nothing has. */
export function lineOf(lines: TomlLines, path: TomlPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(pathKey(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}

/** Arrays and inline tables nested deeper than this aren't looked into. */
const DEPTH_MAX = 32;

export function tomlLines(text: string): TomlLines {
  const scanner = new Scanner(text);
  scanner.document();
  return scanner.lines;
}

class Scanner {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;
  /** `[[name]]` seen so far, by path. */
  readonly #tables = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table: TomlPath = [];
    for (this.#blank(); this.#at < this.#text.length; this.#blank()) {
      const start = this.#at;
      if (this.#peek("[[")) table = this.#header(2);
      else if (this.#peek("[")) table = this.#header(1);
      else this.#pair(table, 0);
      if (this.#at === start) return;
    }
  }

  #header(brackets: number): TomlPath {
    this.#at += brackets;
    const line = this.#line;
    const names = this.#key();
    this.#at += brackets;
    const path: (string | number)[] = [];
    names.forEach((name, index) => {
      path.push(name);
      const key = pathKey(path);
      const last = index === names.length - 1;
      if (brackets === 2 && last) this.#tables.set(key, (this.#tables.get(key) ?? -1) + 1);
      this.#note(path, line);
      const element = this.#tables.get(key);
      if (element !== undefined) {
        path.push(element);
        this.#note(path, line);
      }
    });
    return path;
  }

  #pair(table: TomlPath, depth: number): void {
    const line = this.#line;
    const names = this.#key();
    const path = [...table];
    for (const name of names) {
      path.push(name);
      this.#note(path, line);
    }
    if (!this.#peek("=")) return;
    this.#at += 1;
    this.#space();
    this.#value(path, depth);
  }

  #value(path: TomlPath, depth: number): void {
    const char = this.#text[this.#at];
    if (char === '"' || char === "'") this.#string();
    else if (char === "[" && depth < DEPTH_MAX) this.#array(path, depth + 1);
    else if (char === "{" && depth < DEPTH_MAX) this.#inlineTable(path, depth + 1);
    else this.#run(/[^,\]}#\r\n]*/y);
  }

  #array(path: TomlPath, depth: number): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#blank();
      if (this.#at >= this.#text.length || this.#take("]")) return;
      const start = this.#at;
      this.#note([...path, index], this.#line);
      this.#value([...path, index], depth);
      this.#blank();
      if (!this.#take(",") && this.#at === start) return;
    }
  }

  #inlineTable(path: TomlPath, depth: number): void {
    this.#at += 1;
    for (;;) {
      this.#blank();
      if (this.#at >= this.#text.length || this.#take("}")) return;
      const start = this.#at;
      this.#pair(path, depth);
      this.#blank();
      if (!this.#take(",") && this.#at === start) return;
    }
  }

  /** A key, dotted or not; ends before what follows it. */
  #key(): string[] {
    const names: string[] = [];
    for (;;) {
      this.#space();
      const char = this.#text[this.#at];
      if (char === '"' || char === "'") names.push(this.#string());
      else {
        const name = this.#run(/[A-Za-z0-9_-]+/y);
        if (name === "") return names;
        names.push(name);
      }
      this.#space();
      if (!this.#take(".")) return names;
    }
  }

  /** Any of the four kinds; gives what it says, with simple escapes undone. */
  #string(): string {
    const quote = this.#text[this.#at] ?? "";
    const triple = this.#peek(quote.repeat(3));
    const close = triple ? quote.repeat(3) : quote;
    this.#at += close.length;
    let said = "";
    while (this.#at < this.#text.length && !this.#peek(close)) {
      const char = this.#text[this.#at] ?? "";
      if (char === "\\" && quote === '"') {
        said += char;
        this.#step();
      }
      said += this.#text[this.#at] ?? "";
      this.#step();
    }
    this.#at += close.length;
    // A multi-line string may end with one or two quotes of its own before the closing three.
    while (triple && this.#peek(quote)) this.#at += 1;
    return quote === '"' ? unescaped(said) : said;
  }

  /** White space, ends of lines and comments. */
  #blank(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === "#") this.#run(/[^\n]*/y);
      else if (char !== undefined && " \t\r\n\ufeff".includes(char)) this.#step();
      else return;
    }
  }

  #space(): void {
    this.#run(/[ \t]*/y);
  }

  #run(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #step(): void {
    if (this.#text[this.#at] === "\n") this.#line += 1;
    this.#at += 1;
  }

  #peek(word: string): boolean {
    return this.#text.startsWith(word, this.#at);
  }

  #take(word: string): boolean {
    if (!this.#peek(word)) return false;
    this.#at += word.length;
    return true;
  }

  /** The first mention counts. */
  #note(path: TomlPath, line: number): void {
    const key = pathKey(path);
    if (!this.lines.has(key)) this.lines.set(key, line);
  }
}

function unescaped(said: string): string {
  try {
    const text: unknown = JSON.parse(`"${said}"`);
    return typeof text === "string" ? text : said;
  } catch {
    return said;
  }
}
