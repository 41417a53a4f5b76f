/** Every way in which the console ends: the terminal is as it was, the exit code says why, and nothing is left running. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Console, watching } from "../kit/console.ts";
import { guestsInOrder } from "../kit/demo-guests.ts";

/** The program below a shell that looks at the terminal before and after, as an operator's shell has it. */
const shell = [
  "sh",
  "-c",
  'before=$(stty -g); echo "before"; "$@"; code=$?; after=$(stty -g); [ "$before" = "$after" ] && same=same || same=changed; echo "ended with $code, modes $same"; read answer; exit $code',
  "sh",
] as const;

const underShell = (story: (console: Console) => Promise<void>): Promise<void> =>
  watching({ args: ["--demo"], under: shell }, async (console) => {
    await console.sees(/9 guests: all running/);
    await story(console);
  });

/** The last that was said of a terminal's mode (DECSET or DECRST). */
const isSet = (console: Console, mode: number): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape itself that is looked for
  [...console.raw().matchAll(/\x1b\[\?(\d+)([hl])/g)].filter(([, number]) => Number(number) === mode).at(-1)?.[2] === "h";

/** What the operator has before them: their own screen, with what was on it, and a shell that echoes. */
async function seesOwnTerminal(console: Console, code: number): Promise<void> {
  await console.sees(new RegExp(`^before\\n[\\s\\S]*ended with ${code}, modes same`));
  expect(console.terminal.buffer.active.type).toBe("normal");
  expect(console.screen()).not.toMatch(/Overview|Lose/);
  expect(console.terminal.modes.bracketedPasteMode).toBe(false);
  expect(console.terminal.modes.wraparoundMode).toBe(true);
  expect(console.terminal.modes.mouseTrackingMode).toBe("none");
  expect({ alternate: isSet(console, 1049), cursor: isSet(console, 25), wraps: isSet(console, 7) }).toEqual({
    alternate: false,
    cursor: true,
    wraps: true,
  });
  expect(console.cell(0, 0)).toMatchObject({ text: "b", default_fg: true, bold: false, inverse: false });
  console.press("typed", "enter");
  await console.sees("typed");
  expect((await console.ended).code).toBe(code);
}

/** Processes of the console's session, whoever started them: the pty made it its own. */
const sessionOf = (console: Console): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // pid (name) state ppid pgrp session ... (proc(5)); a name may hold anything.
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        return fields[3] === String(console.pid) && fields[0] !== "Z" ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8")}`] : [];
      } catch {
        return [];
      }
    });

/** The program itself, below the shell. */
function programOf(console: Console): number {
  const [pid] = readFileSync(`/proc/${console.pid}/task/${console.pid}/children`, "utf8").trim().split(" ").map(Number);
  if (pid === undefined || Number.isNaN(pid)) throw new Error("the shell has no child");
  return pid;
}

describe.concurrent("the console while it runs", () => {
  it("has the alternate screen, without cursor, wrapping and echo", () =>
    underShell(async (console) => {
      expect(console.terminal.buffer.active.type).toBe("alternate");
      expect(console.terminal.modes.bracketedPasteMode).toBe(true);
      expect({ cursor: isSet(console, 25), wraps: isSet(console, 7) }).toEqual({ cursor: false, wraps: false });
    }));
});

describe.concurrent("the terminal is given back", () => {
  it("after q", () =>
    underShell(async (console) => {
      console.press("q");
      await seesOwnTerminal(console, 0);
    }));

  it("after ctrl-c, also out of a question", () =>
    underShell(async (console) => {
      console.press(":");
      await console.sees(/Find a command/);
      console.press("ctrl-c");
      await seesOwnTerminal(console, 0);
    }));

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)
    it(`after ${signal}`, () =>
      underShell(async (console) => {
        process.kill(programOf(console), signal);
        await seesOwnTerminal(console, code);
      }));

  it("when it is stopped by ctrl-z, and taken again by fg", () =>
    watching(
      {
        args: ["--demo"],
        under: ["bash", "--norc", "-i", "-c", 'set -m; "$@"; echo stopped; fg >/dev/null; echo "ended with $?"; read answer', "bash"],
      },
      async (console) => {
        await console.sees(/9 guests: all running/);
        console.press("2");
        await guestsInOrder(console);
        console.press("ctrl-z");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape itself that is looked for
        await console.sees(() => /\x1b\[\?1049l[\s\S]*stopped[\s\S]*\x1b\[\?1049h/.test(console.raw()));
        // The shell brings it back at once: the same screen, drawn whole, with the keys its own.
        await console.sees(/─ Guests ─[\s\S]*▸. mail01[\s\S]*read-write/);
        console.press("j");
        await console.sees(/▸. build01/);
        console.press("q");
        await console.sees(/ended with 0/);
      },
    ));
});

describe.concurrent("a terminal that goes away", () => {
  it("ends the console within seconds, and leaves no process", () =>
    watching({ args: ["--demo"] }, async (console) => {
      await console.sees(/9 guests: all running/);
      expect(sessionOf(console)).toHaveLength(1);
      console.hangUp();
      await console.ended;
      expect(sessionOf(console)).toEqual([]);
    }));

  it("also while it took nothing any more", () =>
    watching({ args: ["--demo"] }, async (console) => {
      await console.sees(/9 guests: all running/);
      console.stall();
      // Enough to fill whatever is between: each draws the whole screen.
      for (let times = 0; times < 200; times += 1) console.press("ctrl-l");
      console.hangUp();
      await console.ended;
      expect(sessionOf(console)).toEqual([]);
    }));

  it("and a signal ends it while the terminal takes nothing", () =>
    watching({ args: ["--demo"], columns: 200, rows: 60 }, async (console) => {
      await console.sees(/9 guests: all running/);
      console.stall();
      for (let times = 0; times < 200; times += 1) console.press("ctrl-l");
      console.kill("SIGTERM");
      expect((await console.ended).code).toBe(143);
    }));
});
