/**
 * ssh's configuration files, read without ssh: for machines that have no OpenSSH client. Pure but for the reader it is given.
 * Host, Match (host, originalhost, user, localuser, all, final), Include and "the first value wins" are OpenSSH's; a Match that only ssh
 * itself could judge (exec, localnetwork, ...) is refused, never guessed. Source: ssh_config(5); readconf.c; misc.c (argv_split).
 */
import { clean } from "../../read/clean.ts";
import { expandTilde, expandTokens, type LocalUser, tokensOf } from "./expand.ts";
import { matchesHostList, matchesPattern, matchesPatternList } from "./pattern.ts";
import type { SshOptions } from "./settings.ts";

/** What Include needs of a file system. */
export interface ConfigReader {
  /** undefined: no such file. */
  read(path: string): { readonly text: string } | { readonly problem: string } | undefined;
  /** Names in a folder; none where there is no such folder. */
  list(folder: string): readonly string[];
}

export interface ConfigRequest {
  readonly host: string;
  /** From `user@host:port`: beats every file. */
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** -F: the only file then; `none`: no file at all. */
  readonly config_file: string | undefined;
}

export type ConfigResult = { readonly ok: true; readonly options: SshOptions } | { readonly ok: false; readonly error: string };

/** Source: readconf.c (READCONF_MAX_DEPTH). */
export const INCLUDE_DEPTH_MAX = 16;
/** Files and lines read in all, so that a mistaken Include ends. */
const FILES_MAX = 256;
const LINES_MAX = 50_000;

const accumulating = new Set(["identityfile", "certificatefile"]);
const lists = new Set(["userknownhostsfile", "globalknownhostsfile", "revokedhostkeys"]);
/** Taken as the rest of the line. */
const wholeLine = new Set(["proxycommand", "proxyjump", "remotecommand", "localcommand", "knownhostscommand"]);
const judged = new Set(["host", "originalhost", "user", "localuser"]);
const beyond = new Set(["exec", "localnetwork", "tagged", "version", "command", "sessiontype"]);

class ConfigError extends Error {}

/** Words of a line: quotes, backslash escapes, `#` ends it. undefined: a quote is not closed. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    const next = text[at + 1] ?? "";
    if (word === undefined && quote === "") {
      if (char === " " || char === "\t") continue;
      if (char === "#") break;
      word = "";
    }
    if (char === "\\" && (next === "'" || next === '"' || next === "\\" || (quote === "" && next === " "))) {
      word = (word ?? "") + next;
      at += 1;
    } else if (quote === "" && (char === " " || char === "\t")) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = "";
    else word = (word ?? "") + char;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

interface Pass {
  readonly request: ConfigRequest;
  readonly local: LocalUser;
  readonly reader: ConfigReader;
  readonly options: Map<string, string[]>;
  readonly final: boolean;
  wants_final: boolean;
  files: number;
  lines: number;
}

const first = (pass: Pass, key: string): string | undefined => pass.options.get(key)?.[0];

function presentHost(pass: Pass): string {
  const hostname = first(pass, "hostname");
  if (hostname === undefined) return pass.request.host;
  const expanded = expandTokens(hostname, { "%": "%", h: pass.request.host }, undefined);
  return pass.final || !expanded.ok ? hostname : expanded.text;
}

function tokens(pass: Pass): Readonly<Record<string, string>> {
  const port = Number(first(pass, "port") ?? 22);
  const user = first(pass, "user") ?? pass.local.user;
  return tokensOf(
    { name: pass.request.host, hostname: presentHost(pass), port, user, host_key_alias: first(pass, "hostkeyalias"), jump: "" },
    pass.local,
  );
}

function criterion(pass: Pass, name: string, argument: string): boolean {
  if (name === "user") return matchesPatternList(first(pass, "user") ?? pass.local.user, argument);
  if (name === "localuser") return matchesPatternList(pass.local.user, argument);
  return matchesHostList(name === "host" ? presentHost(pass) : pass.request.host, argument);
}

function matches(pass: Pass, words: readonly string[], where: string): boolean {
  let result = true;
  const left = [...words];
  if (left.length === 0) throw new ConfigError(`${where}: Match needs a criterion`);
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const negated = word.startsWith("!");
    const [head = "", inline] = word.slice(negated ? 1 : 0).split(/=(.*)/s);
    const name = head.toLowerCase();
    let met: boolean;
    if (name === "all") met = true;
    else if (name === "final" || name === "canonical") {
      met = pass.final;
    } else {
      const argument = inline ?? left.shift();
      if (argument === undefined) throw new ConfigError(`${where}: Match ${clean(name, 40)} needs an argument`);
      if (!judged.has(name) && !beyond.has(name)) throw new ConfigError(`${where}: Match ${clean(name, 40)} is not known`);
      // As ssh does: what comes after a criterion that failed is not looked at.
      if (!result) continue;
      if (beyond.has(name))
        throw new ConfigError(`${where}: "Match ${name}" can only be judged by ssh itself, and there is no ssh program on this machine`);
      met = criterion(pass, name, argument);
    }
    if (met === negated) result = false;
  }
  return result;
}

function matchesHostLine(host: string, patterns: readonly string[]): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (!matchesPattern(host, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** Paths that a pattern means, sorted; `*` and `?` stand in any part. */
function glob(pattern: string, reader: ConfigReader): string[] {
  let paths = [""];
  for (const part of pattern.split("/").slice(1)) {
    const next = (folder: string) =>
      reader
        .list(folder === "" ? "/" : folder)
        .filter((name) => matchesPattern(name, part) && !(name.startsWith(".") && !part.startsWith(".")))
        .sort();
    paths = /[*?]/.test(part)
      ? paths.flatMap((folder) => next(folder).map((name) => `${folder}/${name}`)).slice(0, FILES_MAX)
      : paths.map((folder) => `${folder}/${part}`);
  }
  return paths;
}

