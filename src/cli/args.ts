/** What the operator typed, understood or refused with one sentence. Pure; the table it goes by is commands.ts. */
import {
  type CommandId,
  type CommandSpec,
  commandNamed,
  commands,
  debugActions,
  type FlagId,
  type FlagSpec,
  flags,
  jobsActions,
} from "./commands.ts";
import { didYouMean, oneOf } from "./suggest.ts";

/** An argument longer than this isn't a name of anything. */
const ARGUMENT_LENGTH_MAX = 255;

/** How the pair is named: by the config file (`default`: the only one there is), by its hosts, or simulated. */
export type Target =
  | { readonly kind: "default" }
  | { readonly kind: "pair"; readonly name: string }
  | { readonly kind: "hosts"; readonly hosts: readonly [string, string] }
  | { readonly kind: "demo"; readonly scenario: string | undefined; readonly seed: number | undefined }
  /** A support bundle or a recording. */
  | { readonly kind: "file"; readonly path: string };

export const colors = ["auto", "never", "16", "256", "truecolor"] as const;
export type Color = (typeof colors)[number];

/** Commands that name nothing but the pair. Every other one that isn't spoken of in `understand` names an action. */
const looking = ["screen", "status", "check", "doctor", "watch", "bundle", "report"] as const;

export interface Options {
  readonly ssh_config: string | undefined;
  readonly config: string | undefined;
  /** undefined: the command's own default. */
  readonly timeout_s: number | undefined;
  readonly json: boolean;
  /** Where the session is recorded. */
  readonly record: string | undefined;
  /** Where what is made is written. */
  readonly output: string | undefined;
  readonly read_only: boolean;
  readonly ascii: boolean;
  readonly mouse: boolean;
  /** undefined: as the config file says, else found out. */
  readonly background: "light" | "dark" | undefined;
  readonly color: Color | undefined;
}

export interface LookArgs {
  readonly command: (typeof looking)[number];
  readonly target: Target;
  readonly options: Options;
}

/** Milliseconds into the recording, or a point in time. */
export type ReplayStart = { readonly kind: "into"; readonly ms: number } | { readonly kind: "time"; readonly ms: number };

export type Args =
  | { readonly command: "help"; readonly topic: CommandId | undefined }
  | { readonly command: "version" }
  | { readonly command: "demo-list"; readonly json: boolean }
  | LookArgs
  | {
      readonly command: "act";
      /** `plan`: nothing may be changed. */
      readonly as: CommandId;
      /** `migrate web01`, `guest start web01`. */
      readonly words: readonly string[];
      /** `--to` and the like, by the name of the argument that they give. */
      readonly args: Readonly<Record<string, string>>;
      readonly confirm: { readonly dry_run: boolean; readonly yes: boolean; readonly understood: string | undefined };
      readonly reason: string;
      readonly target: Target;
      readonly options: Options;
    }
  | {
      readonly command: "jobs";
      readonly action: (typeof jobsActions)[number];
      readonly plan: string;
      readonly yes: boolean;
      readonly reason: string;
      readonly target: Target;
      readonly options: Options;
    }
  | { readonly command: "audit"; readonly json: boolean }
  | { readonly command: "console"; readonly guest: string; readonly target: Target; readonly options: Options }
  | {
      readonly command: "replay";
      readonly file: string;
      readonly at: ReplayStart | undefined;
      /** Begin playing so fast; undefined: stand still. */
      readonly speed: number | undefined;
      readonly options: Options;
    }
  | {
      readonly command: "debug";
      readonly action: "parse";
      readonly list: boolean;
      /** Exit status that the command had. */
      readonly rc: number;
      readonly reading: string | undefined;
      readonly file: string | undefined;
    }
  | { readonly command: "debug"; readonly action: "probe" };

export type ArgsResult =
  | { readonly ok: true; readonly args: Args }
  /** One sentence, without `xenha-tui: ` and without an end of line. */
  | { readonly ok: false; readonly error: string; readonly command: CommandId };

type Refusal = { readonly refused: string };
const refuse = (refused: string): Refusal => ({ refused });

interface Words {
  readonly command: CommandId;
  readonly names: readonly string[];
  /** Flag -> its value; "" where it takes none or none was given. */
  readonly given: ReadonlyMap<FlagId, string>;
}

export function parseArgs(argv: readonly string[]): ArgsResult {
  const words = split(argv);
  if ("refused" in words) return { ok: false, error: words.refused, command: words.command };
  const args = understand(words);
  return "refused" in args ? { ok: false, error: args.refused, command: words.command } : { ok: true, args };
}

