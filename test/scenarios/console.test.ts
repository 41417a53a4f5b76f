// biome-ignore-all lint/suspicious/noControlCharactersInRegex: keys and answers are escapes
/** A guest's console, a shell on a dom0: the real program in a real pty, over real ssh to a simulated pair. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { consolesOf, holdConsole } from "../../src/sim/console/consoles.ts";
import type { Machine } from "../../src/sim/console/machine.ts";
import { editorText, hostile } from "../../src/sim/console/screens.ts";
import type { Console } from "../kit/console.ts";
import { foreignIn } from "../kit/escapes.ts";
import { type SshPair, withSshPair } from "../kit/ssh-pair.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

const room = mkdtempSync(join(tmpdir(), "xenha-console-"));
process.on("exit", () => rmSync(room, { recursive: true, force: true }));
let rooms = 0;

interface Stage {
  readonly pair: SshPair;
  readonly console: Console;
  /** Where the operator's record lies. */
  readonly state: string;
  readonly machine: (guest: string) => Machine;
}

interface Staging {
  readonly columns?: number;
  readonly rows?: number;
  readonly scenario?: string;
  /** The command line before `-F FILE`; default: the screens. */
  readonly words?: (pair: SshPair) => readonly string[];
}

async function onStage(
  { columns = 80, rows = 24, scenario = "pair", words }: Staging,
  story: (stage: Stage) => Promise<void>,
): Promise<void> {
  rooms += 1;
  const state = join(room, String(rooms));
  await withSshPair(scenario, (pair) =>
    pair.watchWith(
      words?.(pair) ?? pair.args,
      (console) => {
        const machine = (guest: string): Machine => {
          const domain = pair.sim.world.hosts.flatMap(({ domains }) => domains).find(({ name }) => name === guest);
          if (domain === undefined) throw new Error(`${guest} runs nowhere`);
          return consolesOf(pair.sim.world).machine(domain);
        };
        return story({ pair, console, state, machine });
      },
      { columns, rows, env: { XDG_STATE_HOME: state } },
    ),
  );
}

const head = (console: Console): string => console.lines()[0] ?? "";

/** From the first screen to the console of a guest, watched. */
async function open(console: Console, guest: string): Promise<void> {
  await console.sees(/9 guests/);
  console.press("2", "/", guest, "enter");
  await console.sees(new RegExp(`1 of 9 match "${guest}"`));
  console.press("c");
  await console.sees(
    (screen) => new RegExp(`^ ${guest} +watching +\\w+ ✓ attached`).test(screen) && / heartbeat \d+ up.*\n[\s\S]*login:/.test(screen),
  );
}

/** Typing is on, and somebody is logged in. */
async function logIn(console: Console, guest: string): Promise<void> {
  console.press("t");
  await console.sees(() => head(console).includes("TYPING"));
  console.press("enter");
  await console.sees(/login: *\n/);
  console.press("root", "enter");
  await console.sees(/Password:/);
  console.press("secret of mine", "enter");
  await console.sees(new RegExp(`${guest}# *\n`));
}

