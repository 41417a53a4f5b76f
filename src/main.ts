/** The composition root: what was typed becomes a screen, or a command without one; and every way in which xenha-tui ends. */
import { homedir } from "node:os";
import { type Args, type LookArgs, type Options, parseArgs } from "./cli/args.ts";
import { checkRefused } from "./cli/check.ts";
import { systemClock } from "./cli/clock.ts";
import type { CommandId } from "./cli/commands.ts";
import type { Config } from "./cli/config.ts";
import { readConfig } from "./cli/config-file.ts";
import { checkCodes, exitCodes } from "./cli/exit-codes.ts";
import type { Printed } from "./cli/headless.ts";
import { helpText } from "./cli/help.ts";
import { writeAll } from "./cli/output.ts";
import type { Style } from "./cli/table.ts";
import { version } from "./cli/version.ts";
import { choose, openDriven, Refusal, scenarioList } from "./main-pair.ts";
import type { ReplayRequest } from "./main-replay.ts";

/** What a command leaves behind. */
interface Outcome {
  readonly out?: string;
  readonly err?: string;
  readonly code: number;
}

export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const started_ms = systemClock.now_ms();
  const result = parseArgs(argv);
  const command: CommandId = result.ok ? commandOf(result.args) : result.command;
  const broken = (error: unknown): Promise<never> => end(internalError(command, error));
  // The screen has the terminal to give back first, and does that itself.
  if (command !== "screen" && command !== "console") process.on("uncaughtException", broken);
  if (!result.ok) return end(refused(result.command, [`${result.error}; see --help`]));
  try {
    const outcome = await run(result.args, started_ms);
    await end(outcome instanceof Refusal ? refused(command, outcome.lines) : outcome, command);
  } catch (error) {
    await broken(error);
  }
}

const commandOf = (args: Args): CommandId => {
  if (args.command === "act") return args.as;
  const { command } = args;
  return command === "help" || command === "version" || command === "demo-list" ? "screen" : command;
};

/** A monitor reads one line on standard output, whatever happens. */
function refused(command: CommandId, lines: readonly string[]): Outcome {
  if (command === "check") {
    const { line, code } = checkRefused(lines.join("; "));
    return { out: `${line}\n`, code };
  }
  return { err: lines.map((line) => `xenha-tui: ${line}\n`).join(""), code: exitCodes.usage.code };
}

function internalError(command: CommandId, error: unknown): Outcome {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (command === "check") return { ...refused(command, [`internal error: ${text.split("\n")[0]}`]), err: `${text}\n` };
  return { err: `xenha-tui ${version}: internal error: ${text}\n`, code: exitCodes.crashed.code };
}

/** Nothing that is still open (a socket, a timer, a pipe that nobody reads) keeps a command that is done from ending. */
async function end({ out = "", err = "", code }: Outcome, command?: CommandId): Promise<never> {
  if (err !== "") await writeAll(process.stderr, err);
  const lost = out === "" ? undefined : await writeAll(process.stdout, out);
  if (lost === undefined) process.exit(code);
  await writeAll(process.stderr, `xenha-tui: standard output took not everything: ${lost.message}\n`);
  process.exit(command === "check" ? checkCodes.UNKNOWN.code : exitCodes.failed.code);
}

async function run(args: Args, started_ms: number): Promise<Outcome | Refusal> {
  const ok = exitCodes.ok.code;
  switch (args.command) {
    case "help":
      return { out: helpText(args.topic), code: ok };
    case "version":
      return { out: `${version}\n`, code: ok };
    case "demo-list":
      return { out: await scenarioList(), code: ok };
    case "debug":
      return debug(args);
    case "status":
    case "check":
    case "doctor":
      return headless(args, started_ms);
    case "watch":
      return printed(await (await import("./main-look.ts")).watch(args));
    case "report":
      return printed(await (await import("./main-look.ts")).report(args, started_ms));
    case "bundle":
      return printed(await (await import("./main-look.ts")).bundle(args, started_ms));
    case "act":
    case "jobs":
      return acting(args);
    case "audit":
      return audit(args.json);
    case "replay":
      return replay(args);
    case "screen":
      return screen(args);
    case "console":
      return screen(args, args.guest);
  }
}

const printed = (done: Printed | Refusal): Outcome | Refusal =>
  done instanceof Refusal ? done : { out: done.text, ...(done.err === undefined ? {} : { err: done.err }), code: done.code };

async function audit(json: boolean): Promise<Outcome> {
  const [{ readAudit, stateDir }, { auditMarkdown }] = await Promise.all([
    import("./cli/operator-record.ts"),
    import("./cli/audit-text.ts"),
  ]);
  const lines = await readAudit(stateDir(process.env, homedir()));
  return { out: json ? lines.map((line) => `${JSON.stringify(line)}\n`).join("") : auditMarkdown(lines), code: exitCodes.ok.code };
}