/** Tells commands, flags, their values and names apart. */
function split(argv: readonly string[]): Words | (Refusal & { command: CommandId }) {
  let command: CommandId | undefined;
  const names: string[] = [];
  const given = new Map<FlagId, string>();
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const bad = badArgument(word);
    if (bad !== undefined) return { refused: bad, command: command ?? "screen" };
    if (word === "--") {
      names.push(...queue.splice(0));
    } else if (word.startsWith("-") && word !== "-") {
      const problem = takeFlag(word, queue, given, command);
      if (problem !== undefined) return { ...problem, command: command ?? "screen" };
    } else {
      const found = command === undefined && names.length === 0 ? commandNamed(word) : undefined;
      if (found !== undefined) command = found;
      else names.push(word);
    }
  }
  const bad = names.map(badArgument).find((text) => text !== undefined);
  if (bad !== undefined) return { refused: bad, command: command ?? "screen" };
  return { command: command ?? "screen", names, given };
}

function badArgument(word: string): string | undefined {
  if (word.length > ARGUMENT_LENGTH_MAX && !word.includes("/")) return `an argument is longer than ${ARGUMENT_LENGTH_MAX} characters`;
  // Nothing that is typed holds control characters; a script that passes them is mistaken, and ssh shall not see them.
  return /\p{Cc}/u.test(word) ? "an argument holds a control character" : undefined;
}

/** Reads one flag, with its value where it takes one, into `given`. */
function takeFlag(word: string, queue: string[], given: Map<FlagId, string>, command: CommandId | undefined): Refusal | undefined {
  const { spec, attached } = flagNamed(word);
  if (spec === undefined) {
    const name = word.split("=")[0] ?? word;
    return refuse(
      `unknown option ${quoted(name)}${didYouMean(
        name,
        Object.values(flags).map(({ long }) => long),
      )}`,
    );
  }
  const shown = word.startsWith("--") ? spec.long : (spec.short ?? spec.long);
  let value = "";
  if (spec.value === undefined) {
    if (attached !== undefined) return refuse(`${shown} takes no value`);
  } else if (attached !== undefined) {
    if (attached === "") return refuse(`${shown} needs ${spec.value.name}`);
    value = attached;
  } else {
    const next = queue[0];
    const usable = next !== undefined && (next === "-" || !next.startsWith("-"));
    // `--demo status`: the command, not a scenario.
    const isCommand = usable && spec.value.optional && command === undefined && commandNamed(next) !== undefined;
    if (usable && !isCommand) value = queue.shift() ?? "";
    else if (!spec.value.optional) return refuse(`${shown} needs ${spec.value.name}`);
  }
  const before = given.get(spec.id);
  if (before !== undefined && before !== value) return refuse(`${shown} is given twice with different values`);
  given.set(spec.id, value);
  return undefined;
}

function flagNamed(word: string): { spec: FlagSpec | undefined; attached: string | undefined } {
  const all: readonly FlagSpec[] = Object.values(flags);
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    return { spec: all.find(({ long }) => long === name), attached: equals < 0 ? undefined : word.slice(equals + 1) };
  }
  const spec = all.find(({ short }) => short !== undefined && word.startsWith(short));
  // `-Ffile` as ssh takes it; `-hx` is not `-h`.
  if (spec === undefined || (word.length > 2 && spec.value === undefined)) return { spec: undefined, attached: undefined };
  return { spec, attached: word.length > 2 ? word.slice(2) : undefined };
}

/** Gives the words their meaning, in the order in which a mistake is best told. */
function understand(words: Words): Args | Refusal {
  const { given, names } = words;
  const spec: CommandSpec = commands[words.command];
  if (given.has("help")) return { command: "help", topic: words.command === "screen" ? undefined : words.command };
  if (given.has("version")) return { command: "version" };
  for (const id of given.keys()) {
    if (!spec.flags.includes(id))
      return refuse(`${flags[id].long} is not for ${words.command === "screen" ? "the screen" : words.command}`);
  }
  if (words.command === "debug") return understandDebug(names, given);
  if (words.command === "audit")
    return names.length > 0 ? refuse("audit takes no argument") : { command: "audit", json: given.has("json") };
  if (given.get("demo") === "list")
    return names.length > 0 ? refuse("--demo list takes no hosts") : { command: "demo-list", json: given.has("json") };
  if (words.command === "jobs") return understandJobs(names, given);
  if (words.command === "replay") return understandReplay(names, given);
  if (words.command === "console") return understandConsole(names, given);
  const looks = looking.find((id) => id === words.command);
  if (looks === undefined) return understandAct(words.command, names, given);
  const target = targetOf(names, given);
  if ("refused" in target) return target;
  const options = optionsOf(given);
  return "refused" in options ? options : { command: looks, target, options };
}

