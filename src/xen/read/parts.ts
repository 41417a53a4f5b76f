/** Answers made of several parts: a reading's script prints a line `@@ HEAD` before each. */
export interface Part {
  /** What follows `@@ `. */
  readonly head: string;
  readonly body: string;
}

/** Text before the first head is a part with an empty head. Empty input gives no parts. */
export function splitParts(stdout: string): Part[] {
  const parts: { head: string; lines: string[] }[] = [];
  for (const line of stdout.split("\n")) {
    if (line.startsWith("@@ ")) parts.push({ head: line.slice(3), lines: [] });
    else if (parts.length === 0) {
      if (line !== "") parts.push({ head: "", lines: [line] });
    } else parts[parts.length - 1]?.lines.push(line);
  }
  return parts.map(({ head, lines }) => ({ head, body: lines.join("\n") }));
}
