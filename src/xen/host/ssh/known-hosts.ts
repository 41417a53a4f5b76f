/**
 * known_hosts: what is known of a host's key. Pure; files are read and written in known-hosts-file.ts.
 * Source: sshd(8) SSH_KNOWN_HOSTS FILE FORMAT; hostfile.c, sshconnect.c (check_host_key).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { clean } from "../../read/clean.ts";
import { matchesHostList } from "./pattern.ts";

export interface KnownHostEntry {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: "none" | "revoked" | "cert_authority";
  /** The first field, as written: a list of patterns, or one `|1|salt|hash`. */
  readonly hosts: string;
  readonly key_type: string;
  /** The public key as it goes over the wire. */
  readonly key: Uint8Array;
}
export interface KnownHostProblem {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}
export interface KnownHosts {
  readonly entries: readonly KnownHostEntry[];
  /** Lines that aren't understood: they vouch for nothing, and doctor shows them. */
  readonly problems: readonly KnownHostProblem[];
}

export interface HostKeyNames {
  /** HostKeyAlias, else `host` or `[host]:port`. */
  readonly name: string;
  /** The name without its port: a key recorded under it counts too, as with OpenSSH. */
  readonly portless: string | undefined;
}

/** What known_hosts says of the key that a server shows. */
export type HostKeyVerdict =
  | { readonly kind: "ok"; readonly file: string; readonly line: number }
  /** certificate_authority: the only line that vouches for this host does so by a CA, which ssh2 can't check. */
  | { readonly kind: "unknown"; readonly certificate_authority: { readonly file: string; readonly line: number } | undefined }
  | {
      readonly kind: "changed";
      readonly file: string;
      readonly line: number;
      readonly expected_type: string;
      readonly expected_fingerprint: string;
    }
  | { readonly kind: "revoked"; readonly file: string; readonly line: number };

const HASH_MAGIC = "|1|";
const SHA1_BYTES = 20;
const SSH_PORT = 22;

