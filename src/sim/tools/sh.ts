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

const texts: Readonly<Record<string, (run: ToolRun, words: readonly string[]) => number>> = {
  "# xenha: end the transport of a migration": endTransport,
};

export const sh: Tool = (run) => {
  const [option, text = "", , ...words] = run.argv;
  const act = option === "-c" ? texts[text.split("\n")[0] ?? ""] : undefined;
  if (act === undefined) return otherText(run);
  run.after(TOOK_MS, () => run.end(act(run, words)));
};
