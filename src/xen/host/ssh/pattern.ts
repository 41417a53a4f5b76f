/** OpenSSH's patterns. Source: match.c (match_pattern, match_pattern_list); ssh_config(5) PATTERNS. */

/** A longer pattern matches nothing, as in OpenSSH. */
export const PATTERN_LENGTH_MAX = 1023;

/** `*` is any text, `?` any one character, everything else itself. Case counts. */
export function matchesPattern(text: string, pattern: string): boolean {
  if (pattern.length > PATTERN_LENGTH_MAX) return false;
  let at = 0;
  let in_pattern = 0;
  // Where to go on when what follows the last star turns out not to fit: only the last star ever has to be tried again.
  let star = -1;
  let star_at = 0;
  while (at < text.length) {
    const wanted = pattern[in_pattern];
    if (wanted === "*") {
      star = in_pattern;
      star_at = at;
      in_pattern += 1;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[at])) {
      at += 1;
      in_pattern += 1;
    } else if (star >= 0) {
      star_at += 1;
      at = star_at;
      in_pattern = star + 1;
    } else return false;
  }
  while (pattern[in_pattern] === "*") in_pattern += 1;
  return in_pattern === pattern.length;
}

/** A list `a,b*,!c`: one negated match rejects, else one positive match is needed. */
export function matchesPatternList(text: string, list: string): boolean {
  let positive = false;
  for (const item of list.split(",")) {
    const negated = item.startsWith("!");
    if (!matchesPattern(text, negated ? item.slice(1) : item)) continue;
    if (negated) return false;
    positive = true;
  }
  return positive;
}

/** A list against a host name: both without regard to case. */
export const matchesHostList = (host: string, list: string): boolean => matchesPatternList(host.toLowerCase(), list.toLowerCase());
