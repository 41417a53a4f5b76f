/**
 * `drbdsetup show` as text: nested sections, `key value;` and comments.
 *
 *   resource r0 { net { allow-two-primaries yes; } _this_host { address ipv4 10.99.1.1:7788; volume 0 { device minor 0; ... } } }
 *
 * Read as a tree of sections, whatever their names, so that 8.4's shape and 9's need no grammar of their own.
 * Source: drbdsetup.c show_*(); recordings drbdsetup-show.txt.
 */
import { clean } from "./clean.ts";

/** `volume 0`, `net`, `connection`; values by key, sections below in their order. */
export interface Section {
  readonly name: string;
  /** What stood after the name: `r0`, `0`. */
  readonly label: string;
  readonly values: Map<string, string>;
  readonly sections: Section[];
}

/** A resource's dump is three or four deep. */
const DEPTH_MAX = 16;
const LINE_LENGTH_MAX = 4096;

const section = (words: readonly string[]): Section => ({
  name: words[0] ?? "",
  label: unquoted(words.slice(1).join(" ")),
  values: new Map(),
  sections: [],
});

const unquoted = (text: string): string => (text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text);

/** Takes `# bytes/second, default` off; a `#` within quotes stays. */
function withoutComment(line: string): string {
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    if (line[index] === '"') quoted = !quoted;
    else if (line[index] === "#" && !quoted) return line.slice(0, index);
  }
  return line;
}

/** Top sections of the text, and the lines that are neither a section, an end nor a value. Total. */
export function sectionsOf(text: string): { readonly top: readonly Section[]; readonly not_understood: readonly string[] } {
  const root = section([""]);
  const open: Section[] = [root];
  const not_understood: string[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.length > LINE_LENGTH_MAX ? "" : withoutComment(raw).trim();
    const inside = open.at(-1) ?? root;
    if (line.endsWith("{") && open.length < DEPTH_MAX) {
      const next = section(line.slice(0, -1).trim().split(/\s+/));
      inside.sections.push(next);
      open.push(next);
    } else if (line === "}" && open.length > 1) open.pop();
    else if (line.endsWith(";") && open.length > 1) {
      const space = line.search(/[\s;]/);
      inside.values.set(line.slice(0, space), unquoted(line.slice(space, -1).trim()));
    } else if (raw.trim() !== "" && !raw.trimStart().startsWith("#")) not_understood.push(clean(raw.trim()));
  }
  return { top: root.sections, not_understood };
}
