/** Where the incident report goes. Part of the composition root. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readAudit, stateDir } from "./cli/operator-record.ts";
import { reportMarkdown } from "./cli/report.ts";
import { fileStamp, fileWord, writeNewFile } from "./cli/run-bundle.ts";
import type { PairView } from "./state/view-model.ts";

export interface ReportOf {
  readonly view: PairView;
  readonly xenha_tui: string;
}

export async function reportText({ view, xenha_tui }: ReportOf): Promise<string> {
  return reportMarkdown({ view, xenha_tui, audit: await readAudit(stateDir(process.env, homedir())) });
}

/** Into the operator's state directory; what to say of it. */
export async function writeReport(of: ReportOf): Promise<{ readonly text: string; readonly tone: "ok" | "warning" }> {
  const folder = join(stateDir(process.env, homedir()), "reports");
  const path = join(folder, `${fileWord(of.view.name)}-${fileStamp(of.view.now_ms)}.md`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return { text: `No report: ${folder} can't be made (${error instanceof Error ? error.message : String(error)})`, tone: "warning" };
  }
  const problem = await writeNewFile(path, await reportText(of));
  return problem === undefined
    ? { text: `Report written: ${path}`, tone: "ok" }
    : { text: `No report: ${path} ${problem}`, tone: "warning" };
}
