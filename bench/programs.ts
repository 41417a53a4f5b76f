/** The programs that are measured: the console as it is installed, and the one that is fed at a chosen rate. Built once. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../scripts/build.ts";
import { sizedPair } from "./pair.ts";
import { recordStory } from "./story.ts";
import { writeStory } from "./story-file.ts";

const root = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "xenha-bench-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

export const fileIn = (name: string): string => join(directory, name);

function once<Args extends readonly unknown[], T>(make: (...args: Args) => T): (...args: Args) => T {
  const made = new Map<string, T>();
  return (...args) => {
    const key = args.join(" ");
    const value = made.has(key) ? (made.get(key) as T) : make(...args);
    made.set(key, value);
    return value;
  };
}

const consoleBuilt = once(() => bundle({ outdir: join(root, "dist") }));
const replayBuilt = once(() => bundle({ outdir: fileIn("replay"), entry: "bench/programs/replay.ts" }));
const storyWritten = once((guests: number, resyncs: number) => {
  const file = fileIn(`story-${guests}-${resyncs}.json`);
  writeFileSync(file, writeStory(recordStory(sizedPair(guests, resyncs))));
  return file;
});

/** argv of the console for the pair behind this ssh_config: by its name, on the Node that runs this. */
export async function consoleFor(ssh_config: string): Promise<readonly string[]> {
  await consoleBuilt();
  return ["env", `PATH=${nodeFirst()}`, join(root, "bin/xenha-tui"), "--ssh-config", ssh_config, "alpha", "beta"];
}

/** A PATH on which `node` is this one. */
const nodeFirst = once(() => {
  mkdirSync(fileIn("bin"));
  symlinkSync(process.execPath, fileIn("bin/node"));
  return `${fileIn("bin")}:${process.env.PATH ?? ""}`;
});

export async function replayOf(guests: number, resyncs: number, rate_hz: number, mode = ""): Promise<readonly string[]> {
  await replayBuilt();
  return [process.execPath, fileIn("replay/main.js"), storyWritten(guests, resyncs), String(rate_hz), mode];
}
