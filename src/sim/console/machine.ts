/**
 * What runs inside of a simulated guest, as its console shows it: a boot, a heartbeat that goes on over a migration, a login, a shell with a few programs. It
 * belongs to the guest and not to a domain: a migration moves it, a start begins it anew.
 */
import type { HostIx, SimDomain } from "../model/guest.ts";
import { hostIndexes } from "../model/guest.ts";
import { isAlive } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { bootText, EDITOR_END, editorText, hostileText, panicText } from "./screens.ts";

const HEARTBEAT_MS = 5_000;
/** Output that nobody has read, kept by xenconsoled. */
const UNREAD_MAX = 64 * 1024;
const FLOOD_CHUNK = "y\r\n".repeat(4_096);
const LINE_MAX = 1_000;
/** Lines of the heartbeat that were printed before anybody looked. */
const BEFORE_LINES = 60;

/** Whoever reads a console: one at a time, on the host where the domain is. */
export interface Reader {
  readonly host: HostIx;
  readonly domid: number;
  readonly hear: (text: string) => void;
  /** Takes no more for now. */
  readonly isFull: () => boolean;
}

export interface Machine {
  /** What was printed and not read comes first. */
  readonly attach: (reader: Reader) => void;
  readonly detach: (reader: Reader) => void;
  readonly type: (text: string) => void;
  /** The reader can take more. */
  readonly drained: () => void;
  /** Everything that was typed, as it came. */
  readonly typed: () => string;
  readonly crash: () => void;
  /** Nothing is printed any more: another machine has its place. */
  readonly end: () => void;
}

type Program = "login" | "password" | "shell" | "cat" | "editor" | "flood" | "dead";

const caret = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : code === 0x7f ? "^?" : character;
};

function runningDomain(world: World, uuid: string): { readonly ix: HostIx; readonly domain: SimDomain } | undefined {
  for (const ix of hostIndexes) {
    const host = world.hosts[ix];
    if (!isAlive(host)) continue;
    const domain = host.domains.find((each) => each.uuid === uuid && !each.paused && /^(?:running|blocked|runnable)$/.test(each.run));
    if (domain !== undefined) return { ix, domain };
  }
  return undefined;
}

