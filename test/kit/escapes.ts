/**
 * What the program may send to a terminal, as a list: whatever else came in the bytes is somebody else's. The list is written anew here, from the
 * standards, so that a mistake in the program's own tables can't hide in it.
 */

const parameter = "(?:0|1|2|7|22|27|39|49|[34]8;5;\\d{1,3})";
const allowed: readonly (readonly [what: string, pattern: string])[] = [
  ["style (SGR): off, bold, dim, inverse, a palette colour, and those taken back", `\\[(?:${parameter}(?:;${parameter})*)?m`],
  ["cursor to row and column (CUP)", "\\[(?:\\d{1,3}(?:;\\d{1,3})?)?H"],
  ["cursor to column (CHA)", "\\[\\d{1,3}G"],
  ["cursor right, left (CUF, CUB)", "\\[\\d{0,3}[CD]"],
  ["erase to the end of the row, or some cells (EL, ECH)", "\\[(?:K|\\d{1,3}X)"],
  ["alternate screen, cursor, wrapping, bracketed paste, whole frames (DECSET, DECRST)", "\\[\\?(?:1049|25|7|2004|2026)[hl]"],
  ["whether whole frames are known (DECRQM)", "\\[\\?2026\\$p"],
  ["whether keys can be told apart, and that they are (the kitty keyboard protocol)", "\\[(?:\\?|>5|<)u"],
  ["whether all has arrived (DSR)", "\\[5n"],
  ["a copy to the clipboard (OSC 52)", "\\]52;c;[A-Za-z0-9+/]*={0,2}\\x07"],
];
/** Besides, where a guest's console is shown: its attributes and colours, whole or as far as the terminal shows them. */
const guestParameter = "(?:[0-57]|9|2[2-579]|3[0-79]|4[0-79]|53|55|9[0-7]|10[0-7]|[34]8;5;\\d{1,3}|[34]8;2;\\d{1,3};\\d{1,3};\\d{1,3})";
const GUEST_STYLE = new RegExp(`\\x1b\\[(?:${guestParameter}(?:;${guestParameter})*)?m`, "g");
const SEQUENCE = new RegExp(`\\x1b(?:${allowed.map(([, pattern]) => pattern).join("|")})|[\\r\\b]`, "g");
/** Controls (C0, DEL, C1), and characters that reorder, hide or join others: bidi, zero width, line separators, lone surrogates. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Around a find, so that it can be told where it came from. */
const CONTEXT = 40;

/** Each thing in `bytes` that isn't on the list, escaped, with what stands around it. Bytes that aren't UTF-8 count as one. */
export function foreignIn(bytes: Buffer, shown: "screens" | "guest" = "screens"): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return ["bytes that aren't UTF-8"];
  }
  const rest = (shown === "guest" ? text.replace(GUEST_STYLE, "\n") : text).replace(SEQUENCE, "\n");
  return [...rest.matchAll(HARMFUL)]
    .filter(([found]) => found !== "\n")
    .map(({ index }) => JSON.stringify(rest.slice(Math.max(0, index - CONTEXT), index + CONTEXT)));
}
