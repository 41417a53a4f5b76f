import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditMarkdown } from "../../src/cli/audit-text.ts";
import { createRecall, createRecord, makeStateDir, readAudit, unfinishedHere } from "../../src/cli/operator-record.ts";
import { type Entry, lineOf } from "../../src/state/plan/journal.ts";
import { planOfSteps } from "../state/plan/plans.ts";

const who = { id: "20261122-2000-abc", driver: "c1", operator: "ana@desk", reason: "new disk" };
const plan = planOfSteps(["pause"]);
const entries: readonly Entry[] = [
  {
    kind: "header",
    v: 1,
    id: who.id,
    goal: plan.goal,
    action: "guest pause",
    operator: who.operator,
    reason: who.reason,
    at_ms: Date.UTC(2026, 10, 22, 20),
    keys: plan.keys,
    hosts: plan.hosts,
    steps: ["pause web01"],
  },
  { kind: "plan", request: plan.request, steps: plan.steps },
  {
    kind: "checked",
    at_ms: Date.UTC(2026, 10, 22, 20, 0, 1),
    checks: [
      {
        id: "guest",
        result: "pass",
        text: "web01 runs | on alpha",
        evidence: [{ host: "alpha", source: "xl list -v", at_ms: Date.UTC(2026, 10, 22, 20) }],
      },
    ],
  },
  { kind: "intent", step: 0, driver: "c1", at_ms: Date.UTC(2026, 10, 22, 20, 0, 2) },
  {
    kind: "outcome",
    step: 0,
    result: "done",
    text: "web01 is paused; password=hunter2",
    at_ms: Date.UTC(2026, 10, 22, 20, 0, 3),
    rc: 0,
    said: ["fine"],
  },
];

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "xenha-record-"));
  expect(makeStateDir(dir)).toBeUndefined();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function written(some: readonly Entry[]): Promise<void> {
  const record = createRecord(dir);
  for (const [at, entry] of some.entries()) expect(await record(who, entry, plan, lineOf(entry, at))).toBe(true);
}

describe("the operator's record", () => {
  it("gives a plan's lines back as they were written, and leaves out one that wasn't written to its end", async () => {
    await written(entries);
    const path = join(dir, "plans", `${who.id}.journal`);
    writeFileSync(path, `${readFileSync(path, "utf8")}000005 {"kind":"int`);
    expect(await createRecall(dir)(who.id)).toEqual(entries.map((entry, at) => lineOf(entry, at)));
    expect(await createRecall(dir)("nothing")).toEqual([]);
  });

  it("knows the plans that nobody ended", async () => {
    await written(entries);
    expect((await unfinishedHere(dir)).map(({ id, body, entries: own }) => [id, body?.steps.length, own.length])).toEqual([[who.id, 1, 2]]);
    const end: Entry = { kind: "end", result: "done", text: "", at_ms: 1 };
    await createRecord(dir)(who, end, plan, { ...lineOf(end, 5), seq: "end" });
    expect(await unfinishedHere(dir)).toEqual([]);
  });

  it("says where it can't be written", async () => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    expect(makeStateDir(join(file, "x"))).toMatch(/can't be made/);
    expect(await createRecord(join(file, "x"))(who, entries[0] as Entry, plan, lineOf(entries[0] as Entry, 0))).toBe(false);
  });

  it("audits what was checked, begun and found, with host, command and evidence, and no secret", async () => {
    await written(entries);
    const audit = await readAudit(dir);
    expect(audit.map(({ kind }) => kind)).toEqual(["header", "checked", "intent", "outcome"]);
    expect(audit[3]).toMatchObject({
      plan: who.id,
      operator: "ana@desk",
      host: "alpha",
      argv: ["xl", "pause", "1"],
      result: "done",
      rc: 0,
    });
    expect(readFileSync(join(dir, "audit.jsonl"), "utf8")).not.toContain("hunter2");
    const text = auditMarkdown(audit);
    expect(text).toContain("## pause (20261122-2000-abc)");
    expect(text).toContain("ana@desk: new disk");
    expect(text).toContain("| pass | web01 runs \\| on alpha | `xl list -v` on alpha, 2026-11-22 20:00:00 |");
    expect(text).toContain("| 2026-11-22 20:00:02 | begun | alpha | pause | `xl pause 1` |  |  |");
    expect(text).toContain("| done | web01 is paused; password=***; exit 0; `fine` |");
    expect(text).not.toContain("hunter2");
  });
});