export function createMachine(world: World, uuid: string, name: string, kernel: string, age_ms: number): Machine {
  let program: Program = "login";
  let line = "";
  let typed = "";
  let unread = "";
  let beats = Math.floor(age_ms / HEARTBEAT_MS);
  let editor_line = 0;
  let over = false;
  const booted_ms = world.scheduler.now_ms - age_ms;
  const readers = new Set<Reader>();
  /** Where it ran when it was looked at last: what it prints comes out there. */
  let here: { readonly ix: HostIx; readonly domid: number } | undefined;
  const uptime = (): number => (world.scheduler.now_ms - booted_ms) / 1000;

  const runs = (): boolean => {
    const now = runningDomain(world, uuid);
    if (now !== undefined) here = { ix: now.ix, domid: now.domain.domid };
    return now !== undefined;
  };
  const readerNow = (): Reader | undefined => [...readers].find(({ host, domid }) => host === here?.ix && domid === here.domid);
  const print = (text: string): void => {
    runs();
    const reader = readerNow();
    if (reader !== undefined) reader.hear(text);
    else unread = (unread + text).slice(-UNREAD_MAX);
  };
  const beatText = (number: number, at_s: number): string => `${name} heartbeat ${number} up ${at_s.toFixed(2)}\r\n`;
  const prompt = (): string =>
    program === "login" ? `\r\n${name} login: ` : program === "password" ? "Password: " : program === "shell" ? `${name}# ` : "";

  const flood = (): void => {
    const reader = runs() ? readerNow() : undefined;
    if (program !== "flood" || reader === undefined) return;
    for (let chunks = 0; chunks < 64 && !reader.isFull(); chunks += 1) reader.hear(FLOOD_CHUNK);
  };
  const beat = (): void => {
    if (over) return;
    if (runs() && program !== "dead") {
      beats += 1;
      if (program !== "editor" && program !== "flood") print(beatText(beats, uptime()));
      flood();
    }
    world.scheduler.after(HEARTBEAT_MS, beat);
  };
  const floodOn = (): void => {
    if (program !== "flood") return;
    flood();
    world.scheduler.after(100, floodOn);
  };

  /** What a command prints, with the prompt that follows. */
  const run = (command: string): string => {
    const [word = "", ...words] = command.trim().split(/\s+/);
    const answers: Readonly<Record<string, () => string>> = {
      "": () => "",
      echo: () => `${words.join(" ")}\r\n`,
      clear: () => "\x1b[H\x1b[2J",
      uname: () => `Linux ${name} ${kernel}\r\n`,
      hostile: () => `${hostileText}\r\n`,
      colours: () => `${Array.from({ length: 16 }, (_, at) => `\x1b[48;5;${at}m  `).join("")}\x1b[0m\r\n`,
      ask: () => "\x1b[999;999H\x1b[6n\x1b[c",
      cat: () => become("cat"),
      vi: () => become("editor") + editorText(0),
      yes: () => {
        become("flood");
        floodOn();
        return "";
      },
      crash: () => {
        machine.crash();
        return "";
      },
      exit: () => `${become("login")}logout\r\n`,
    };
    return (answers[word]?.() ?? `sh: ${word}: not found\r\n`) + prompt();
  };
  const become = (next: Program): string => {
    program = next;
    editor_line = 0;
    return "";
  };

  /** One line was ended; what is printed then. */
  const enter = (): string => {
    const said = line;
    line = "";
    if (program === "shell") return run(said);
    if (program === "login") program = said === "" ? "login" : "password";
    else if (program === "password") {
      program = "shell";
      return `Last login: Sun Nov 22 19:14:02 on hvc0\r\n${name}# `;
    }
    return prompt();
  };

  const editLine = (character: string): string => {
    if (character === "\r" || character === "\n") return `\r\n${enter()}`;
    if (character === "\x7f" || character === "\b") {
      const erased = line === "" ? "" : "\b \b";
      line = line.slice(0, -1);
      return erased;
    }
    if (character === "\x03") {
      line = "";
      return `^C\r\n${prompt()}`;
    }
    if (character < " " || line.length >= LINE_MAX) return "";
    line += character;
    return program === "password" ? "" : character;
  };

  /** What a key makes the program print. */
  const keys: Readonly<Record<Program, (character: string) => string>> = {
    login: editLine,
    password: editLine,
    shell: editLine,
    dead: () => "",
    cat: (character) => {
      if (character === "\r") return "\r\n";
      return character === "\x03" || character === "\x04" ? `${caret(character)}\r\n${become("shell")}${prompt()}` : caret(character);
    },
    flood: (character) => (character === "\x03" ? `^C\r\n${become("shell")}${prompt()}` : ""),
    editor: (character) => {
      if (character === "q") return `${EDITOR_END}${become("shell")}${prompt()}`;
      if (character === "j" || character === "k") editor_line = Math.max(0, editor_line + (character === "j" ? 1 : -1));
      return editorText(editor_line);
    },
  };

  const machine: Machine = {
    attach: (reader) => {
      readers.add(reader);
      runs();
      const said = unread;
      unread = "";
      if (said !== "") reader.hear(said);
    },
    detach: (reader) => void readers.delete(reader),
    type: (text) => {
      typed = (typed + text).slice(-UNREAD_MAX);
      if (!runs()) return;
      for (const character of text) print(keys[program](character));
    },
    drained: flood,
    typed: () => typed,
    crash: () => {
      if (over) return;
      print(panicText(uptime()));
      machine.end();
    },
    end: () => {
      program = "dead";
      over = true;
    },
  };
  unread = bootText(name, kernel);
  for (let number = Math.max(1, beats - BEFORE_LINES); number <= beats; number += 1)
    unread += beatText(number, (number * HEARTBEAT_MS) / 1000);
  unread += prompt();
  world.scheduler.after(HEARTBEAT_MS - (age_ms % HEARTBEAT_MS), beat);
  return machine;
}
