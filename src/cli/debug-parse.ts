/** `xenha-tui debug parse READING [FILE]`: what a reading's raw output is understood as, as JSON. For bug reports and new tool versions. */
import { type ReadingId, readingIds, readings } from "../xen/read/index.ts";
import type { Reading } from "../xen/read/reading.ts";

export const debugParseUsage = `usage: xenha-tui debug parse READING [FILE] [--rc N]
       xenha-tui debug parse --list
Without FILE the output is read from standard input. --rc: the exit status that the command had (0).
`;
/** Exit codes. Failed: the reading says that it can't be understood, or was told a failure. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

export interface DebugParseIo {
  readonly stdin: () => Promise<string>;
  readonly readFile: (path: string) => Promise<string>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface Wanted {
  readonly list: boolean;
  readonly rc: number;
  readonly words: readonly string[];
}

/** The words and switches, or one sentence on what is wrong with them. */
function wanted(args: readonly string[]): Wanted | string {
  const words: string[] = [];
  let list = false;
  let rc = 0;
  let rcNext = false;
  for (const arg of args) {
    if (rcNext || arg.startsWith("--rc=")) {
      const value = rcNext ? arg : arg.slice("--rc=".length);
      if (!/^\d{1,3}$/.test(value) || Number(value) > 255) return `--rc wants an exit status from 0 to 255, not ${JSON.stringify(value)}`;
      rc = Number(value);
      rcNext = false;
    } else if (arg === "--rc") rcNext = true;
    else if (arg === "--list") list = true;
    else if (arg.startsWith("-") && arg !== "-") return `unknown option ${JSON.stringify(arg)}`;
    else words.push(arg);
  }
  if (rcNext) return "--rc wants an exit status from 0 to 255";
  return { list, rc, words };
}

const contract = (id: ReadingId): Reading<unknown> => readings[id];
const isReading = (word: string): word is ReadingId => (readingIds as readonly string[]).includes(word);

function listing(): string {
  const rows = readingIds.map((id) => {
    const { title, source, cadence_s } = contract(id);
    return { id, title, source, cadence: cadence_s === 0 ? "once" : `${cadence_s} s` };
  });
  const width = (of: (row: (typeof rows)[number]) => string): number => Math.max(...rows.map((row) => of(row).length));
  const [ids, cadences, titles] = [width(({ id }) => id), width(({ cadence }) => cadence), width(({ title }) => title)];
  const line = (row: (typeof rows)[number]) =>
    `${row.id.padEnd(ids)}  ${row.cadence.padStart(cadences)}  ${row.title.padEnd(titles)}  ${row.source}`;
  return `${[...rows]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(line)
    .join("\n")}\n`;
}

/** Maps as objects, sets as lists; everything else as JSON has it. undefined stays visible as null: "not told" is an answer. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value === undefined ? null : value;
}

async function content(file: string | undefined, io: DebugParseIo): Promise<{ text: string } | { error: string }> {
  try {
    return { text: file === undefined || file === "-" ? await io.stdin() : await io.readFile(file) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Resolves with the exit code: 0 understood or absent, 1 the reading failed, 2 wrong usage or no such file. Never rejects for an operating error. */
export async function debugParse(args: readonly string[], io: DebugParseIo): Promise<number> {
  const asked = wanted(args);
  if (typeof asked === "string") {
    io.err(`${asked}\n${debugParseUsage}`);
    return EXIT_USAGE;
  }
  if (asked.list) {
    io.out(listing());
    return EXIT_OK;
  }
  const [id, file, ...more] = asked.words;
  if (id === undefined || more.length > 0) {
    io.err(debugParseUsage);
    return EXIT_USAGE;
  }
  if (!isReading(id)) {
    io.err(`there is no reading ${JSON.stringify(id)}; xenha-tui debug parse --list names them\n`);
    return EXIT_USAGE;
  }
  const raw = await content(file, io);
  if ("error" in raw) {
    io.err(`${raw.error}\n`);
    return EXIT_USAGE;
  }
  const { bytes_max, parse } = contract(id);
  const bytes = Buffer.from(raw.text);
  const truncated = bytes.length > bytes_max;
  // Cut as the probe cuts it, so that what is seen here is what the console would have seen.
  const stdout = truncated ? bytes.subarray(0, bytes_max).toString("utf8") : raw.text;
  const result = parse({ rc: asked.rc, stdout, truncated });
  io.out(`${JSON.stringify({ reading: id, rc: asked.rc, truncated, ...result }, plain, 2)}\n`);
  return result.ok || result.kind === "absent" ? EXIT_OK : EXIT_FAILED;
}