interface Place {
  readonly path: string;
  readonly system: boolean;
  readonly depth: number;
}

function include(pass: Pass, place: Place, words: readonly string[], where: string, active: boolean): void {
  if (place.depth >= INCLUDE_DEPTH_MAX) throw new ConfigError(`${where}: Include is nested too deep`);
  for (const word of words) {
    const expanded = expandTokens(word, tokens(pass), pass.local.env);
    if (!expanded.ok) throw new ConfigError(`${where}: ${expanded.error}`);
    if (place.system && expanded.text.startsWith("~")) throw new ConfigError(`${where}: Include of ~ in the system's configuration`);
    const path = expandTilde(expanded.text, pass.local.home);
    const base = place.system ? "/etc/ssh" : `${pass.local.home}/.ssh`;
    for (const file of glob(path.startsWith("/") ? path : `${base}/${path}`, pass.reader))
      readFile(pass, { path: file, system: place.system, depth: place.depth + 1 }, active);
  }
}

function setOption(pass: Pass, key: string, words: readonly string[], rest: string): void {
  const values = wholeLine.has(key) ? [rest] : lists.has(key) ? [...words] : words.slice(0, 1);
  // ProxyCommand and ProxyJump exclude each other, the first of both wins; only `ProxyJump none` leaves room for a ProxyCommand.
  if (key === "proxyjump" && pass.options.has("proxycommand")) return;
  if (key === "proxycommand" && (first(pass, "proxyjump") ?? "none").toLowerCase() !== "none") return;
  // `none` here is the same as not being set, so that a later line still counts.
  if (key === "connecttimeout" && words[0]?.toLowerCase() === "none") return;
  const present = pass.options.get(key);
  if (present === undefined) pass.options.set(key, values);
  else if (accumulating.has(key) && !values.every((value) => present.includes(value))) present.push(...values);
}

/** enclosing: whether the Include that brought us here was in force; Host and Match lines inside can only narrow it. */
function readFile(pass: Pass, place: Place, enclosing: boolean): boolean {
  const read = pass.reader.read(place.path);
  if (read === undefined) return false;
  if ("problem" in read) throw new ConfigError(`${place.path}: ${read.problem}`);
  pass.files += 1;
  if (pass.files > FILES_MAX) throw new ConfigError(`${place.path}: more than ${FILES_MAX} configuration files`);
  let active = enclosing;
  for (const [index, raw] of read.text.split("\n").entries()) {
    pass.lines += 1;
    if (pass.lines > LINES_MAX) throw new ConfigError(`${place.path}: more than ${LINES_MAX} lines of configuration`);
    const where = `${place.path} line ${index + 1}`;
    const line = /^[ \t]*"?(?<key>[A-Za-z0-9]+)"?[ \t]*=?[ \t]*(?<rest>.*)$/.exec(raw.trimEnd());
    if (line?.groups === undefined) {
      if (raw.trim() === "" || raw.trim().startsWith("#")) continue;
      throw new ConfigError(`${where}: not understood: ${clean(raw.trim(), 80)}`);
    }
    const { key = "", rest = "" } = line.groups;
    const keyword = key.toLowerCase();
    const words = wholeLine.has(keyword) ? [rest] : splitWords(rest);
    if (words === undefined) throw new ConfigError(`${where}: a quote is not closed`);
    if (words.length === 0) throw new ConfigError(`${where}: ${clean(key, 40)} needs an argument`);
    if (keyword === "host") active = enclosing && matchesHostLine(pass.final ? presentHost(pass) : pass.request.host, words);
    else if (keyword === "match") {
      // Asking for a second pass counts even where the line itself is not in force.
      if (words.some((word) => word.toLowerCase() === "final")) pass.wants_final = true;
      active = enclosing && matches(pass, words, where);
    } else if (keyword === "include") include(pass, place, words, where, active);
    else if (active) setOption(pass, keyword, words, rest);
  }
  return true;
}

function runPass(base: Omit<Pass, "wants_final" | "files" | "lines">): Pass {
  const pass: Pass = { ...base, wants_final: false, files: 0, lines: 0 };
  const { config_file } = pass.request;
  if (config_file === undefined) {
    readFile(pass, { path: `${pass.local.home}/.ssh/config`, system: false, depth: 0 }, true);
    readFile(pass, { path: "/etc/ssh/ssh_config", system: true, depth: 0 }, true);
  } else if (config_file !== "none") {
    const found = readFile(pass, { path: config_file, system: false, depth: 0 }, true);
    if (!found) throw new ConfigError(`${config_file}: no such file`);
  }
  return pass;
}

/** The options for a host as the files tell them. Errors name file and line. */
export function resolveFromFiles(request: ConfigRequest, local: LocalUser, reader: ConfigReader): ConfigResult {
  const options = new Map<string, string[]>();
  if (request.user !== undefined) options.set("user", [request.user]);
  if (request.port !== undefined) options.set("port", [String(request.port)]);
  try {
    const pass = runPass({ request, local, reader, options, final: false });
    // The second pass, for "Match final", sees the name that the first one led to. Source: ssh.c (process_config_files).
    options.set("hostname", [presentHost(pass).toLowerCase()]);
    if (pass.wants_final) runPass({ request, local, reader, options, final: true });
    return { ok: true, options };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, error: clean(error.message, 300) };
    throw error;
  }
}
