import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseXlListLong, xlListLong } from "../../../src/xen/read/xl-list-long.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("healthy/alpha/xl-list-l.json").stdout;
const parse = (stdout: string, over: { rc?: number; truncated?: boolean } = {}) =>
  parseXlListLong({ rc: 0, truncated: false, ...over, stdout });
function facts(stdout: string, over: { rc?: number; truncated?: boolean } = {}) {
  const result = parse(stdout, over);
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const names = (stdout: string) => facts(stdout).domains.map(({ domid, config }) => [domid, config.name]);

describe("xl list -l", () => {
  it("reads a healthy dom0, where domid lies beside config and not in it", () => {
    expect(names(real)).toEqual([
      [0, "Domain-0"],
      [1, "web01"],
      [2, "cache01"],
    ]);
    expect(facts(real).not_understood).toEqual([]);
  });

  it("reads what there is while a domain is coming in", () => {
    const said = recording("migrate/beta/xl-list-l.json.err").stdout;
    expect(names(`${said}${recording("migrate/beta/xl-list-l.json").stdout}`)).toEqual([
      [0, "Domain-0"],
      [1, "db01"],
    ]);
  });

  it("still yields the whole elements of a broken list, and names the rest without repeating it", () => {
    const cut = `${real.slice(0, real.indexOf('"disks"'))}`;
    const { domains, not_understood } = facts(cut, { truncated: true });
    expect(domains.map(({ config }) => config.name)).toEqual(["Domain-0"]);
    expect(not_understood).toEqual([expect.stringMatching(/cut/), "(unreadable: domid 1, web01)"]);
  });

  it("keeps no password of an element it can't read", () => {
    const broken = '[{"domid": 4, "config": {"c_info": {"name": "x"}, "vnc": {"passwd": "s3cret" oops}}}]';
    const kept = JSON.stringify(parse(`[${real.trim().slice(1, -1)},${broken.slice(1)}`));
    expect(kept).toContain("domid 4, x");
    expect(kept).not.toContain("s3cret");
  });

  it("keeps an element without a configuration as not understood", () => {
    expect(facts('[{"domid":0,"config":{"c_info":{"name":"Domain-0"}}},{"domid":9}]').not_understood).toEqual(["(unreadable: domid 9)"]);
  });

  it("fails in the tool's words", () => {
    expect(parse("libxl: error: libxl_domain.c:1: no", { rc: 1 })).toMatchObject({
      kind: "failed",
      error: "xl list -l exited with 1: libxl: error: libxl_domain.c:1: no",
    });
    expect(parse("")).toMatchObject({ kind: "failed" });
    expect(parse("", { rc: 69 })).toMatchObject({ kind: "absent" });
    expect(facts(real, { rc: 1 }).not_understood[0]).toMatch(/may be missing/);
  });

  it("is asked once where it fails, and its words come after what it listed", () => {
    const root = mkdtempSync(join(tmpdir(), "xenha-xl-"));
    try {
      writeFileSync(join(root, "xl"), `#!/bin/sh\necho run >>${root}/runs\necho '[]'\necho 'libxl: error: locked' >&2\nexit 3\n`, {
        mode: 0o755,
      });
      const env = { PATH: `${root}:/usr/bin:/bin` };
      const { status, stdout } = spawnSync("sh", ["-s"], { input: xlListLong.script, encoding: "utf8", env });
      expect([status, stdout.trim().split("\n")]).toEqual([3, ["[]", "libxl: error: locked"]]);
      expect(readFileSync(join(root, "runs"), "utf8")).toBe("run\n");
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("survives anything", () => expectTotal(parseXlListLong, real));
});
