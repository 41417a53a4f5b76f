/** A line that is typed into: append, delete backwards, clear. Pure. */
import { typedTextOf } from "../terminal/keys.ts";

/** Longest line anybody types here: a passphrase. */
const INPUT_LENGTH_MAX = 1_024;

// Typed text goes to a filter or a passphrase: control characters have no business in either.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
const controls = /[\u0000-\u001f\u007f-\u009f]/g;

const bounded = (text: string): string => (text.length > INPUT_LENGTH_MAX ? text.slice(0, INPUT_LENGTH_MAX) : text);

/** The text after a key; undefined: the key doesn't edit. */
export function editText(text: string, key: string): string | undefined {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "ctrl-u") return "";
  if (key === "ctrl-w") return text.replace(/\S*\s*$/, "");
  const typed = typedTextOf(key);
  return typed === undefined ? undefined : bounded(text + typed);
}

/** The first line of what was pasted is typed; the rest would be keys nobody pressed. */
export function pasteText(text: string, pasted: string): string {
  const [line = ""] = pasted.split(/[\r\n]/, 1);
  return bounded(text + line.replace(controls, ""));
}