const audit = (state: string): readonly Record<string, unknown>[] =>
  readFileSync(join(state, "xenha-tui/audit.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Numbers of the heartbeat that are on the screen, in order. */
const beats = (screen: string): readonly number[] => [...screen.matchAll(/ heartbeat (\d+) up/g)].map(([, number]) => Number(number));
const inOneRow = (numbers: readonly number[]): boolean => numbers.every((number, at) => at === 0 || number === (numbers[at - 1] ?? 0) + 1);

describe.concurrent("a guest's console", () => {
  it("is watched: it shows what the guest prints, and no key gets there", () =>
    onStage({}, async ({ console, machine }) => {
      await open(console, "web01");
      const [first = 0] = beats(console.screen()).slice(-1);
      await console.sees((screen) => beats(screen).at(-1) === first + 1);
      console.press("ls", "enter", "ctrl-c", "x");
      await console.sees(/Watching: keys don't reach web01/);
      expect(machine("web01").typed()).toBe("");
      console.press("esc");
      await console.sees(/1 console: ctrl-t/);
      console.press("ctrl-t");
      await console.sees(/^ web01 +watching +alpha ✓ attached/);
    }));

  it("takes every key as it is once typing is on, and that is on record without what was typed", () =>
    onStage({}, async ({ pair, console, state, machine }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      expect(machine("web01").typed()).toBe("\rroot\rsecret of mine\r");
      console.press("cat", "enter");
      const exact = [
        "\x1bOP",
        "\x1b[24~",
        "\x1b[1;5C",
        "\x1b[A",
        "\x1b[Z",
        "\x1ba",
        "\x1d",
        "é",
        "\x08",
        "\x7f",
        "\x1b[3~",
        "\x00",
        "\x1f",
        "\x1d",
        "z",
      ];
      console.press(...exact);
      await console.sees(() => machine("web01").typed().endsWith(exact.join("")));
      await console.sees(/\^\[OP\^\[\[24~\^\[\[1;5C\^\[\[A\^\[\[Z\^\[a\^\]é\^H\^\?\^\[\[3~\^@\^_\^\]z/);
      // The prefix, twice, is typed; then typing ends.
      console.press("ctrl-t", "ctrl-t");
      await console.sees(() => machine("web01").typed().endsWith("z\x14"));
      console.press("ctrl-t", "t");
      await console.sees(() => head(console).includes("watching"));
      await console.sees(() => audit(state).length === 2 && consolesOf(pair.sim.world).logged.length === 2);
      const told = audit(state);
      expect(told.map(({ kind, text, host, goal }) => [kind, text, host, goal])).toEqual([
        ["console.typing", expect.stringMatching(/^domain \d+: on$/), "alpha", "typing into the console of web01"],
        ["console.typing", expect.stringMatching(/^domain \d+: off$/), "alpha", "typing into the console of web01"],
      ]);
      expect(JSON.stringify(told)).not.toMatch(/secret|root(?!@)/);
      expect(consolesOf(pair.sim.world).logged).toEqual([
        { host: 0, text: expect.stringMatching(/^console\.typing web01 \(domain \d+\): on$/) },
        { host: 0, text: expect.stringMatching(/^console\.typing web01 \(domain \d+\): off$/) },
      ]);
    }));

  it("takes keys that the terminal tells in another protocol as an xterm would send them", () =>
    onStage({}, async ({ console, machine }) => {
      await open(console, "web01");
      // What a terminal that knows the kitty protocol answers; from here on it is asked to speak it.
      console.press("\x1b[?0u");
      await console.sees(() => console.raw().includes("\x1b[>5u"));
      console.press("\x1b[116u");
      await console.sees(() => head(console).includes("TYPING"));
      const before = machine("web01").typed();
      const told = [
        "\x1b[99;5u",
        "\x1b[93;5u",
        "\x1b[45:95;6u",
        "\x1b[49:33;4u",
        "\x1b[27u",
        "\x1b[57420;129u",
        "\x1b[57376u",
        "\x1b[P",
        "\x1b[13;2u",
        "é",
      ];
      console.press(...told);
      await console.sees(() => machine("web01").typed().endsWith("é"));
      expect(machine("web01").typed().slice(before.length)).toBe("\x03\x1d\x1f\x1b!\x1b\x1b[B\x1b[25~\x1bOP\ré");
      // The guest's own mode, with its editor: an arrow as an application wants it.
      console.press("\x1b[116;5u", "\x1b[116;5u", "\x1b[116;5u", "t");
      await console.sees(() => head(console).includes("watching"));
      // On its way to the guest while the head says so.
      await console.sees(() => machine("web01").typed().endsWith("é\x14"));
    }));

  it("asks before it types many lines, and marks a paste where the guest wants that", () =>
    onStage({ columns: 90, rows: 30 }, async ({ console, machine }) => {
      await open(console, "web01");
      console.press("\x1b[200~rm -rf /\n\x1b[201~");
      await console.sees(/Nothing was pasted: typing is off/);
      await logIn(console, "web01");
      const typed = (): string => machine("web01").typed();
      const before = typed();
      console.press("\x1b[200~echo one\necho two\x1b[2J\n\x1b[201~");
      await console.sees(/Type 2 lines into web01\? 1 control characters were left out/);
      expect(console.screen()).toMatch(/echo one[\s\S]*echo two/);
      // Neither enter nor what is typed on answers it.
      console.press("enter", "x", "n");
      await console.sees(/Nothing was pasted/);
      expect(typed()).toBe(before);
      console.press("\x1b[200~echo one\necho two\n\x1b[201~");
      await console.sees(/Type 2 lines/);
      console.press("y");
      await console.sees(/^one *$[\s\S]*^two *$/m);
      expect(typed()).toBe(`${before}echo one\recho two\r`);
      console.press("vi", "enter");
      await console.sees(/poem\.txt/);
      console.press("\x1b[200~jj\x1b[201~");
      await console.sees(() => typed().endsWith("\x1b[200~jj\x1b[201~"));
    }));

  it("follows the guest to the other host, and says so", () =>
    onStage({ columns: 130, rows: 40 }, async ({ pair, console }) => {
      await open(console, "ldap01");
      expect(head(console)).toContain("beta ✓ attached");
      console.press("z");
      await console.sees(/This console[\s\S]*opened on beta/);
      pair.fault.migrate("ldap01");
      await console.sees(() => head(console).includes("alpha ✓ attached"), 60_000);
      await console.sees(/followed to alpha, domain \d+/);
      const [last = 0] = beats(console.screen()).slice(-1);
      await console.sees((screen) => beats(screen).at(-1) === last + 2);
      expect(inOneRow(beats(console.screen()))).toBe(true);
    }));

  it("keeps the last screen and its time when the guest dies, and goes on with the next one", () =>
    onStage({}, async ({ pair, console }) => {
      await open(console, "web01");
      pair.fault.guestCrash("web01");
      await console.sees(/Kernel panic - not syncing/);
      await console.sees(() => /crashed on alpha; last printed \d\d:\d\d:\d\d UTC/.test(console.lines()[1] ?? ""));
      pair.fault.guestStop("web01");
      await console.sees(() => /last screen \d\d:\d\d:\d\d UTC/.test(head(console)));
      expect(console.screen()).toMatch(/this is the last screen, of .* from alpha; [\s\S]*Kernel panic/);
      pair.fault.guestStart("web01", "alpha");
      await console.sees(/-- a new machine on alpha, domain \d+ --/, 30_000);
      await console.sees(/web01: up, kernel/);
      console.press("G", "/", "panic", "enter");
      await console.sees(/Kernel panic/);
    }));

  it("comes back when the connection does, and never calls silence an end", () =>
    onStage({}, async ({ pair, console }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      pair.fault.consoleLinkCut("alpha");
      console.never(/doesn't run|crashed|shut down/);
      await console.sees(/Typing into web01 was switched off: the console ended/, 40_000);
      await console.sees(() => /last screen .*\n.*from alpha; alpha doesn't\s+answer/.test(console.screen()), 40_000);
      expect(console.screen()).toMatch(/web01#/);
      pair.fault.consoleLinkBack("alpha");
      await console.sees(() => /watching +alpha ✓ attached/.test(head(console)), 60_000);
      const [last = 0] = beats(console.screen()).slice(-1);
      await console.sees((screen) => (beats(screen).at(-1) ?? 0) > last);
      console.press("z");
      await console.sees(/attached again on alpha, domain \d+; what it printed in\s+between\s+may\s+be missing/);
    }));

  it("delays nothing else while the guest prints without end", () =>
    onStage({}, async ({ console }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      console.press("yes", "enter");
      await console.sees(/(?:^y *\n){20}/m);
      console.press("ctrl-t", "esc");
      await console.sees(/─ Guests ─/);
      console.press("1");
      await console.sees(/Lose alpha/);
      await console.sees(/alpha ✓ live [0-3]\.\d s[\s\S]*/);
      console.press("ctrl-t");
      await console.sees(/TYPING[\s\S]*^y *$/m);
      console.press("ctrl-c");
      await console.sees(/\^C *\n *web01# /);
    }));

  it("is held by one at a time: says by whom, waits, and takes over when asked to", () =>
    onStage({}, async ({ pair, console, state }) => {
      const free = holdConsole(pair.sim.world, "web01", "10.0.0.7");
      await console.sees(/9 guests/);
      console.press("2", "/", "web01", "enter");
      await console.sees(/1 of 9 match/);
      console.press("c");
      await console.sees(() => /taken by process \d+, from 10\.0\.0\.7, for 12 min; tried again/.test(console.lines()[1] ?? ""));
      console.press("t");
      await console.sees(/type: it isn't attached/);
      console.press("T");
      await console.sees(/End that one and attach here\? It is on record/);
      console.press("enter", "y");
      await console.sees(() => /watching +alpha ✓ attached/.test(head(console)), 30_000);
      expect(free()).toBe(true);
      expect(audit(state).map(({ kind, text }) => [kind, text])).toEqual([
        ["console.taken", expect.stringMatching(/process \d+, from 10\.0\.0\.7, for 12 min/)],
      ]);
    }));
});

describe.concurrent("what a guest draws", () => {
  it("looks as on a terminal of its own", () =>
    onStage({ columns: 100, rows: 30 }, async ({ console }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      console.press("vi", "enter");
      await console.sees(/poem\.txt[\s\S]*struck[\s\S]*colour/);
      const reference = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
      await new Promise<void>((done) => reference.write(editorText(0), done));
      const expected = (y: number, x: number) => reference.buffer.active.getLine(reference.buffer.active.baseY + y)?.getCell(x);
      const wrong: string[] = [];
      for (let y = 0; y < 24; y += 1)
        for (let x = 0; x < 80; x += 1) {
          const want = expected(y, x);
          const seen = console.cell(y + 1, x);
          const at_cursor = y === reference.buffer.active.cursorY && x === reference.buffer.active.cursorX;
          const [wanted, got] = [want?.getChars().trim() ?? "", seen.text.trim()];
          if (
            wanted !== got ||
            (wanted !== "" && (want?.isBold() !== 0) !== seen.bold) ||
            (!at_cursor && (want?.isInverse() !== 0) !== seen.inverse)
          )
            wrong.push(`${y},${x}: ${JSON.stringify(wanted)} ${JSON.stringify(got)}`);
          if (want?.isFgPalette() === true && wanted !== "" && (seen.default_fg || seen.fg !== want.getFgColor()))
            wrong.push(`${y},${x}: colour`);
        }
      expect(wrong).toEqual([]);
    }));

  it("never reaches the operator's terminal, whatever it is, and types nothing back", () =>
    onStage({}, async ({ console, machine }) => {
      const titles: string[] = [];
      const bells: string[] = [];
      console.terminal.onTitleChange((title) => titles.push(title));
      console.terminal.onBell(() => bells.push("bell"));
      await open(console, "web01");
      await logIn(console, "web01");
      const modes = { ...console.terminal.modes, synchronizedOutputMode: false };
      // Watched while it is printed: nothing is answered at all.
      console.press("hostile", "enter", "ctrl-t", "t");
      await console.sees(/ze\u0301[\s\S]*blink/);
      console.press("k", "g", "G", "Y");
      await console.sees(/Sent \d+ lines/);
      console.press("esc");
      await console.sees(() => !/lines above/.test(head(console)));
      const before = machine("web01").typed();
      console.press("R", "t");
      await console.sees(() => head(console).includes("TYPING"));
      console.press("enter", "hostile", "enter");
      // Two questions of some dozen are answered, in a form of our own.
      await console.sees(() => /^\rhostile\r\x1b\[\d+;\d+R\x1b\[\?1;2c$/.test(machine("web01").typed().slice(before.length)));
      console.press("ctrl-t", "esc");
      await console.sees(/─ Guests ─/);
      expect({ ...console.terminal.modes, synchronizedOutputMode: false }).toEqual(modes);
      expect(modes).toMatchObject({ mouseTrackingMode: "none", bracketedPasteMode: true, sendFocusMode: false, wraparoundMode: false });
      console.press("q");
      expect((await console.ended).code).toBe(0);
      expect(console.raw().length).toBeGreaterThan(10_000);
      expect(foreignIn(console.rawBytes(), "guest")).toEqual([]);
      // The program may do these itself: once when it begins, once when it ends, and copied was once.
      const times = (what: RegExp): number => [...console.raw().matchAll(what)].length;
      for (const mode of ["1049", "7", "2004"]) {
        expect(times(new RegExp(`\\x1b\\[\\?${mode}h`, "g")), mode).toBe(1);
        expect(times(new RegExp(`\\x1b\\[\\?${mode}l`, "g")), mode).toBe(1);
      }
      expect(times(/\x1b\]52;/g)).toBe(1);
      expect(times(/\x1b\[\?u/g)).toBe(1);
      expect(times(/\x1b\[(?:>5|<)u/g)).toBe(0);
      expect([titles, bells]).toEqual([[], []]);
    }));

  it("is tried with everything that is known of", () => {
    const kinds = [
      "OSC 0",
      "OSC 2",
      "OSC 4",
      "OSC 8",
      "OSC 10",
      "OSC 52",
      "DCS",
      "DECRQSS",
      "window op",
      "C1",
      "title stack",
      "kitty",
      "sixel",
      "bidi",
    ];
    expect(kinds.filter((kind) => !hostile.some(([what]) => what.includes(kind)))).toEqual([]);
  });

  it("answers where the cursor is while typing is on, and a few times at the most", () =>
    onStage({}, async ({ console, machine }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      const before = machine("web01").typed();
      console.press("ask", "enter");
      await console.sees(() => machine("web01").typed().slice(before.length) === "ask\r\x1b[24;80R\x1b[?1;2c");
    }));
});

describe.concurrent("the window of a console", () => {
  it("may be as small as 20x5 and large again", () =>
    onStage({}, async ({ console }) => {
      await open(console, "web01");
      await logIn(console, "web01");
      console.press("vi", "enter");
      await console.sees(/Two hosts/);
      console.resize(20, 5);
      await console.sees((screen) => /^ web01 +TYPING/.test(screen) && /Two hosts/.test(screen) && !/poem/.test(screen));
      console.press("j");
      console.resize(10, 3);
      await console.sees(/window/);
      console.resize(120, 40);
      await console.sees(/poem\.txt[\s\S]*italic/);
      console.press("q");
      await console.sees(/web01# /);
    }));

  it("shows the facts beside it, lists what is open and goes from one to the next", () =>
    onStage({ columns: 130, rows: 40 }, async ({ console }) => {
      await open(console, "web01");
      console.press("z");
      await console.sees(/heartbeat[\s\S]*This console/);
      expect(console.screen()).toMatch(/│.*opened on alpha/);
      console.press("z", "esc");
      await console.sees(/1 console: ctrl-t/);
      console.press("/", "backspace", "backspace", "02", "enter");
      await console.sees(/1 of 9 match "web02"/);
      console.press("c");
      await console.sees(() => /^ web02 +watching +beta ✓ attached/.test(head(console)));
      console.press("w");
      await console.sees(
        /Consoles[\s\S]*web01 +(?:printed something +)?alpha ✓ attached[\s\S]*web02 +(?:printed something +)?beta ✓ attached/,
      );
      console.press("k", "enter");
      await console.sees(() => head(console).startsWith(" web01"));
      console.press("tab");
      await console.sees(() => head(console).startsWith(" web02"));
      console.press("d");
      await console.sees(/1 console: ctrl-t/);
    }));

  it("is searched and copied above what is in sight", () =>
    onStage({}, async ({ console }) => {
      await open(console, "web01");
      const [newest = 0] = beats(console.screen()).slice(-1);
      console.press("/", `heartbeat ${newest - 40}`, "enter");
      await console.sees((screen) => beats(screen).includes(newest - 40) && !beats(screen).includes(newest));
      console.press("y");
      await console.sees(/Sent 1 line/);
      const copied = Buffer.from(/\x1b\]52;c;([^\x07]*)\x07/.exec(console.raw())?.[1] ?? "", "base64").toString("utf8");
      expect(copied).toMatch(new RegExp(`^web01 heartbeat ${newest - 40} up`));
      console.press("/", "no such text", "enter");
      await console.sees(/No line above has "no such text"/);
      console.press("g");
      await console.sees(/Linux version/);
      console.press("esc");
      await console.sees((screen) => (beats(screen).at(-1) ?? 0) >= newest);
    }));
});

describe.concurrent("as a command", () => {
  it("shows one guest's console at once, and ends with it", () =>
    onStage(
      { words: ({ args, server }) => ["console", "web01", "--hosts", server.hosts.join(","), ...args.slice(0, 2)] },
      async ({ console }) => {
        console.never(/Lose alpha/);
        await console.sees(() => /^ web01 +watching +alpha ✓ attached/.test(head(console)));
        console.press("d");
        expect(await console.ended).toMatchObject({ code: 0 });
      },
    ));

  it("says of a guest that nobody knows what isn't known", () =>
    onStage(
      { words: ({ args, server }) => ["console", "nobody", "--hosts", server.hosts.join(","), ...args.slice(0, 2)] },
      async ({ pair, console }) => {
        await console.sees(() => /alpha and beta know no guest nobody/.test(console.screen()));
        pair.fault.hostDead("beta");
        await console.sees(() => /alpha knows no guest nobody; beta can't be asked: it may run there/.test(console.screen()), 40_000);
      },
    ));
});

describe.concurrent("a shell on a dom0", () => {
  it("is opened on record, as large as the window, and ends by itself", () =>
    onStage({}, async ({ console, state }) => {
      await console.sees(/9 guests/);
      console.press(":", "alpha", "enter");
      await console.sees(/→ host alpha/);
      console.press("s");
      await console.sees(/root@alpha:~#/);
      expect(head(console)).toMatch(/^ alpha +TYPING/);
      console.press("stty size", "enter");
      await console.sees(/22 80/);
      console.resize(100, 30);
      await console.sees(() => head(console).length > 90);
      console.press("stty size", "enter");
      await console.sees(/28 100/);
      console.press("exit 3", "enter");
      await console.sees(/this is the last screen, of .* from alpha; it ended with 3/);
      expect(audit(state).map(({ kind, host, goal }) => [kind, host, goal])).toEqual([["shell.opened", "alpha", "shell on alpha"]]);
    }));
});

describe.concurrent("the logs of a host", () => {
  it("are named, followed at their end, filtered, and each line whole", () =>
    onStage({}, async ({ pair, console }) => {
      await console.sees(/9 guests/);
      console.press("2", "/", "web01", "enter");
      await console.sees(/1 of 9 match/);
      console.press("l");
      await console.sees(/logs about web01[\s\S]*alpha[\s\S]*xl-web01\.log +\d+ B[\s\S]*xl dmesg +the hypervisor's messages/);
      console.press("enter");
      await console.sees(/xl-web01\.log on alpha[\s\S]*followed +\d+ lines?[\s\S]*Waiting for domain web01/);
      pair.fault.guestCrash("web01");
      await console.sees(/▸.*Done\. Exiting now/);
      console.press("k");
      await console.sees(/▸.*Action for shutdown reason code 3/);
      console.press("enter");
      await console.sees(/a line of xl-web01\.log on alpha/);
      console.press("esc");
      await console.sees(/▸.*Action for shutdown/);
      console.press("/", "shut down", "enter");
      await console.sees(/2 of \d+ match "shut down"/);
      console.press("esc");
      await console.sees(/logs about web01/);
      console.press("/", "kernel", "enter");
      await console.sees(/dom0's kernel, from its journal/);
      console.press("enter");
      await console.sees(/kernel on alpha[\s\S]*\+0000 alpha kernel: /);
    }));

  it("say what isn't known where the host doesn't answer", () =>
    onStage({}, async ({ pair, console }) => {
      await console.sees(/9 guests/);
      console.press(":", "alpha", "enter");
      await console.sees(/→ host alpha/);
      console.press("l");
      await console.sees(/logs of alpha[\s\S]*xl dmesg/);
      console.press("enter");
      await console.sees(/followed +\d+ lines?/);
      pair.fault.consoleLinkCut("alpha");
      await console.sees(/ended [\d.]+ s ago: the connection was lost/, 40_000);
      pair.fault.consoleLinkBack("alpha");
      await console.sees(/followed +\d+ lines?/, 60_000);
    }));
});
