/** `~`, `%x` and `${NAME}` in settings. Source: ssh_config(5) TOKENS and ENVIRONMENT VARIABLES; misc.c (percent_dollar_expand). */
import { createHash } from "node:crypto";
import { join } from "node:path";

/** Who and where the operator is. home: of the passwd entry, as OpenSSH takes it, not $HOME. */
export interface LocalUser {
  readonly home: string;
  readonly user: string;
  readonly uid: number;
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the tokens of one connection stand for. */
export interface TokenValues {
  /** %n: as named by the operator. */
  readonly name: string;
  /** %h */
  readonly hostname: string;
  readonly port: number;
  /** %r */
  readonly user: string;
  readonly host_key_alias: string | undefined;
  /** %j: as written in ProxyJump, or empty. */
  readonly jump: string;
}

export type Expanded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

export function tokensOf(values: TokenValues, local: LocalUser): Readonly<Record<string, string>> {
  const { hostname, port, user, jump } = values;
  return {
    "%": "%",
    C: createHash("sha1").update(`${local.hostname}${hostname}${port}${user}${jump}`).digest("hex"),
    d: local.home,
    h: hostname,
    i: String(local.uid),
    j: jump,
    k: values.host_key_alias ?? values.name,
    L: local.hostname.split(".")[0] ?? "",
    l: local.hostname,
    n: values.name,
    p: String(port),
    r: user,
    u: local.user,
  };
}

/** A token or variable that isn't there is an error, as with OpenSSH: a guess could name another file. */
export function expandTokens(text: string, tokens: Readonly<Record<string, string>>, env: LocalUser["env"] | undefined): Expanded {
  let problem: string | undefined;
  const expanded = text.replace(/%(.?)|\$\{([^}]*)\}/g, (whole, letter: string | undefined, name: string | undefined) => {
    if (name !== undefined && env === undefined) return whole;
    const value = name === undefined ? tokens[letter ?? ""] : env?.[name];
    if (value === undefined) problem ??= name === undefined ? `the token ${whole} is not known` : `the variable ${name} is not set`;
    return value ?? "";
  });
  return problem === undefined ? { ok: true, text: expanded } : { ok: false, error: `${problem} in "${text}"` };
}

/** `~` and `~/...` only: other users' homes are not looked up, so `~name` stays as it is. */
export function expandTilde(path: string, home: string): string {
  if (path === "~") return home;
  return path.startsWith("~/") ? join(home, path.slice(2)) : path;
}

/** A path of a setting: `~`, tokens and variables. Relative ones stay relative to where the console was started, as with ssh. */
export const expandPath = (path: string, tokens: Readonly<Record<string, string>>, local: LocalUser): Expanded =>
  expandTokens(expandTilde(path, local.home), tokens, local.env);
