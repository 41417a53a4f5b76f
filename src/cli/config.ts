/**
 * The config file's text, understood or refused with its file and line. Pure. What may stand in it is in schema/config.schema.json,
 * and nowhere else; this file adds what each thing means.
 */
import { dirname, join } from "node:path";
import { parse, TomlError } from "smol-toml";
import schemaFile from "../../schema/config.schema.json" with { type: "json" };
import { clean } from "../xen/read/clean.ts";
import type { Color, Target } from "./args.ts";
import { TIMEOUT_DEFAULT_S } from "./commands.ts";
import { checkSchema, isRecord, type Schema, type SchemaError } from "./schema-check.ts";
import { lineOf, type TomlPath, tomlLines } from "./toml-lines.ts";

/** Errors told at once; more are counted. */
const ERRORS_MAX = 10;

export const configSchema = schemaFile as Schema;

/** always: not even for a while. */
export type ReadOnlySetting = boolean | "always";

export interface PairConfig {
  readonly name: string;
  readonly hosts: readonly [string, string];
  /** Path, `~` and relative ones resolved; undefined: as ssh would. */
  readonly ssh_config: string | undefined;
  readonly sudo: boolean | "auto";
  readonly probe: "send" | "forced";
  /** undefined: as the ui's. */
  readonly read_only: ReadOnlySetting | undefined;
  readonly timeout_s: number;
  /** Guests, what matters most first. */
  readonly priority: readonly string[];
  /** Host -> the address at which it takes guests in. */
  readonly migration: Readonly<Record<string, string>>;
  /** Host -> how its power is switched. */
  readonly fence: Readonly<Record<string, FenceConfig>>;
  readonly check: CheckConfig;
}

export interface FenceConfig {
  readonly agent: string;
  readonly from: "console" | "peer";
  readonly options: Readonly<Record<string, string>>;
  /** Paths, `~` and relative ones resolved; at most one of them. */
  readonly password_file: string | undefined;
  readonly password_script: string | undefined;
  readonly timeout_s: number;
}

export interface CheckConfig {
  readonly one_host_unreachable: "critical" | "warning" | "unknown";
  /** Rule ids of findings that don't count. */
  readonly ignore: readonly string[];
}

export interface UiConfig {
  readonly theme: "auto" | "dark" | "light";
  readonly read_only: ReadOnlySetting;
  readonly ascii: boolean;
  readonly mouse: boolean;
  /** By the name of terminal/keys.ts. */
  readonly console_prefix: string;
  readonly color: Color;
}

export interface AlertsConfig {
  readonly severity: "critical" | "warning";
  readonly bell: boolean;
  readonly notify: "off" | "osc9" | "osc777";
  readonly exec: readonly string[] | undefined;
  readonly webhook: string | undefined;
}

export interface Config {
  /** undefined: there is none. */
  readonly file: string | undefined;
  readonly pairs: readonly PairConfig[];
  readonly alerts: AlertsConfig;
  readonly ui: UiConfig;
}

export const pairDefaults = {
  ssh_config: undefined,
  sudo: "auto",
  probe: "send",
  read_only: undefined,
  timeout_s: TIMEOUT_DEFAULT_S,
  priority: [],
  migration: {},
  fence: {},
  check: { one_host_unreachable: "critical", ignore: [] },
} as const satisfies Partial<PairConfig>;
const uiDefaults: UiConfig = { theme: "auto", read_only: false, ascii: false, color: "auto", mouse: false, console_prefix: "ctrl-t" };
const fenceDefaults = { from: "console", options: {}, password_file: undefined, password_script: undefined, timeout_s: 60 } as const;

const alertsDefaults: AlertsConfig = { severity: "critical", bell: true, notify: "off", exec: undefined, webhook: undefined };

export const emptyConfig: Config = { file: undefined, pairs: [], alerts: alertsDefaults, ui: uiDefaults };

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  /** One line each: `/home/ana/.config/xenha-tui/config.toml:7: pairs.prod.sudoo: unknown key (did you mean sudo?)`. */
  | { readonly ok: false; readonly errors: readonly string[] };

/** @param home for `~` in paths */
export function parseConfig({ text, file, home }: { text: string; file: string; home: string }): ConfigResult {
  let value: unknown;
  try {
    value = parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "not TOML";
    return { ok: false, errors: [clean(`${file}:${error.line}: ${reason}`)] };
  }
  const errors = checkSchema(configSchema, value);
  if (errors.length > 0) return { ok: false, errors: told({ errors, text, file }) };
  const wrong = senseless(value);
  if (wrong.length > 0) return { ok: false, errors: told({ errors: wrong, text, file }) };
  return { ok: true, config: understood({ value, file, home }) };
}

