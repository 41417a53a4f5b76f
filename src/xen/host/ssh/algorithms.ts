/**
 * What is offered in the key exchange: what ssh's configuration allows, as far as ssh2 knows it.
 * Source: ssh2 1.17 lib/protocol/constants.js (SUPPORTED_*), less what OpenSSL 3 no longer has.
 */

import { matchesPatternList } from "./pattern.ts";
import type { SshSettings } from "./settings.ts";

export const supported = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group15-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group17-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
  ],
  serverHostKey: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-dss",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
    "3des-cbc",
  ],
  hmac: [
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
    "hmac-md5",
  ],
} as const;
type Kind = keyof typeof supported;

/** Offered where nothing is configured: without SHA-1 signatures and exchanges, CBC and MD5, like OpenSSH. */
const weak = /sha1$|^ssh-rsa$|^ssh-dss$|-cbc$|^hmac-md5$/;

export interface Offer {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
}
export type OfferResult = { readonly ok: true; readonly offer: Offer } | { readonly ok: false; readonly error: string };

/** A setting's list (`a,b`, `+a`, `-a`, `^a`, patterns in `-`) within what ssh2 knows. Source: ssh_config(5) Ciphers. */
export function algorithmList(setting: string | undefined, kind: Kind): readonly string[] {
  const known: readonly string[] = supported[kind];
  const usual = known.filter((name) => !weak.test(name));
  if (setting === undefined || setting === "") return usual;
  const sign = /^[+^-]/.test(setting) ? setting[0] : "";
  const named = (sign === "" ? setting : setting.slice(1)).split(",").map((name) => name.trim());
  const wanted = [...new Set(named)].filter((name) => known.includes(name));
  if (sign === "+") return [...usual, ...wanted.filter((name) => !usual.includes(name))];
  if (sign === "-") return usual.filter((name) => !matchesPatternList(name, named.join(",")));
  if (sign === "^") return [...wanted, ...usual.filter((name) => !wanted.includes(name))];
  return wanted;
}

/** The algorithms a key of this type signs with. */
const keyTypeOf = (algorithm: string): string => (algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);

/**
 * Host key algorithms whose key is already known come first, in the configured order otherwise. Without this a server with several keys
 * would show one that isn't on record, and that looks like a changed key. Source: sshconnect2.c (order_hostkeyalgs).
 */
export function orderHostKeyAlgorithms(algorithms: readonly string[], known_types: readonly string[]): readonly string[] {
  const known = algorithms.filter((algorithm) => known_types.includes(keyTypeOf(algorithm)));
  return [...known, ...algorithms.filter((algorithm) => !known.includes(algorithm))];
}

const titles = { kex: "KexAlgorithms", serverHostKey: "HostKeyAlgorithms", cipher: "Ciphers", hmac: "MACs" } as const;

export function offerOf(settings: SshSettings, known_types: readonly string[]): OfferResult {
  // For ciphers and MACs the configuration says what may be used, and ssh2's own order which is cheapest here.
  const within = (kind: Kind, setting: string | undefined) => {
    const allowed = algorithmList(setting, kind);
    return supported[kind].filter((name) => allowed.includes(name));
  };
  const offer: Offer = {
    kex: algorithmList(settings.kex_algorithms, "kex"),
    serverHostKey: orderHostKeyAlgorithms(algorithmList(settings.host_key_algorithms, "serverHostKey"), known_types),
    cipher: within("cipher", settings.ciphers),
    hmac: within("hmac", settings.macs),
  };
  for (const kind of Object.keys(titles) as Kind[])
    if (offer[kind].length === 0)
      return {
        ok: false,
        error: `nothing in ${titles[kind]} of your ssh configuration is known here; known are ${supported[kind].join(", ")}`,
      };
  return { ok: true, offer };
}
