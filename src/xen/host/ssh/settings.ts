/**
 * What ssh's configuration means for one hop. Pure: options (from `ssh -G`, or config-file.ts where there is no ssh) -> settings.
 * Source: ssh_config(5); readconf.c (fill_default_options), ssh.c (load_public_identity_files).
 */
import { join } from "node:path";
import { clean } from "../../read/clean.ts";
import { expandPath, expandTilde, expandTokens, type LocalUser, type TokenValues, tokensOf } from "./expand.ts";

/** Options by lower-case keyword, each with its values: one string per occurrence, or per word for lists of paths. */
export type SshOptions = ReadonlyMap<string, readonly string[]>;

export interface JumpHost {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

export interface SshSettings {
  /** As the operator or a ProxyJump names it: the hop's name on screen. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly address_family: "any" | "inet" | "inet6";
  readonly bind_address: string | undefined;
  /** Candidates, in ssh's order; those that don't exist are passed over. */
  readonly identity_files: readonly string[];
  readonly certificate_files: readonly string[];
  readonly identities_only: boolean;
  /** The agent's socket; undefined: none. */
  readonly identity_agent: string | undefined;
  readonly host_key_alias: string | undefined;
  readonly user_known_hosts_files: readonly string[];
  readonly global_known_hosts_files: readonly string[];
  readonly revoked_host_keys_files: readonly string[];
  readonly strict_host_key_checking: "yes" | "ask" | "accept-new" | "no";
  readonly hash_known_hosts: boolean;
  /** The ProxyJump as written, hop by hop in the order of travel; empty: none. */
  readonly proxy_jump: readonly JumpHost[];
  /** Tokens expanded, for `sh -c`. undefined: none. */
  readonly proxy_command: string | undefined;
  readonly connect_timeout_s: number | undefined;
  /** 0: not set. */
  readonly server_alive_interval_s: number;
  readonly host_key_algorithms: string | undefined;
  readonly kex_algorithms: string | undefined;
  readonly ciphers: string | undefined;
  readonly macs: string | undefined;
  /** Methods that may be tried, in order; only those this console knows. */
  readonly authentications: readonly ("publickey" | "keyboard-interactive" | "password")[];
  readonly password_prompts_max: number;
  /** BatchMode: nothing may be asked. */
  readonly batch_mode: boolean;
  /** Set, but beyond this console: said in doctor. */
  readonly unsupported: readonly string[];
}

export type SettingsResult = { readonly ok: true; readonly settings: SshSettings } | { readonly ok: false; readonly error: string };

const IDENTITY_DEFAULTS = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];
const SSH_PORT = 22;
const PROMPTS_DEFAULT = 3;
const PROMPTS_MAX = 10;
const PATHS_MAX = 100;

const yes = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : ["yes", "true"].includes(text.toLowerCase());

const secondsPer: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** `90`, `1m30s`; undefined for `none` and what isn't a time. Source: sshd_config(5) TIME FORMATS. */
export function timeSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d{1,9}[smhdw]?){1,8}$/i.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhdw]?)/gi))
    total += Number(amount) * (secondsPer[(unit ?? "").toLowerCase()] ?? 1);
  return total;
}

const portNumber = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536 ? Number(text) : undefined;

// Source: ssh.c (ssh_valid_hostname, ssh_valid_ruser): these names end up in a shell's command line through ProxyCommand.
export const isValidHostname = (name: string): boolean =>
  name !== "" && !name.startsWith("-") && !/[\s'"`$\\;&<>|(){}*?!#\p{Cc}]/u.test(name);
const isValidUser = (name: string): boolean => !name.startsWith("-") && !/['`";&<>|(){}\p{Cc}]/u.test(name) && !name.endsWith("\\");

/** `user@host:port`, `[v6]:port`, `ssh://user@host:port`. */
export function parseJumpHost(text: string): JumpHost | undefined {
  const bare = text.replace(/^ssh:\/\//i, "").replace(/\/$/, "");
  const at = bare.lastIndexOf("@");
  const user = at < 0 ? undefined : bare.slice(0, at).split(";")[0];
  // An IPv6 address needs no brackets where no port follows it.
  const match = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:[\]]+|[^:[\]]*:[^[\]]*:[^[\]]*$))(?::(?<port>\d+))?$/.exec(bare.slice(at + 1));
  const host = match?.groups?.bracketed ?? match?.groups?.plain;
  const port = match?.groups?.port === undefined ? undefined : portNumber(match.groups.port);
  if (host === undefined || !isValidHostname(host) || user === "" || (user !== undefined && !isValidUser(user))) return undefined;
  if (match?.groups?.port !== undefined && port === undefined) return undefined;
  return { host, user, port };
}

