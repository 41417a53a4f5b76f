/** A line that is typed into: append, delete backwards, clear. Pure. */
import { clean } from "../../xen/read/clean.ts";
import { typedTextOf } from "../terminal/keys.ts";

/** Longest line anybody types here: a passphrase. */
const INPUT_LENGTH_MAX = 1_024;
/** Looked at of a paste: most of it may be nothing that shows. */
const PASTE_LENGTH_MAX = 16 * INPUT_LENGTH_MAX;

const REPLACED = "\ufffd";
/** Controls, formats (bidi, zero width), surrogates, separators of lines and paragraphs: nobody sees them, so nobody means them. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * What `clean` would replace is left out, as is everything else that doesn't show. U+FFFD itself stays: it is how such a character of a host is
 * shown, and a name copied from the screen must find its row.
 */
const shownOf = (text: string): string =>
  text
    .replaceAll("\t", " ")
    .replace(unseen, "")
    .split(REPLACED)
    .map((part) => clean(part, part.length).replaceAll(REPLACED, ""))
    .join(REPLACED);

const bounded = (text: string): string => (text.length > INPUT_LENGTH_MAX ? text.slice(0, INPUT_LENGTH_MAX) : text);

/** The text after a key; undefined: the key doesn't edit. */
export function editText(text: string, key: string): string | undefined {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "ctrl-u") return "";
  if (key === "ctrl-w") return text.replace(/\S*\s*$/, "");
  const typed = typedTextOf(key);
  return typed === undefined ? undefined : bounded(text + shownOf(typed));
}

/** The first line of what was pasted is typed; the rest would be keys nobody pressed. */
export function pasteText(text: string, pasted: string): string {
  const [line = ""] = pasted.split(/[\r\n]/, 1);
  return bounded(text + shownOf(line.slice(0, PASTE_LENGTH_MAX)));
}
