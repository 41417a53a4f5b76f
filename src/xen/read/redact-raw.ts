/**
 * Raw answers of a host as they may be kept in a file (a recording, a support bundle): every value that may be a secret is gone, everything else is as it
 * was, so that the parsers make the same facts of it. The probe's scripts take most secrets out on the host already; this is the second net, for
 * tools that will print what today's don't. Rather too much than too little is taken.
 */

const MASK = "***";
const blank = "\\s{0,16}";
/** A value in quotes, escapes in it; cut off ones have no closing quote. */
const quoted = `"(?:[^"\\\\\\n]|\\\\.)*"?|'[^'\\n]*'?`;
const secretName = "pass(?:wd|word|phrase)?(?:_in)?|secret|token|chap(?:user|pw|secret)?|key|credentials?";

/** `"passwd": "x"`, `vncpasswd=x`, `shared-secret: x`. A structure as value isn't one. */
const named = new RegExp(`((?:${secretName})["']?${blank}[=:]${blank})(${quoted}|[^\\s,;&"'{}\\[\\]]+)`, "gi");
/** `shared-secret "x";`, `shared-secret x;` (drbdsetup show). */
const sharedSecret = new RegExp(`(\\bshared-secret\\s{1,16})(${quoted}|[^\\s;]+)`, "gi");
/** `--password x`, `-passwd 'x y'`. */
const option = new RegExp(`(--?(?:${secretName})\\s{1,16})(${quoted}|[^\\s"']+)`, "gi");
/** `fence_ipmilan ... -p x`, as a line and as a list of words. */
const fenceOption = new RegExp(`(\\bfence_\\w{1,40}\\b[^\\n]{0,400}?\\s-p\\s{1,16})(${quoted}|[^\\s"']+)`, "g");
const listed = new RegExp(`("(?:-p|--?(?:${secretName}))"${blank},${blank})("(?:[^"\\\\\\n]|\\\\.)*"?)`, "gi");
/** `node.session.auth.username = bob`. */
const sessionAuth = new RegExp(`(\\bauth\\.[\\w.]{1,60}${blank}=${blank})(\\S+)`, "gi");
/** A kernel's command line, and a guest's, may hold secrets in any spelling. Xen's own doesn't, and is shown. */
const commandNames = "cmdline|extra|bootargs|bootloader_args|(?<!xen_)command[_ ]?line";
const quotedCommand = new RegExp(`("(?:${commandNames})"${blank}:${blank})(${quoted}|\\[[^\\]]*\\]|[^\\s,}\\]]+)`, "gi");
const bareCommand = new RegExp(`(\\b(?:${commandNames})${blank}[=:]${blank})(${quoted}|[^\\n"]+)`, "gi");
const urlCredential = /(\b[a-z][\w+.-]{0,30}:\/\/)[^\s/@:"']{1,512}(?::[^\s/@"']{0,512})?@/gi;
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;
const xapiSession = /\bOpaqueRef:[0-9A-Za-z-]{1,64}/g;

/** Quotes stay as they were, and a bare value under a quoted name gets some: JSON stays JSON. */
function masked(_: string, before: string, value: string): string {
  const [first = ""] = value;
  const last = value.length > 1 && value.endsWith(first) ? first : "";
  if (first === '"' || first === "'") return `${before}${first}${MASK}${last}`;
  if (first === "[") return `${before}[]`;
  return /["']\s{0,16}:\s{0,16}$/.test(before) ? `${before}"${MASK}"` : `${before}${MASK}`;
}

export function redactRaw(text: string): string {
  return [named, sharedSecret, option, fenceOption, listed, sessionAuth, quotedCommand, bareCommand]
    .reduce((told, pattern) => told.replace(pattern, masked), text)
    .replace(urlCredential, `$1${MASK}@`)
    .replace(privateKey, MASK)
    .replace(xapiSession, `OpaqueRef:${MASK}`);
}
