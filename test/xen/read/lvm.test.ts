import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Lvm } from "../../../src/xen/model/storage.ts";
import { lvm, parseLvm } from "../../../src/xen/read/lvm.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseLvm({ rc, stdout, truncated: false });
function facts(stdout: string, rc = 0): Lvm {
  const result = read(stdout, rc);
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const real = "probe-debian12-healthy/alpha/lvm.txt";
const answer = (lv: object[], vg: object[]) =>
  `@@ lvs\n${JSON.stringify({ report: [{ lv }] })}\n@@ vgs\n${JSON.stringify({ report: [{ vg }] })}\n`;

describe("lvs and vgs", () => {
  it("reads a real answer", () => {
    const { volumes, groups, not_understood } = facts(recording(real).stdout);
    expect(not_understood).toEqual([]);
    expect(groups).toEqual([{ name: "vg0", size_bytes: 1_069_547_520, free_bytes: 432_013_312, missing_pvs: 0, attr: "wz--n-" }]);
    expect(volumes.map(({ name }) => name)).toEqual(["cache01", "db01", "lun0", "nbd", "nfs", "web01"]);
    expect(volumes.at(-1)).toEqual({
      name: "web01",
      vg: "vg0",
      size_bytes: 134_217_728,
      attr: "-wi-ao----",
      pool: undefined,
      origin: undefined,
      data_percent: undefined,
      metadata_percent: undefined,
      path: "/dev/vg0/web01",
    });
  });

  it("reads a thin pool's fill, a thin volume, and a missing PV", () => {
    const { volumes, groups } = facts(
      answer(
        [
          {
            lv_name: "pool",
            vg_name: "vg1",
            lv_size: "1073741824",
            lv_attr: "twi-aotz--",
            data_percent: "91.50",
            metadata_percent: "12.01",
            lv_path: "",
          },
          { lv_name: "[pool_tdata]", vg_name: "vg1", lv_attr: "Twi-ao----" },
          { lv_name: "web", vg_name: "vg1", lv_attr: "Vwi-aotz--", pool_lv: "pool", origin: "base", data_percent: "40.00" },
        ],
        [{ vg_name: "vg1", vg_size: "1", vg_free: "0", vg_missing_pv_count: "1", vg_attr: "wz-pn-" }],
      ),
      5,
    );
    expect(volumes).toMatchObject([
      { data_percent: 91.5, metadata_percent: 12.01, path: undefined },
      { name: "pool_tdata" },
      { pool: "pool", origin: "base" },
    ]);
    expect(groups).toMatchObject([{ missing_pvs: 1, attr: "wz-pn-" }]);
  });

  it("says which half is missing, and that rows may be", () => {
    const { groups, not_understood } = facts('@@ lvs\n@@ vgs\n{"report":[{"vg":[{"vg_name":"vg0"}]}]}\n', 5);
    expect(groups).toHaveLength(1);
    expect(not_understood).toEqual(["(lvs printed no report)", "(lvs and vgs exited with 5: rows may be missing)"]);
  });

  it("tells none, absent and failed apart", () => {
    expect(facts(answer([], []))).toEqual({ volumes: [], groups: [], not_understood: [] });
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("@@ lvs\n@@ vgs\n", 3)).toMatchObject({ ok: false, kind: "failed" });
  });

  it("gives the whole rows of an answer that was cut", () => {
    const { stdout } = recording(real);
    const cut = facts(stdout.slice(0, stdout.indexOf('"nbd"')));
    expect(cut.volumes.map(({ name }) => name)).toEqual(["cache01", "db01", "lun0"]);
  });

  it("is total", () => expectTotal(parseLvm, [recording(real).stdout, answer([{ lv_name: "x" }], [])]));
});

describe("the look at LVM", () => {
  const tools = mkdtempSync(join(tmpdir(), "xenha-lvm-"));
  afterAll(() => rmSync(tools, { recursive: true }));
  const tool = (name: string, text: string): void => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tools, name), 0o755);
  };
  for (const name of ["lvs", "vgs"]) tool(name, 'for word; do echo "<$word>"; done');
  const asked = (shell: readonly string[], filter: string): readonly string[] => {
    tool("lvmconfig", filter === "" ? "exit 5" : `cat <<'END'\n${filter}\nEND`);
    const [command = "", ...args] = shell;
    const { stdout, status } = spawnSync(command, [...args, "-c", lvm.script], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${tools}:${process.env.PATH ?? ""}` },
    });
    expect(status, stdout).toBe(0);
    return stdout.split("\n").filter((line) => line.startsWith("<devices") || line === "<--config>");
  };
  const OUT = '"r|^/dev/drbd|","r|^/dev/block/147:|","r|^/dev/nbd|","r|^/dev/block/43:|"';

  // None of them is here with a volume on it: this machine has no DRBD and no NBD.
  it.each([
    ["", `<devices{filter=[${OUT}]}>`],
    ['filter=["a|^/dev/sd|","r|.*|"]', `<devices{filter=[${OUT},"a|^/dev/sd|","r|.*|"]}>`],
    ['filter="a|.*|"', `<devices{filter=[${OUT},"a|.*|"]}>`],
  ])("opens no DRBD device and none of a server, and keeps the host's own filter: %s", (filter, wanted) => {
    for (const shell of [["dash"], ["bash"], ["busybox", "sh"]].filter(([name = ""]) => spawnSync(name, ["-c", ":"]).error === undefined))
      expect(asked(shell, filter), shell.join(" ")).toEqual(["<--config>", wanted, "<--config>", wanted]);
  });
});
