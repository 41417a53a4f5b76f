/** Where the config file lies, and reading it. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ConfigResult, emptyConfig, parseConfig } from "./config.ts";

/** A config file larger than this isn't one. */
const CONFIG_BYTES_MAX = 1_048_576;

interface Where {
  /** `--config` */
  readonly given: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export function configPath({ given, env, home }: Where): string {
  if (given !== undefined) return resolve(given);
  const xdg = env.XDG_CONFIG_HOME;
  // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification).
  const base = xdg?.startsWith("/") === true ? xdg : join(home, ".config");
  return join(base, "xenha-tui", "config.toml");
}

/** No file is an empty config, unless `--config` asked for it. */
export function readConfig(where: Where): ConfigResult {
  const file = configPath(where);
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    const code = codeOf(error);
    if (where.given === undefined && (code === "ENOENT" || code === "ENOTDIR")) return { ok: true, config: emptyConfig };
    return refused(file, code === "ENOENT" ? "no such file" : code === "EACCES" ? "permission denied" : code);
  }
  try {
    const stat = fstatSync(handle);
    if (stat.isDirectory()) return refused(file, "is a directory");
    if (stat.size > CONFIG_BYTES_MAX) return refused(file, `is larger than ${CONFIG_BYTES_MAX} bytes`);
    return parseConfig({ text: readFileSync(handle, "utf8"), file, home: where.home });
  } catch (error) {
    return refused(file, codeOf(error));
  } finally {
    closeSync(handle);
  }
}

const refused = (file: string, reason: string): ConfigResult => ({ ok: false, errors: [`${file}: ${reason}`] });

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}