/** The pair of a command whose words name something else. */
function namedTarget(given: ReadonlyMap<FlagId, string>): Target | Refusal {
  const pair = given.get("pair");
  const hosts = given.get("hosts")?.split(",");
  if (pair !== undefined && hosts !== undefined) return refuse("--pair and --hosts exclude each other");
  if (hosts !== undefined && (hosts.length !== 2 || hosts.includes(""))) return refuse("--hosts needs two names with a comma between them");
  return targetOf(pair === undefined ? (hosts ?? []) : [pair], given);
}

const REASON_MAX = 200;

function understandAct(as: CommandId, names: readonly string[], given: ReadonlyMap<FlagId, string>): Args | Refusal {
  const target = namedTarget(given);
  if ("refused" in target) return target;
  const options = optionsOf(given);
  if ("refused" in options) return options;
  const reason = given.get("reason") ?? "";
  if (reason.length > REASON_MAX) return refuse(`--reason is longer than ${REASON_MAX} characters`);
  const args = Object.fromEntries([...given].filter(([id]) => flags[id].argument === true));
  const confirm = { dry_run: as === "plan" || given.has("dry-run"), yes: given.has("yes"), understood: given.get("i-understand") };
  return { command: "act", as, words: as === "plan" ? names : [as, ...names], args, confirm, reason, target, options };
}

function understandJobs([action = "list", plan = "", extra]: readonly string[], given: ReadonlyMap<FlagId, string>): Args | Refusal {
  const known = jobsActions.find((each) => each === action);
  if (known === undefined) return refuse(`jobs is followed by nothing or one of ${oneOf(jobsActions.slice(1))}, not ${quoted(action)}`);
  if (extra !== undefined) return refuse(`too many arguments: ${quoted(extra)}`);
  if ((known === "list") !== (plan === ""))
    return refuse(known === "list" ? `jobs list takes no argument, got ${quoted(plan)}` : `jobs ${known} needs a PLAN; jobs names them`);
  const target = namedTarget(given);
  if ("refused" in target) return target;
  const options = optionsOf(given);
  if ("refused" in options) return options;
  const reason = given.get("reason") ?? "";
  if (reason.length > REASON_MAX) return refuse(`--reason is longer than ${REASON_MAX} characters`);
  return { command: "jobs", action: known, plan, yes: given.has("yes"), reason, target, options };
}

function understandReplay([file, extra]: readonly string[], given: ReadonlyMap<FlagId, string>): Args | Refusal {
  if (file === undefined) return refuse("replay needs the FILE of a recording");
  if (extra !== undefined) return refuse(`too many arguments: ${quoted(extra)}`);
  const options = optionsOf(given);
  if ("refused" in options) return options;
  const wanted = given.get("at");
  const at = wanted === undefined ? undefined : startOf(wanted);
  if (wanted !== undefined && at === undefined)
    return refuse(`--at needs a time like 12:30 (into the recording) or 2026-11-21T02:14, got ${quoted(wanted)}`);
  const speed = given.get("speed");
  if (speed !== undefined && !(/^\d{1,3}(\.\d{1,3})?$/.test(speed) && Number(speed) > 0))
    return refuse(`--speed needs a number above 0, got ${quoted(speed)}`);
  return { command: "replay", file, at, speed: speed === undefined ? undefined : Number(speed), options };
}

/** `12:30` and `1:02:30` are into it; what has a date is a time (local, unless it says Z). */
function startOf(text: string): ReplayStart | undefined {
  const into = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{2})$/.exec(text);
  if (into !== null) return { kind: "into", ms: ((Number(into[1] ?? 0) * 60 + Number(into[2])) * 60 + Number(into[3])) * 1000 };
  const ms = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  return Number.isNaN(ms) ? undefined : { kind: "time", ms };
}

function understandConsole([guest = "", extra]: readonly string[], given: ReadonlyMap<FlagId, string>): Args | Refusal {
  if (guest === "") return refuse("console needs a GUEST");
  if (extra !== undefined) return refuse(`too many arguments: ${quoted(extra)} (the pair is named by --pair or --hosts)`);
  const target = namedTarget(given);
  if ("refused" in target) return target;
  const options = optionsOf(given);
  return "refused" in options ? options : { command: "console", guest, target, options };
}

