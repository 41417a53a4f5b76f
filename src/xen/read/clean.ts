/**
 * The boundary where bytes from hosts and guests become text that may be shown (safety rule S11).
 * Every string that a parser keeps goes through `clean` once; nothing later has to.
 */

/** Longest text kept of one value (a name, a path, a message), in UTF-16 units. */
export const TEXT_LENGTH_MAX = 512;

// C0, DEL, C1, line and paragraph separators, bidi controls and isolates, zero-width characters, BOM, tags, lone surrogates, U+FFF9-FFFB.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** One line of harmless text: unsafe characters become U+FFFD (shown, not dropped), length is bounded. Tabs become a space. */
export function clean(text: string, length_max: number = TEXT_LENGTH_MAX): string {
  const cut = text.length > length_max ? `${text.slice(0, length_max - 1)}…` : text;
  return cut.replace(/\t/g, " ").replace(unsafe, "\ufffd");
}

/** `clean`, but undefined stays undefined and empty becomes undefined. */
export function cleanOrNone(text: string | undefined | null, length_max?: number): string | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  return clean(text, length_max);
}

// A value in quotes that was cut off has no closing one. Bounded everywhere: the text may be anything, and long.
const secretWord =
  /((?:pass(?:wd|word|phrase)?|secret|token|chap(?:user|pw|secret)?|key)["']?\s{0,16}[=:]\s{0,16})("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s,;&"']+)/gi;
const secretOption = /(--?(?:pass(?:wd|word|phrase)?|secret|token)\s{1,16})("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"']+)/gi;
const urlCredential = /(\b[a-z][\w+.-]{0,30}:\/\/)[^\s/@:]{1,512}(?::[^\s/@]{0,512})?@/gi;

/** Takes anything that looks like a credential out of free text (command lines, log lines, disk targets). Before the text is cut, or after. */
export function redact(text: string): string {
  return text.replace(urlCredential, "$1***@").replace(secretWord, "$1***").replace(secretOption, "$1***");
}
