import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXlConfigs, xlConfigs } from "../../../src/xen/read/xl-configs.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const created = (name: string) => recording(`create-n/debian12/xl-4.17.7-create-n-${name}.json`).stdout;
const all = ["hvm1", "pv1", "pvh1", "t1", "t2"];
const joined = all.map((name) => `@@ 0 /etc/xen/${name}.cfg\n${created(name)}`).join("\n");
function files(stdout: string, over: { rc?: number; truncated?: boolean } = {}) {
  const result = parseXlConfigs({ rc: 0, truncated: false, ...over, stdout });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}

describe("configuration files", () => {
  it("reads what the script printed on a real host", () => {
    const read = files(recording("readings-healthy/alpha/xl-configs-4.17.7-healthy.txt").stdout);
    expect(read.map(({ path, config, error }) => [path, config?.name, config?.disks[0]?.target, error])).toEqual([
      ["/etc/xen/cache01.cfg", "cache01", "r2", undefined],
      ["/etc/xen/db01.cfg", "db01", "r1", undefined],
      ["/etc/xen/web01.cfg", "web01", "r0", undefined],
    ]);
  });

  it("reads every recorded kind of guest", () => {
    expect(files(joined).map(({ config }) => config?.name)).toEqual(["mail01", "dns 01; x", "web01", "t1", "t2"]);
  });

  it("tells which of the paths that a guest needs are there, on a real host and in words", () => {
    const [cache01] = files(recording("readings-healthy/beta/xl-configs-4.17.7-healthy-paths.txt").stdout);
    expect(cache01).toMatchObject({ config: { name: "cache01" }, error: undefined });
    expect(cache01?.paths).toEqual(
      ["/etc/xen/scripts/block-drbd", "/etc/xen/scripts/vif-bridge", "/srv/guest/initrd.gz", "/srv/guest/vmlinux"].map((path) => ({
        path,
        present: true,
      })),
    );
    expect(files(`@@ 0 /x.cfg\n${created("t1")}\n+ /a b\n- /c\n? /mnt/nfs/d`)[0]).toMatchObject({
      config: { name: "t1" },
      paths: [
        { path: "/a b", present: true },
        { path: "/c", present: false },
        { path: "/mnt/nfs/d", present: undefined },
      ],
    });
  });

  it("says why a file can't be read, without quoting it", () => {
    const said =
      '/etc/xen/x.cfg:3: config parsing error near `vncpasswd="hunter2"\': lexical error\nFailed to parse config: Invalid argument';
    expect(files(`@@ 1 /etc/xen/x.cfg\n${said}`)).toEqual([
      { path: "/etc/xen/x.cfg", config: undefined, error: "/etc/xen/x.cfg:3: config parsing error near ...: lexical error" },
    ]);
    expect(files("@@ 0 /etc/xen/y.cfg\nnothing")[0]?.error).toBe("xl create -n printed no configuration");
  });

  it("says that files are missing where the answer was cut", () => {
    expect(files(joined.slice(0, joined.length - 400), { truncated: true }).at(-1)).toMatchObject({
      path: "/etc/xen",
      error: expect.stringMatching(/not all/),
    });
    expect(parseXlConfigs({ rc: 69, stdout: "", truncated: false })).toMatchObject({ kind: "absent" });
    expect(files("")).toEqual([]);
  });

  it("has one entry per part, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(255),
            fc.string().filter((text) => !/[\n\r]/.test(text)),
            fc.json(),
          ),
        ),
        (parts) => {
          expect(files(parts.map(([rc, path, body]) => `@@ ${rc} ${path}\n${body}`).join("\n")).length).toBe(parts.length);
        },
      ),
    );
  });

  it("survives anything", () => expectTotal(parseXlConfigs, joined));

  it("blanks the uuid that xl makes up for a file without one, in the script", () => {
    const folder = mkdtempSync(join(tmpdir(), "xl-configs-"));
    try {
      writeFileSync(join(folder, "with.cfg"), 'name="a"\nuuid = "0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11"\n');
      writeFileSync(join(folder, "without.cfg"), 'name="b"\n');
      writeFileSync(join(folder, "broken.cfg"), "?");
      writeFileSync(join(folder, "xl.json"), created("hvm1"));
      writeFileSync(join(folder, "xl"), '#!/bin/sh\ncase $4 in *broken*) echo "no good" >&2; exit 1;; esac\ncat "$XL_JSON"\n', {
        mode: 0o755,
      });
      const script = xlConfigs.script.replaceAll("/etc/xen/*.cfg", `${folder}/*.cfg`);
      const env = { PATH: `${folder}:${process.env.PATH}`, XL_JSON: join(folder, "xl.json"), LC_ALL: "C" };
      const read = files(execFileSync("/bin/sh", ["-c", script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      expect(read.map(({ path, config, error }) => [path.slice(folder.length + 1), config?.uuid, error])).toEqual([
        ["broken.cfg", undefined, "no good"],
        ["with.cfg", "0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11", undefined],
        ["without.cfg", undefined, undefined],
      ]);
      expect(read[1]?.paths).toContainEqual({ path: "/srv/iso/x.iso", present: false });
      // Whether this machine has it (a package of DRBD does) is its own affair.
      expect(read[1]?.paths).toContainEqual({ path: "/etc/xen/scripts/block-drbd", present: existsSync("/etc/xen/scripts/block-drbd") });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