/** Changes hosts: ctrl-c lets the running step be and begins no other; a second one leaves at once, the jobs go on. */
async function acting(args: Extract<Args, { command: "act" | "jobs" }>): Promise<Outcome | Refusal> {
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, settings, config } = chosen;
  const changes = args.command === "act" ? !args.confirm.dry_run : args.action === "takeover";
  const { refusedAct } = await import("./cli/read-only.ts");
  const refusedHere = changes ? refusedAct(settings, config.ui) : undefined;
  if (refusedHere !== undefined) return new Refusal(refusedHere);
  const [{ runAct }, { runJobs }, { operatorName, stateDir }, { createSelectPair }] = await Promise.all([
    import("./cli/act.ts"),
    import("./cli/jobs.ts"),
    import("./cli/operator-record.ts"),
    import("./state/select/pair.ts"),
  ]);
  if (target.kind === "file") return new Refusal("a file can't be acted on");
  const opened = await openDriven(target);
  if (opened instanceof Refusal) return opened;
  const { pair, clock, driven } = opened;
  let asked_to_stop = false;
  process.on("SIGINT", () => {
    if (asked_to_stop) process.exit(exitCodes.interrupted.code);
    asked_to_stop = true;
    process.stderr.write("stopping after this step; what runs on the hosts goes on (ctrl-c again leaves at once)\n");
  });
  const around = {
    pair,
    clock,
    select: createSelectPair(),
    timeout_s: args.options.timeout_s ?? settings.timeout_s,
    style: styleOf(args.options, config),
    state_dir: stateDir(process.env, homedir()),
    operator: operatorName(process.env),
    say: (line: string) => void process.stderr.write(`${line}\n`),
    ask: process.stdin.isTTY && process.stderr.isTTY ? question : undefined,
    stopping: () => asked_to_stop,
  };
  const { text, err, code } = await driven(args.command === "act" ? runAct(args, around) : runJobs(args, around));
  return { out: text, ...(err === undefined ? {} : { err }), code };
}

async function question(text: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(text)).trim();
  } finally {
    lines.close();
  }
}

/** A command that waits for both hosts, but never longer than its timeout. */
async function headless(args: LookArgs, started_ms: number): Promise<Outcome | Refusal> {
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, settings, config } = chosen;
  const how = { json: args.options.json, style: styleOf(args.options, config) };
  if (target.kind === "file") return printed(await (await import("./main-look.ts")).statusOfFile(target.path, how));
  const [{ runCheck, runStatus }, { createStepLog, runDoctor }, { selectPair }] = await Promise.all([
    import("./cli/headless.ts"),
    import("./cli/doctor.ts"),
    import("./state/select/pair.ts"),
  ]);
  const log = createStepLog();
  const opened = await openDriven(target, log);
  if (opened instanceof Refusal) return opened;
  const { pair, clock, driven } = opened;
  const request = {
    pair,
    clock,
    started_ms: pair.simulated ? clock.now_ms() : started_ms,
    timeout_s: args.options.timeout_s ?? settings.timeout_s,
    version,
  };
  const running =
    args.command === "doctor"
      ? runDoctor({ ...request, log }, how)
      : args.command === "check"
        ? runCheck({ ...request, select: selectPair }, settings.check)
        : runStatus({ ...request, select: selectPair }, how);
  const { text, code } = await driven(running);
  return { out: text, code };
}

function styleOf(options: Options, { ui }: Config): Style {
  const wanted = options.color ?? ui.color;
  const { NO_COLOR, TERM } = process.env;
  const terminal = process.stdout.isTTY && TERM !== "dumb" && (NO_COLOR === undefined || NO_COLOR === "");
  return { color: wanted === "auto" ? terminal : wanted !== "never", ascii: options.ascii || ui.ascii };
}

async function debug(args: Extract<Args, { command: "debug" }>): Promise<Outcome> {
  if (args.action === "probe") {
    const [{ probeSource }, { readings }] = await Promise.all([import("./xen/host/probe-source.ts"), import("./xen/read/index.ts")]);
    return { out: probeSource(Object.values(readings)), code: exitCodes.ok.code };
  }
  const { debugParse } = await import("./cli/debug-parse.ts");
  const words = args.list ? ["--list"] : [args.reading ?? "", ...(args.file === undefined ? [] : [args.file]), `--rc=${args.rc}`];
  const said = { out: "", err: "" };
  const code = await debugParse(words, {
    stdin: async () => (await import("node:stream/consumers")).text(process.stdin),
    readFile: async (path) => (await import("node:fs/promises")).readFile(path, "utf8"),
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += `xenha-tui: ${text}`;
    },
  });
  return { ...said, code };
}

const noTerminal = (): Refusal | undefined =>
  process.stdin.isTTY && process.stdout.isTTY
    ? undefined
    : new Refusal("the screen needs a terminal; without one there are status, check and doctor");

async function screen(args: Pick<LookArgs, "target" | "options">, guest?: string): Promise<Outcome | Refusal> {
  const cannot = noTerminal();
  if (cannot !== undefined) return cannot;
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, config } = chosen;
  if (target.kind === "file") return played({ file: target.path, at: "end", speed: undefined }, args.options, config);
  const code = await (await import("./main-screen.ts")).runScreen(args.options, { ...chosen, target }, guest);
  return code instanceof Refusal ? code : { code };
}

async function replay({ file, at, speed, options }: Extract<Args, { command: "replay" }>): Promise<Outcome | Refusal> {
  const cannot = noTerminal();
  if (cannot !== undefined) return cannot;
  const read = readConfig({ given: options.config, env: process.env, home: homedir() });
  return read.ok ? played({ file, at, speed }, options, read.config) : new Refusal(...read.errors);
}

async function played(request: ReplayRequest, options: Options, config: Config): Promise<Outcome | Refusal> {
  const code = await (await import("./main-replay.ts")).runReplay(request, options, config);
  return code instanceof Refusal ? code : { code };
}