/** What fits the schema and means nothing. */
function senseless(value: unknown): SchemaError[] {
  return Object.entries(record(record(value).pairs)).flatMap(([name, entry]) => {
    const { hosts, fence, migration } = record(entry);
    const known: readonly string[] = Array.isArray(hosts) ? hosts : [];
    const text = `is not a host of this pair (${known.join(", ")})`;
    const strangers = (["fence", "migration"] as const).flatMap((key) =>
      Object.keys(record(key === "fence" ? fence : migration))
        .filter((host) => !known.includes(host))
        .map((host) => ({ path: ["pairs", name, key, host], text })),
    );
    const both = Object.entries(record(fence))
      .filter(([, one]) => record(one).password_file !== undefined && record(one).password_script !== undefined)
      .map(([host]) => ({ path: ["pairs", name, "fence", host], text: "has password_file and password_script: one of them is enough" }));
    return [...strangers, ...both];
  });
}

function told({ errors, text, file }: { errors: readonly SchemaError[]; text: string; file: string }): string[] {
  const lines = tomlLines(text);
  const rows = errors
    .map((error) => ({ line: lineOf(lines, error.path), text: `${dotted(error.path)}${error.text}` }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, text: row }) => clean(`${file}:${line}: ${row}`));
  return rows.length <= ERRORS_MAX ? rows : [...rows.slice(0, ERRORS_MAX), `${file}: and ${rows.length - ERRORS_MAX} more`];
}

function dotted(path: TomlPath): string {
  const text = path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    const name = /^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step);
    return index === 0 ? name : `.${name}`;
  });
  return text.length === 0 ? "" : `${text.join("")}: `;
}

/** The value has passed the schema: every cast below is what that promises. */
function understood({ value, file, home }: { value: unknown; file: string; home: string }): Config {
  const root = record(value);
  const pairs = Object.entries(record(root.pairs)).map(([name, entry]) => pairOf({ name, entry: record(entry), file, home }));
  return {
    file,
    pairs,
    alerts: { ...alertsDefaults, ...(record(root.alerts) as Partial<AlertsConfig>) },
    ui: { ...uiDefaults, ...(record(root.ui) as Partial<UiConfig>) },
  };
}

function pairOf(from: { name: string; entry: Readonly<Record<string, unknown>>; file: string; home: string }): PairConfig {
  const { name, entry, file, home } = from;
  const given = entry as Partial<PairConfig> & Pick<PairConfig, "hosts">;
  const { ssh_config } = given;
  return {
    ...pairDefaults,
    ...given,
    name,
    ssh_config: ssh_config === undefined ? undefined : resolved({ path: ssh_config, file, home }),
    fence: Object.fromEntries(Object.entries(given.fence ?? {}).map(([host, one]) => [host, fenceOf(one, { file, home })])),
    check: { ...pairDefaults.check, ...given.check },
  };
}

function fenceOf(given: Partial<FenceConfig> & Pick<FenceConfig, "agent">, at: { file: string; home: string }): FenceConfig {
  const path = (text: string | undefined): string | undefined => (text === undefined ? undefined : resolved({ path: text, ...at }));
  const { password_file, password_script } = given;
  return { ...fenceDefaults, ...given, password_file: path(password_file), password_script: path(password_script) };
}

function resolved({ path, file, home }: { path: string; file: string; home: string }): string {
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  return path.startsWith("/") ? path : join(dirname(file), path);
}

const record = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

export type PairChoice = { readonly ok: true; readonly pair: PairConfig } | { readonly ok: false; readonly error: string };

/** Which pair is meant, with its settings. `demo` and `file` are not for here. */
export function choosePair(config: Config, target: Exclude<Target, { kind: "demo" | "file" }>): PairChoice {
  const names = config.pairs.map(({ name }) => name);
  switch (target.kind) {
    case "hosts":
      return { ok: true, pair: { ...pairDefaults, name: target.hosts.join("+"), hosts: target.hosts } };
    case "pair": {
      const pair = config.pairs.find(({ name }) => name === target.name);
      if (pair !== undefined) return { ok: true, pair };
      const known = names.length === 0 ? "no pair is configured" : `configured: ${names.join(", ")}`;
      return { ok: false, error: `no pair is named "${clean(target.name, 64)}" (${known}); a pair can be given as two hosts too` };
    }
    case "default": {
      const [only, another] = config.pairs;
      if (only === undefined) {
        return {
          ok: false,
          error: "no pair is configured: begin with `xenha-tui HOST_A HOST_B`, or with `xenha-tui --demo` to look around",
        };
      }
      if (another === undefined) return { ok: true, pair: only };
      return { ok: false, error: `several pairs are configured, name one: ${names.join(", ")}` };
    }
  }
}