/** As OpenSSH prints it: `SHA256:` and base64 without padding. */
export const fingerprint = (key: Uint8Array): string => `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** The type named inside a public key; undefined: not a key. */
export function keyType(key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length === 0 || length > 64 || bytes.length < 4 + length) return undefined;
  const type = bytes.subarray(4, 4 + length).toString("latin1");
  return /^[a-zA-Z0-9@._-]+$/.test(type) ? type : undefined;
}

export function hostKeyNames(settings: { hostname: string; port: number; host_key_alias: string | undefined }): HostKeyNames {
  if (settings.host_key_alias !== undefined) return { name: settings.host_key_alias.toLowerCase(), portless: undefined };
  const host = settings.hostname.toLowerCase();
  return settings.port === SSH_PORT ? { name: host, portless: undefined } : { name: `[${host}]:${settings.port}`, portless: host };
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

function decodeKey(type: string, text: string): Uint8Array | string {
  if (!base64.test(text)) return "the key is not base64";
  const key = Buffer.from(text, "base64");
  const inner = keyType(key);
  return inner === type ? key : `the key is not of type ${clean(type, 64)}`;
}

const markers: Readonly<Record<string, KnownHostEntry["marker"]>> = { "@revoked": "revoked", "@cert-authority": "cert_authority" };

function parseLine(line: string): Omit<KnownHostEntry, "file" | "line"> | string | undefined {
  const words = line.split(/[ \t]+/).filter((word) => word !== "");
  if (words[0] === undefined || words[0].startsWith("#")) return undefined;
  const marked = words[0].startsWith("@");
  const marker = marked ? markers[words[0]] : "none";
  if (marker === undefined) return `the marker ${clean(words[0], 32)} is not known`;
  const [hosts, key_type, text] = marked ? words.slice(1) : words;
  if (hosts === undefined || key_type === undefined || text === undefined || text.startsWith("#")) return "the line is cut short";
  if (/^\d+$/.test(key_type)) return "it is a key of SSH version 1";
  const key = decodeKey(key_type, text);
  return typeof key === "string" ? key : { marker, hosts, key_type, key };
}

/** Total: a line that isn't understood becomes a problem. */
export function parseKnownHosts(file: string, text: string): KnownHosts {
  const entries: KnownHostEntry[] = [];
  const problems: KnownHostProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const parsed = parseLine(raw.replace(/\r$/, ""));
    if (parsed === undefined) continue;
    if (typeof parsed === "string") problems.push({ file, line: index + 1, why: parsed });
    else entries.push({ file, line: index + 1, ...parsed });
  }
  return { entries, problems };
}

export function joinKnownHosts(files: readonly KnownHosts[]): KnownHosts {
  return { entries: files.flatMap(({ entries }) => entries), problems: files.flatMap(({ problems }) => problems) };
}

function matchesHashed(name: string, hosts: string): boolean {
  const [salt64, hash64, ...rest] = hosts.slice(HASH_MAGIC.length).split("|");
  if (salt64 === undefined || hash64 === undefined || rest.length > 0) return false;
  const salt = Buffer.from(salt64, "base64");
  if (salt.length !== SHA1_BYTES) return false;
  return equal(createHmac("sha1", salt).update(name).digest(), Buffer.from(hash64, "base64"));
}

/** Whether a line's first field means this name (already in lower case). */
export const matchesHosts = (name: string, hosts: string): boolean =>
  hosts.startsWith(HASH_MAGIC) ? matchesHashed(name, hosts) : matchesHostList(name, hosts);

const matching = (entries: readonly KnownHostEntry[], name: string) => entries.filter(({ hosts }) => matchesHosts(name, hosts));

/**
 * Revoked beats everything; then a line with this very key; then any other key on record for the name means that it changed
 * (whatever its type: the algorithms are offered so that a server with a recorded key shows that one).
 */
export function judgeHostKey(key: Uint8Array, names: HostKeyNames, known: KnownHosts): HostKeyVerdict {
  const here = matching(known.entries, names.name);
  const portless = names.portless === undefined ? [] : matching(known.entries, names.portless);
  const revoked = [...here, ...portless].find((entry) => entry.marker === "revoked" && equal(entry.key, key));
  if (revoked !== undefined) return { kind: "revoked", file: revoked.file, line: revoked.line };

  const recorded = here.filter(({ marker }) => marker === "none");
  const found = recorded.find((entry) => equal(entry.key, key));
  if (found !== undefined) return { kind: "ok", file: found.file, line: found.line };
  const other = recorded.find(({ key_type }) => key_type === keyType(key)) ?? recorded[0];
  if (other !== undefined) {
    const { file, line } = other;
    return { kind: "changed", file, line, expected_type: other.key_type, expected_fingerprint: fingerprint(other.key) };
  }
  const fallback = portless.find((entry) => entry.marker === "none" && equal(entry.key, key));
  if (fallback !== undefined) return { kind: "ok", file: fallback.file, line: fallback.line };
  const authority = [...here, ...portless].find(({ marker }) => marker === "cert_authority");
  return { kind: "unknown", certificate_authority: authority && { file: authority.file, line: authority.line } };
}

/** Types of the keys on record for a host: these are asked for first, else a server's other key would look like a changed one. */
export function knownKeyTypes(names: HostKeyNames, known: KnownHosts): readonly string[] {
  const of = (name: string) => matching(known.entries, name).filter(({ marker }) => marker === "none");
  const here = of(names.name);
  const entries = here.length > 0 || names.portless === undefined ? here : of(names.portless);
  return [...new Set(entries.map(({ key_type }) => key_type))];
}

/** A name that can't be confused with a pattern or a hash. Source: sshconnect.c ("Don't ever try to write an invalid name"). */
export const isRecordableHost = (hostname: string): boolean => hostname !== "" && !/[@?*#[\]|'"\\\s,!]/.test(hostname);

/** One line for known_hosts, without its newline. salt: 20 random bytes where the name is to be hashed (HashKnownHosts). */
export function knownHostLine({ name, key, salt }: { name: string; key: Uint8Array; salt: Uint8Array | undefined }): string {
  const hosts =
    salt === undefined
      ? name
      : `${HASH_MAGIC}${Buffer.from(salt).toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
  return `${hosts} ${keyType(key) ?? "unknown"} ${Buffer.from(key).toString("base64")}`;
}