/** A ProxyJump value; undefined: it can't be understood. */
export function parseProxyJump(text: string | undefined): readonly JumpHost[] | undefined {
  const bare = (text ?? "").replace(/#.*$/, "").trim();
  if (bare === "" || bare.toLowerCase() === "none") return [];
  const hops = bare.split(",").map((item) => parseJumpHost(item.trim()));
  return hops.every((hop) => hop !== undefined) ? hops : undefined;
}

function authentications(option: (key: string) => string | undefined): SshSettings["authentications"] {
  const allowed = {
    publickey: yes(option("pubkeyauthentication")) ?? true,
    "keyboard-interactive": yes(option("kbdinteractiveauthentication") ?? option("challengeresponseauthentication")) ?? true,
    password: yes(option("passwordauthentication")) ?? true,
  } as const;
  const known = Object.keys(allowed) as (keyof typeof allowed)[];
  // PubkeyAuthentication may also be `unbound` or `host-bound`, which both mean yes.
  const forms = option("pubkeyauthentication")?.toLowerCase() ?? "";
  const usable = known.filter((method) => allowed[method] || (method === "publickey" && forms.includes("bound")));
  const preferred = option("preferredauthentications")?.toLowerCase().split(",");
  return preferred === undefined ? usable : preferred.flatMap((word) => usable.filter((method) => method === word.trim()));
}

function agentSocket(text: string | undefined, tokens: Readonly<Record<string, string>>, local: LocalUser): string | undefined {
  if (text?.toLowerCase() === "none") return undefined;
  if (text === undefined || text === "SSH_AUTH_SOCK") return local.env.SSH_AUTH_SOCK || undefined;
  if (/^\$[A-Za-z_]\w*$/.test(text)) return local.env[text.slice(1)] || undefined;
  const expanded = expandPath(text, tokens, local);
  return expanded.ok ? expanded.text : text;
}

const strictness: Readonly<Record<string, SshSettings["strict_host_key_checking"]>> = {
  yes: "yes",
  true: "yes",
  ask: "ask",
  "accept-new": "accept-new",
  no: "no",
  false: "no",
  off: "no",
};

/** What is set and can't be honoured, one sentence each. */
function unsupported(option: (key: string) => string | undefined): string[] {
  const said: string[] = [];
  const set = (key: string) => ![undefined, "", "none", "no", "false"].includes(option(key)?.toLowerCase());
  if (set("knownhostscommand")) said.push("KnownHostsCommand is not run: host keys are looked up in the files only");
  if (set("verifyhostkeydns")) said.push("VerifyHostKeyDNS is ignored: SSHFP records are not looked up");
  if (set("pkcs11provider")) said.push("PKCS11Provider is ignored: add the key to ssh-agent");
  if (set("hostbasedauthentication")) said.push("HostbasedAuthentication is not tried");
  return said;
}

interface Context {
  readonly options: SshOptions;
  readonly name: string;
  readonly local: LocalUser;
  /** `ssh -G` expands some settings itself: what looks like a token in them isn't one. */
  readonly by: "ssh -G" | "files";
}
/** Source: ssh.c (main, before dump_client_config). */
const expandedByG = new Set(["userknownhostsfile", "identityagent"]);

function proxyCommand(text: string | undefined, values: TokenValues, local: LocalUser) {
  if (text === undefined || text === "" || text.toLowerCase() === "none") return { ok: true, text: undefined } as const;
  if (text === "-") return { ok: false, error: "ProxyCommand - (stdin as transport) is not supported" } as const;
  const { hostname, user, name } = values;
  if (![hostname, name].every(isValidHostname) || !isValidUser(user))
    return { ok: false, error: `the host or user name has characters that must not reach ProxyCommand's shell` } as const;
  // Only these tokens: a `${NAME}` is the shell's. Source: ssh_config(5) TOKENS.
  return expandTokens(text, tokensOf(values, local), undefined);
}

export function settingsOf({ options, name, local, by }: Context): SettingsResult {
  const option = (key: string): string | undefined => options.get(key)?.[0];
  const port_text = option("port") ?? String(SSH_PORT);
  const port = portNumber(port_text);
  const proxy_jump = parseProxyJump(option("proxyjump"));
  if (port === undefined) return { ok: false, error: `Port "${clean(port_text, 32)}" is not a port` };
  if (proxy_jump === undefined) return { ok: false, error: `ProxyJump "${clean(option("proxyjump") ?? "", 120)}" is not understood` };

  const hostname = (option("hostname") ?? name).toLowerCase();
  const user = option("user") ?? local.user;
  const host_key_alias = option("hostkeyalias")?.toLowerCase();
  const values = { name, hostname, port, user, host_key_alias, jump: proxy_jump.length > 0 ? (proxy_jump.at(-1)?.host ?? "") : "" };
  const tokens = tokensOf(values, local);
  const problems: string[] = [];
  const paths = (key: string, defaults: readonly string[]): string[] => {
    const listed = (options.get(key) ?? defaults).filter((path) => path.toLowerCase() !== "none");
    return listed.slice(0, PATHS_MAX).flatMap((path) => {
      const done = by === "ssh -G" && expandedByG.has(key);
      const expanded = done ? ({ ok: true, text: expandTilde(path, local.home) } as const) : expandPath(path, tokens, local);
      if (!expanded.ok) problems.push(expanded.error);
      return expanded.ok ? [expanded.text] : [];
    });
  };
  const command = proxyCommand(option("proxycommand"), values, local);
  if (!command.ok) problems.push(command.error);

  const settings: SshSettings = {
    name,
    hostname,
    port,
    user,
    address_family: option("addressfamily") === "inet" ? "inet" : option("addressfamily") === "inet6" ? "inet6" : "any",
    bind_address: option("bindaddress"),
    identity_files: paths(
      "identityfile",
      IDENTITY_DEFAULTS.map((file) => join("~/.ssh", file)),
    ),
    certificate_files: paths("certificatefile", []),
    identities_only: yes(option("identitiesonly")) ?? false,
    identity_agent: agentSocket(option("identityagent"), tokens, local),
    host_key_alias,
    user_known_hosts_files: paths("userknownhostsfile", ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]),
    global_known_hosts_files: (options.get("globalknownhostsfile") ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"])
      .filter((path) => path.toLowerCase() !== "none")
      .map((path) => expandTilde(path, local.home)),
    revoked_host_keys_files: paths("revokedhostkeys", []),
    strict_host_key_checking: strictness[option("stricthostkeychecking")?.toLowerCase() ?? "ask"] ?? "ask",
    hash_known_hosts: yes(option("hashknownhosts")) ?? false,
    proxy_jump,
    proxy_command: command.ok && proxy_jump.length === 0 ? command.text : undefined,
    connect_timeout_s: timeSeconds(option("connecttimeout")),
    server_alive_interval_s: timeSeconds(option("serveraliveinterval")) ?? 0,
    host_key_algorithms: option("hostkeyalgorithms"),
    kex_algorithms: option("kexalgorithms"),
    ciphers: option("ciphers"),
    macs: option("macs"),
    authentications: authentications(option),
    password_prompts_max: Math.min(PROMPTS_MAX, Number(option("numberofpasswordprompts") ?? PROMPTS_DEFAULT) || PROMPTS_DEFAULT),
    batch_mode: yes(option("batchmode")) ?? false,
    unsupported: unsupported(option),
  };
  const [problem] = problems;
  return problem === undefined ? { ok: true, settings } : { ok: false, error: problem };
}

const pathLists = new Set(["userknownhostsfile", "globalknownhostsfile", "revokedhostkeys"]);

/**
 * `ssh -G`'s words for a list of paths are joined with spaces and not quoted. The paths are absolute by then (or begin with `~` or a
 * variable), so a word that doesn't begin like one belongs to the path before it.
 */
export function splitPathList(text: string): string[] {
  const paths: string[] = [];
  for (const word of text.split(" ")) {
    const last = paths.length - 1;
    if (last < 0 || /^(\/|~|\$\{)/.test(word) || word.toLowerCase() === "none") paths.push(word);
    else paths[last] = `${paths[last]} ${word}`;
  }
  return paths.filter((path) => path !== "");
}

/** The output of `ssh -G`. Keywords are in lower case there; repeated ones (identityfile) add up. */
export function parseSshG(stdout: string): SshOptions {
  const options = new Map<string, string[]>();
  for (const line of stdout.split("\n")) {
    const space = line.indexOf(" ");
    if (space <= 0) continue;
    const key = line.slice(0, space).toLowerCase();
    const value = line.slice(space + 1).replace(/\r$/, "");
    const values = options.get(key) ?? [];
    values.push(...(pathLists.has(key) ? splitPathList(value) : [value]));
    options.set(key, values);
  }
  return options;
}