function understandDebug(names: readonly string[], given: ReadonlyMap<FlagId, string>): Args | Refusal {
  const [action, reading, file, extra] = names;
  if (action === undefined) return refuse(`debug needs what to do: ${oneOf(debugActions)}`);
  if (action === "probe") {
    if (given.has("list") || given.has("rc")) return refuse("--list and --rc are for debug parse");
    return reading === undefined ? { command: "debug", action } : refuse(`debug probe takes no argument, got ${quoted(reading)}`);
  }
  if (action !== "parse")
    return refuse(`unknown debug action ${quoted(action)}${didYouMean(action, debugActions)}; it is ${oneOf(debugActions)}`);
  if (extra !== undefined) return refuse(`too many arguments: ${quoted(extra)} (debug parse takes READING and FILE)`);
  const rc = given.get("rc") ?? "0";
  if (!/^\d{1,3}$/.test(rc) || Number(rc) > 255) return refuse(`--rc needs an exit status from 0 to 255, got ${quoted(rc)}`);
  const list = given.has("list");
  if (list && reading !== undefined) return refuse("debug parse --list takes no argument");
  if (!list && reading === undefined) return refuse("debug parse needs a READING; `debug parse --list` names them");
  return { command: "debug", action, list, rc: Number(rc), reading, file };
}

function targetOf(names: readonly string[], given: ReadonlyMap<FlagId, string>): Target | Refusal {
  const [first, second, third] = names;
  const scenario = given.get("demo");
  if (scenario !== undefined) {
    if (given.has("from")) return refuse("--demo and --from exclude each other");
    if (first !== undefined) return refuse(`--demo brings its own hosts: leave out ${quoted(first)}`);
    if (given.has("ssh-config")) return refuse("-F has no meaning with --demo");
    const seed = given.get("seed");
    if (seed !== undefined && !/^\d{1,9}$/.test(seed))
      return refuse(`--seed needs a whole number from 0 to 999999999, got ${quoted(seed)}`);
    return { kind: "demo", scenario: scenario === "" ? undefined : scenario, seed: seed === undefined ? undefined : Number(seed) };
  }
  if (given.has("seed")) return refuse("--seed is for --demo");
  const path = given.get("from");
  if (path !== undefined) {
    if (first !== undefined) return refuse(`--from brings its own hosts: leave out ${quoted(first)}`);
    if (given.has("ssh-config")) return refuse("-F has no meaning with --from");
    if (given.has("record")) return refuse("--record has no meaning with --from");
    return { kind: "file", path };
  }
  if (third !== undefined) return refuse(`too many arguments: ${quoted(third)} (a pair has two hosts)`);
  // A host whose name starts with a dash would be an option to ssh.
  const dashed = names.find((name) => name.startsWith("-") || name === "");
  if (dashed !== undefined) return refuse(`${quoted(dashed)} is not the name of a host`);
  if (first === undefined) return { kind: "default" };
  if (second === undefined) return { kind: "pair", name: first };
  if (first === second) return refuse(`${quoted(first)} is named twice: a pair has two hosts`);
  return { kind: "hosts", hosts: [first, second] };
}

/** Longest `--timeout`: an hour. */
const TIMEOUT_MAX_S = 3600;

function optionsOf(given: ReadonlyMap<FlagId, string>): Options | Refusal {
  const timeout = given.get("timeout");
  const timeout_s = timeout === undefined ? undefined : Number(timeout);
  if (
    timeout !== undefined &&
    timeout_s !== undefined &&
    !(/^\d{1,4}(\.\d{1,3})?$/.test(timeout) && timeout_s > 0 && timeout_s <= TIMEOUT_MAX_S)
  ) {
    return refuse(`--timeout needs seconds from 0.001 to ${TIMEOUT_MAX_S}, got ${quoted(timeout)}`);
  }
  const color = given.get("color");
  const known = colors.find((name) => name === color);
  if (color !== undefined && known === undefined) {
    return refuse(`--color is ${oneOf(colors)}, not ${quoted(color)}${didYouMean(color, colors)}`);
  }
  if (given.has("light") && given.has("dark")) return refuse("--light and --dark exclude each other");
  return {
    ssh_config: given.get("ssh-config"),
    config: given.get("config"),
    timeout_s,
    json: given.has("json"),
    record: given.get("record"),
    output: given.get("output"),
    read_only: given.has("read-only"),
    ascii: given.has("ascii"),
    mouse: given.has("mouse"),
    background: given.has("light") ? "light" : given.has("dark") ? "dark" : undefined,
    color: known,
  };
}

/** An operator's word in a message: bounded, and harmless to the terminal. */
function quoted(word: string): string {
  const cut = word.length > 60 ? `${word.slice(0, 59)}…` : word;
  return `"${cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd")}"`;
}
