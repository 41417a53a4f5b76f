/** What differs between two files, as lines a person reads before one replaces the other. Never shows a secret. */
import { clean, redact } from "../../xen/read/clean.ts";

/** Lines of each file that are compared; what is longer isn't a guest's configuration. */
const LINES_MAX = 600;
/** Lines told. */
const TOLD_MAX = 60;
const WIDTH_MAX = 160;

/** A value that may be a password is never told, not even that it differs from another. */
const shown = (line: string): string => redact(clean(line, WIDTH_MAX)).replace(/((?:pass|secret|key)\w*\s*[=:]\s*).*/i, "$1***");

/** Length of the longest common subsequence from each pair of places on. */
function table(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (rows[i] as Uint16Array)[j] =
        a[i] === b[j] ? (rows[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(rows[i + 1]?.[j] ?? 0, rows[i]?.[j + 1] ?? 0);
  return rows;
}

/** `- ` lines that go, `+ ` lines that come, in order; what is the same isn't told. Empty: the same text. */
export function textDiff(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length > LINES_MAX || b.length > LINES_MAX) return [`${a.length} lines become ${b.length}`];
  const common = table(a, b);
  const told: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      told.push(`- ${shown(a[i] ?? "")}`);
      i += 1;
    } else {
      told.push(`+ ${shown(b[j] ?? "")}`);
      j += 1;
    }
  }
  return told.length <= TOLD_MAX ? told : [...told.slice(0, TOLD_MAX), `and ${told.length - TOLD_MAX} more`];
}
