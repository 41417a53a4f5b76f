/** Answers written by the format that xapi-project/xen-api prints (see the reading's comment): no real host's was recorded. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Xapi } from "../../../src/xen/model/xapi.ts";
import { RC_ABSENT } from "../../../src/xen/read/reading.ts";
import { parseXapi, xapi } from "../../../src/xen/read/xapi.ts";
import { expectTotal } from "./hostile.ts";
import { ASLEEP, pool, slaveOf, xapiAnswer } from "./xapi-answers.ts";

const parse = (stdout: string, more: { rc?: number; truncated?: boolean } = {}) =>
  parseXapi({ rc: more.rc ?? 0, stdout, truncated: more.truncated ?? false });
function facts(stdout: string, more = {}): Xapi {
  const result = parse(stdout, more);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.facts;
}

describe("xe", () => {
  it("tells the pool's HA and this host's PBDs with their SRs", () => {
    expect(facts(xapiAnswer())).toEqual({
      role: "master",
      master: undefined,
      emergency: false,
      host_is_slave: false,
      starting: false,
      refused: undefined,
      pool: {
        uuid: "1b6ee6f3-6c3b-4f2d-8c39-8f1d1f2ad001",
        ha_enabled: true,
        failures_to_tolerate: 1,
        plan_exists_for: 1,
        overcommitted: false,
      },
      pbds: [
        {
          uuid: "06d10e9e-c7ad-2ed6-a901-53ac1c2c7486",
          sr_uuid: "d5f990f6-abca-0ebf-8582-b7e55901fb50",
          sr_name: "san: gold",
          sr_type: "lvmoiscsi",
          shared: true,
          attached: true,
        },
        {
          uuid: "c6efe80b-8b47-b24b-f70e-143b24cd4257",
          sr_uuid: "b233727a-ca4b-f244-8ee4-6573e6926138",
          sr_name: "Local storage",
          sr_type: "ext",
          shared: false,
          attached: true,
        },
      ],
      not_understood: [],
    });
  });

  it("tells who is lost: emergency mode, HOST_IS_SLAVE and a master that doesn't answer", () => {
    expect(facts(slaveOf("10.0.0.1", { emergency: "true", pool: ASLEEP, rc: 1 }))).toMatchObject({
      role: "slave",
      master: "10.0.0.1",
      emergency: true,
      host_is_slave: false,
      starting: false,
      pool: undefined,
      pbds: undefined,
      refused: "xe pool-list exited with 1: Cannot perform operation as the host is running in emergency mode.",
    });
    for (const said of [
      "You cannot make regular API calls directly on a slave. Please pass API calls via the master host.\nMaster IP address: 10.0.0.9",
      "You cannot make regular API calls directly on a supporter. Please pass API calls via the coordinator host.\nMaster IP address: 10.0.0.9",
      "Error code: HOST_IS_SLAVE\nError parameters: 10.0.0.9",
    ])
      expect(facts(slaveOf("10.0.0.1", { pool: said, rc: 1 }))).toMatchObject({
        host_is_slave: true,
        master: "10.0.0.9",
        emergency: false,
      });
    const hangs = { host_is_slave: false, emergency: false, refused: "xe pool-list didn't answer within its time limit" };
    expect(facts(slaveOf("fd00::1", { pool: "", rc: 124 }))).toMatchObject({ ...hangs, master: "fd00::1" });
    const starting = "The host toolstack is still initialising. Please wait.";
    expect(facts(slaveOf("10.0.0.1", { emergency: "true", pool: starting, rc: 1 }))).toMatchObject({ emergency: true, starting: true });
  });

  it("fails where XAPI itself doesn't answer, and is absent without xe", () => {
    expect(parse("", { rc: RC_ABSENT })).toMatchObject({ kind: "absent" });
    const refused = "Error: Connection refused (calling connect )";
    expect(parse(`@@ role\nmaster\n@@ emergency\n${refused}\n@@ rc 1\n`)).toMatchObject({
      kind: "failed",
      error: `xe host-is-in-emergency-mode exited with 1: ${refused}`,
    });
    expect(parse("@@ role\nmaster\n@@ emergency\n@@ rc 124\n")).toMatchObject({ kind: "failed", no_answer: true });
    // Killed while it waited for the pool: a master that says nothing isn't one that is lost.
    expect(parse("@@ role\nmaster\n@@ emergency\nfalse\n@@ rc 0\n@@ pool\n", { rc: 137 })).toMatchObject({
      kind: "failed",
      no_answer: true,
    });
    expect(parse("@@ role\nmaster\n@@ emergency\nfalse\n@@ rc 0\n@@ pool\nLost connection to the server.\n@@ rc 1\n")).toMatchObject({
      kind: "failed",
      error: "xe pool-list exited with 1: Lost connection to the server.",
    });
  });

  it("says what it didn't understand and takes half an answer for none", () => {
    const half = xapiAnswer().split("@@ pbd")[0] ?? "";
    expect(facts(`${half}@@ pbd\nuuid ( RO)    : 06d1`, { truncated: true })).toMatchObject({
      pbds: undefined,
      not_understood: [expect.stringContaining("cut"), "(xe pbd-list wasn't answered to its end)"],
    });
    const odd = facts(xapiAnswer({ pool: pool({ plan: "<not in database>" }), attached: "perhaps" }));
    expect(odd.pool?.plan_exists_for).toBeUndefined();
    expect(odd.pbds?.[0]?.attached).toBeUndefined();
    expect(odd.not_understood).toEqual([expect.stringContaining("currently-attached: perhaps")]);
    // A name of two lines: its second isn't a field.
    expect(facts(xapiAnswer({ sr_name: "gold\nsecond line" })).not_understood).toEqual(["second line"]);
  });

  it("survives anything", () => {
    expectTotal(parseXapi, xapiAnswer());
    expectTotal(parseXapi, slaveOf("10.0.0.1", { emergency: "true", pool: ASLEEP, rc: 1 }));
  });
});

describe("its script", () => {
  /** With an `xe` of the test's own, first on the path. */
  function run(xe: string | undefined): { rc: number; stdout: string } {
    const folder = mkdtempSync(join(tmpdir(), "xenha-xe-"));
    try {
      if (xe !== undefined) {
        writeFileSync(join(folder, "xe"), `#!/bin/sh\n${xe}`);
        chmodSync(join(folder, "xe"), 0o755);
      }
      const stdout = execFileSync("/bin/sh", ["-c", xapi.script], {
        encoding: "utf8",
        env: { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: "C" },
      });
      return { rc: 0, stdout };
    } catch (error) {
      return { rc: (error as { status: number }).status, stdout: "" };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("asks nothing where there is no xe", () => expect(run(undefined)).toEqual({ rc: RC_ABSENT, stdout: "" }));

  it("asks no further once something isn't answered", () => {
    const said = run('[ "$1" = host-is-in-emergency-mode ] && { echo true; exit 0; }; echo "asked $1" >&2; exit 1');
    expect(said.stdout).toContain("@@ emergency\ntrue\n@@ rc 0\n@@ pool\nasked pool-list\n@@ rc 1\n");
    expect(said.stdout).not.toContain("pbd");
    expect(parse(said.stdout)).toMatchObject({ ok: true, facts: { emergency: true } });
  });

  it("gives every question its own limit, and asks for nothing that can hold a password", () => {
    expect(xapi.script).toMatch(/timeout \d+ xe /);
    expect(xapi.script).not.toContain("device-config");
  });
});
