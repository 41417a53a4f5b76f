/** The one table of commands and options: the parser goes by it and the help text is made from it. */

/** How long `status`, `check` and `doctor` wait for the hosts, where `--timeout` doesn't say. */
export const TIMEOUT_DEFAULT_S = 20;

export interface FlagSpec {
  readonly id: FlagId;
  readonly long: string;
  readonly short?: string;
  /** undefined: takes none. `name` as in the help. */
  readonly value?: { readonly name: string; readonly optional?: boolean };
  readonly help: string;
}

export type FlagId =
  | "ssh-config"
  | "config"
  | "demo"
  | "seed"
  | "timeout"
  | "json"
  | "list"
  | "rc"
  | "ascii"
  | "light"
  | "dark"
  | "color"
  | "version"
  | "help";

export const flags: { readonly [Id in FlagId]: FlagSpec } = {
  "ssh-config": {
    id: "ssh-config",
    long: "--ssh-config",
    short: "-F",
    value: { name: "FILE" },
    help: "ssh configuration to use, as with ssh -F",
  },
  config: {
    id: "config",
    long: "--config",
    value: { name: "FILE" },
    help: "config file instead of $XDG_CONFIG_HOME/xenha-tui/config.toml (else ~/.config/...)",
  },
  demo: {
    id: "demo",
    long: "--demo",
    value: { name: "SCENARIO", optional: true },
    help: "a simulated pair instead of real hosts; `--demo list` names the scenarios",
  },
  seed: { id: "seed", long: "--seed", value: { name: "N" }, help: "makes the simulated pair behave the same again" },
  timeout: {
    id: "timeout",
    long: "--timeout",
    value: { name: "SECONDS" },
    help: `end after this long, whatever hangs; what is missing then is unknown (default ${TIMEOUT_DEFAULT_S})`,
  },
  json: { id: "json", long: "--json", help: "print JSON instead of text" },
  list: { id: "list", long: "--list", help: "name the readings" },
  rc: { id: "rc", long: "--rc", value: { name: "N" }, help: "exit status that the command had (default 0)" },
  ascii: { id: "ascii", long: "--ascii", help: "draw with ASCII characters only" },
  light: { id: "light", long: "--light", help: "colours for a light background" },
  dark: { id: "dark", long: "--dark", help: "colours for a dark background" },
  color: { id: "color", long: "--color", value: { name: "WHEN" }, help: "auto, never, 16, 256 or truecolor (NO_COLOR is respected)" },
  version: { id: "version", long: "--version", help: "print the version" },
  help: { id: "help", long: "--help", short: "-h", help: "print this help; after a command, that command's" },
};

export type CommandId = "screen" | "status" | "check" | "doctor" | "debug";

export interface CommandSpec {
  readonly id: CommandId;
  /** After `xenha-tui `. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly details: readonly string[];
  readonly flags: readonly FlagId[];
}

const everywhere = ["help", "version"] as const;
const target = ["ssh-config", "config", "demo", "seed"] as const;

export const commands: { readonly [Id in CommandId]: CommandSpec } = {
  screen: {
    id: "screen",
    usage: ["[PAIR]", "HOST_A HOST_B", "--demo [SCENARIO]"],
    summary: "the console: both hosts live on one screen",
    details: [
      "HOST_A and HOST_B are names as ssh knows them. PAIR is a pair of the config file; it may be left out where there is only one.",
      "Everything is read-only: nothing on the hosts is changed or installed.",
    ],
    flags: [...target, "ascii", "light", "dark", "color", ...everywhere],
  },
  status: {
    id: "status",
    usage: ["status [PAIR | HOST_A HOST_B] [--json]"],
    summary: "print the pair's state once, as text or JSON",
    details: [
      `Waits until every reading of both hosts was told once, but no longer than --timeout (default ${TIMEOUT_DEFAULT_S} s).`,
      "Exits with 0 where all was told, 3 where something is missing. The JSON's schema: schema/status.schema.json.",
    ],
    flags: [...target, "timeout", "json", "color", "ascii", ...everywhere],
  },
  check: {
    id: "check",
    usage: ["check [PAIR | HOST_A HOST_B]"],
    summary: "Nagios/Icinga plugin: one line, perfdata, exit 0/1/2/3",
    details: [
      `Prints XENHA OK, WARNING, CRITICAL or UNKNOWN within --timeout (default ${TIMEOUT_DEFAULT_S} s; keep it below the monitor's own limit).`,
      "One host unreachable is CRITICAL (the pair's redundancy is not known to exist), both are UNKNOWN. Facts that are missing are never OK.",
    ],
    flags: [...target, "timeout", ...everywhere],
  },
  doctor: {
    id: "doctor",
    usage: ["doctor [PAIR | HOST_A HOST_B] [--json]"],
    summary: "check each hop, key, tool, permission and clock, with the fix",
    details: ["Exits with 0 where nothing needs fixing, 1 where something does. The JSON's schema: schema/doctor.schema.json."],
    flags: [...target, "timeout", "json", ...everywhere],
  },
  debug: {
    id: "debug",
    usage: ["debug parse READING [FILE] [--rc N]", "debug parse --list", "debug probe"],
    summary: "what a reading's raw output was understood as; the probe program",
    details: [
      "parse: reads FILE (or standard input) as the output of READING and prints, as JSON, what was understood.",
      "probe: prints the POSIX sh program that is run on the hosts, to be read or installed for a forced command.",
    ],
    flags: ["list", "rc", ...everywhere],
  },
};

export const debugActions = ["parse", "probe"] as const;

/** The command that a word names; the screen has no name. */
export function commandNamed(word: string): CommandId | undefined {
  if (word === "screen") return undefined;
  return Object.values(commands).find(({ id }) => id === word)?.id;
}

/** Words that can't name a pair, since they name commands. */
export const reservedNames: readonly string[] = Object.keys(commands).filter((name) => name !== "screen");
