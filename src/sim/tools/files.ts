/** cp, dd, mv, ln, rm, as plans use them on a simulated host. */
import { linkFile, readFile, removeFile, writeFile } from "../files.ts";
import type { Tool, ToolRun } from "./tool.ts";

const TOOK_MS = 20;
const words = ({ argv }: ToolRun): readonly string[] => argv.filter((word) => !word.startsWith("-"));

/** A moment later, with its exit status. */
const quick =
  (act: (run: ToolRun) => number): Tool =>
  (run) =>
    run.after(TOOK_MS, () => run.end(act(run)));

const missing = ({ say }: ToolRun, program: string, path: string): number => {
  say(`${program}: cannot stat '${path}': No such file or directory`);
  return 1;
};

export const cp: Tool = quick((run) => {
  const [from = "", to = ""] = words(run);
  const text = readFile(run.world, run.host, from);
  if (text === undefined) return missing(run, "cp", from);
  writeFile(run.world, run.host, to, text);
  return 0;
});

export const dd: Tool = quick((run) => {
  const path = run.argv.find((word) => word.startsWith("of="))?.slice(3);
  if (path === undefined) return 1;
  writeFile(run.world, run.host, path, run.input);
  return 0;
});

export const mv: Tool = quick((run) => {
  const [from = "", to = ""] = words(run);
  const text = readFile(run.world, run.host, from);
  if (text === undefined) return missing(run, "mv", from);
  removeFile(run.host, from);
  writeFile(run.world, run.host, to, text);
  return 0;
});

export const ln: Tool = quick((run) => {
  const [target = "", path = ""] = words(run);
  if (linkFile(run.host, target, path)) return 0;
  run.say(`ln: failed to create symbolic link '${path}': File exists`);
  return 1;
});

export const rm: Tool = quick((run) => {
  const [path = ""] = words(run);
  if (removeFile(run.host, path)) return 0;
  run.say(`rm: cannot remove '${path}': No such file or directory`);
  return 1;
});

/** Changes nothing; some steps are there for what must be so. */
export const nothing: Tool = quick(() => 0);
