/** `sh -c TEXT sh WORDS...`: the few texts that plans give a shell, told by their first lines, and what they do to a simulated host. */
import { breakTransport } from "../model/migrate.ts";
import type { Migration } from "../model/world.ts";
import { otherText } from "./shell.ts";
import type { Tool, ToolRun } from "./tool.ts";
import { isUp } from "./xl-domain.ts";

const TOOK_MS = 300;

export const sending = ({ phase }: Migration): boolean => phase !== "done" && phase !== "failed";

function endTransport({ world, host, say }: ToolRun, [, name = "", mode = ""]: readonly string[]): number {
  const own = world.migrations.find((each) => each.guest === name && each.source === host.ix && sending(each));
  if (own === undefined) {
    say("xenha: no xl migrates it: nothing was done");
    return 3;
  }
  const domain = host.domains.find((each) => each.guest?.name === name);
  if (mode === "running" && (domain === undefined || !isUp(domain))) {
    say("xenha: too late, it stands still (---ss-): nothing was done");
    return 4;
  }
  breakTransport(world, own);
  say("xenha: ended 4711, xl 4710 goes on without it");
  return 0;
}

/** The line that comes on stdin, under the name. */
function keep({ host, input }: ToolRun, [name = ""]: readonly string[]): number {
  host.kept.set(name, input);
  return 0;
}

function forget({ host }: ToolRun, [name = ""]: readonly string[]): number {
  host.kept.delete(name);
  return 0;
}

const AUTO = "/etc/xen/auto";

function moveEntries({ host }: ToolRun, [from = "", to = "", ...names]: readonly string[]): number {
  for (const name of names) {
    if (from === AUTO) {
      const entry = host.auto.find((each) => each.name === name);
      if (entry === undefined) continue;
      host.auto = host.auto.filter((each) => each !== entry);
      host.files.set(`${to}/${name}`, entry.target ?? "");
    } else {
      const target = host.files.get(`${from}/${name}`);
      if (target === undefined) continue;
      host.files.delete(`${from}/${name}`);
      host.auto = [...host.auto, { name, target: target === "" ? undefined : target }].sort((a, b) => (a.name < b.name ? -1 : 1));
    }
  }
  return 0;
}

const texts: Readonly<Record<string, (run: ToolRun, words: readonly string[]) => number>> = {
  "# xenha: end the transport of a migration": endTransport,
  "# xenha: keep a line": keep,
  "# xenha: forget a line": forget,
  "# xenha: move autostart entries": moveEntries,
};

export const sh: Tool = (run) => {
  const [option, text = "", , ...words] = run.argv;
  const act = option === "-c" ? texts[text.split("\n")[0] ?? ""] : undefined;
  if (act === undefined) return otherText(run);
  run.after(TOOK_MS, () => run.end(act(run, words)));
};
