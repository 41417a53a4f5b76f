import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { host, parseHost } from "../../../src/xen/read/host.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("readings-healthy/alpha/host-debian12-healthy.txt").stdout;
const facts = (stdout: string) => {
  const result = parseHost({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
};

describe("host", () => {
  it("reads a real dom0", () => {
    expect(facts(real)).toMatchObject({
      hostname: "alpha",
      kernel: "6.1.0-56-amd64",
      os: "Debian GNU/Linux 12 (bookworm)",
      hardware: "QEMU Standard PC (i440FX + PIIX, 1996)",
      cpu_model: "QEMU Virtual CPU version 2.5+",
      cpus: 1,
      memory_total_kib: 687_968,
      swap_total_kib: 0,
      boot_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(facts(real).uptime_s).toBeGreaterThan(0);
    expect(facts(real).load_1min).toBeGreaterThan(0);
  });

  it("has undefined for every part that is missing, and for what a vendor never filled in", () => {
    expect(facts("@@ kernel\n3.10\n")).toMatchObject({
      kernel: "3.10",
      hardware: undefined,
      memory_available_kib: undefined,
      cpus: undefined,
      load_1min: undefined,
    });
    expect(facts("@@ kernel\n3.10\n@@ vendor\nSupermicro\n@@ product\nTo Be Filled By O.E.M.\n").hardware).toBe("Supermicro");
  });

  it("runs on this machine too, under any POSIX shell", () => {
    const run = (shell: string) =>
      facts(execFileSync(shell, ["-c", host.script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    for (const shell of ["/bin/sh", "/bin/bash"])
      expect(run(shell)).toMatchObject({ kernel: expect.any(String), uptime_s: expect.any(Number), memory_total_kib: expect.any(Number) });
  });

  it("fails where there is nothing to read", () => {
    expect(parseHost({ rc: 0, stdout: "", truncated: false })).toMatchObject({ kind: "failed" });
  });

  it("survives anything", () => expectTotal(parseHost, real));
});
