/** A login shell on a simulated dom0: a line editor, the commands that only look, and what shows a terminal. */
import { runCommand } from "../ssh/commands.ts";
import type { SimProgram, SimStart } from "./program.ts";

const LINE_MAX = 1_000;
const FLOOD = "y\r\n".repeat(4_096);
const FLOOD_MS = 100;

export function startShell({ world, host, pty, output }: SimStart): SimProgram {
  let size = { columns: pty?.columns ?? 80, rows: pty?.rows ?? 24 };
  let line = "";
  let over = false;
  let paused = false;
  let flooding = false;
  const prompt = `root@${host.name}:~# `;
  const end = (code: number): void => {
    if (over) return;
    over = true;
    output.end(code);
  };
  const flood = (): void => {
    if (!flooding || over) return;
    for (let chunks = 0; chunks < 64 && !paused; chunks += 1) output.out(FLOOD);
  };
  const floodOn = (): void => {
    if (!flooding || over) return;
    flood();
    world.scheduler.after(FLOOD_MS, floodOn);
  };
  const command = (words: readonly string[], text: string): string => {
    if (words[0] === "stty" && words[1] === "size") return `${size.rows} ${size.columns}\r\n`;
    if (words[0] === "echo") return `${words.slice(1).join(" ")}\r\n`;
    if (words[0] === undefined || words[0] === "") return "";
    const { stdout, stderr } = runCommand(world, host, text);
    return (stdout + stderr).replaceAll("\n", "\r\n");
  };
  const run = (said: string): void => {
    const words = said.trim().split(/\s+/);
    if (words[0] === "exit") end(Number(words[1] ?? 0));
    else if (words[0] === "yes") {
      flooding = true;
      floodOn();
    } else output.out(command(words, said.trim()) + prompt);
  };
  const edit = (character: string): void => {
    if (character === "\x7f") {
      if (line !== "") output.out("\b \b");
      line = line.slice(0, -1);
    } else if (character === "\x1d") output.out("^]");
    else if (character >= " " && line.length < LINE_MAX) {
      line += character;
      output.out(character);
    }
  };
  const key = (character: string): void => {
    if (character === "\x03") {
      [flooding, line] = [false, ""];
      output.out(`^C\r\n${prompt}`);
    } else if (flooding) return;
    else if (character === "\r") {
      const said = line;
      line = "";
      output.out("\r\n");
      run(said);
    } else if (character === "\x04" && line === "") end(0);
    else edit(character);
  };
  const decoder = new TextDecoder();
  output.out(`Linux ${host.name} ${host.kernel}\r\n${prompt}`);
  return {
    hear: (data) => {
      for (const character of decoder.decode(data, { stream: true })) if (!over) key(character);
    },
    eof: () => end(0),
    resize: (columns, rows) => {
      size = { columns, rows };
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      flood();
    },
    hangUp: () => {
      over = true;
    },
  };
}
