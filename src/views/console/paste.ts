/** What was pasted, on its way to a guest. Pure. */
import { PASTE_BYTES_MAX } from "../terminal/decoder.ts";

/** Tabs and ends of lines are text; every other control would be a key that nobody saw. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is left out
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

export interface Paste {
  /** As it is typed: lines end as enter ends them. */
  readonly text: string;
  readonly lines: number;
  /** Control characters that were left out. */
  readonly dropped: number;
}

/** undefined: it is too long to be known whole. */
export function pasteOf(pasted: string): Paste | undefined {
  if (Buffer.byteLength(pasted) >= PASTE_BYTES_MAX) return undefined;
  const text = pasted.replace(controls, "").replace(/\r\n?|\n/g, "\r");
  return { text, lines: text.split("\r").length - (text.endsWith("\r") ? 1 : 0), dropped: [...pasted.matchAll(controls)].length };
}

/** More than one line, or one that is sent off at once, is asked about first. */
export const needsAsking = ({ text }: Paste): boolean => text.includes("\r");

/** bracketed: the guest asked to be told where a paste begins and ends. */
export const pasteBytes = ({ text }: Paste, bracketed: boolean): string => (bracketed ? `\x1b[200~${text}\x1b[201~` : text);
