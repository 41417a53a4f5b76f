import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelSubject, parseKernelLine, parseKernelLog } from "../../../src/xen/read/kernel-log.ts";
import { recording } from "../../helpers.ts";
import { cpuSince } from "../../kit/cpu.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("readings-healthy/alpha/kernel-log-systemd252-healthy.txt").stdout;
function lines(stdout: string) {
  const result = parseKernelLog({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}

describe("the kernel's log", () => {
  it("reads the journal's lines with microseconds", () => {
    expect(parseKernelLine("1795383561.344311 alpha kernel: block drbd0: role( Secondary -> Primary ) ")).toEqual({
      host_wall_ms: 1_795_383_561_344,
      source: "kernel",
      subject: "drbd0",
      text: "block drbd0: role( Secondary -> Primary ) ",
    });
    expect(parseKernelLine("1795383487.121487 alpha lab-init: 71.31 drbd")).toMatchObject({ source: "other", text: "71.31 drbd" });
  });

  it("reads dmesg's lines, with a time only where the boot's is known", () => {
    const line = "[   76.549096] drbd r0: Handshake successful: Agreed network protocol version 101";
    expect(parseKernelLine(line)).toMatchObject({
      host_wall_ms: undefined,
      subject: "drbd r0",
      text: expect.stringMatching(/^drbd r0: Hand/),
    });
    expect(parseKernelLine(line, 1_000_000)).toMatchObject({ host_wall_ms: 1_076_549 });
    const read = lines(`@@ dmesg 2000.5 1000.25\n${recording("splitbrain/alpha/drbd-dmesg.txt").stdout}`);
    expect(read.find(({ text }) => text.includes("Split-Brain detected"))).toMatchObject({
      subject: "drbd2",
      host_wall_ms: expect.any(Number),
    });
  });

  it("has every line of a real log with its time", () => {
    const read = lines(real);
    expect(read.length).toBe(real.trimEnd().split("\n").length);
    expect(read.every(({ host_wall_ms }) => host_wall_ms !== undefined)).toBe(true);
  });

  it("knows what a line is about, in 8.4's words and in 9's", () => {
    const subjects: readonly (readonly [string, string | undefined])[] = [
      ["drbd r0: conn( WFConnection -> WFReportParams ) ", "drbd r0"],
      ["drbd r2/0 drbd2 beta: pdsk( Inconsistent -> UpToDate ) [new-c-uuid]", "drbd r2/0"],
      ["drbd r2/0 drbd2: persisting effective size = 64 MB (65496 KB)", "drbd r2/0"],
      ["drbd r1 beta: Preparing remote state change 2737617675", "drbd r1"],
      ["sd 2:0:0:1: [sdb] Write Protect is off", "sd 2:0:0:1"],
      [" connection1:0: ping timeout of 5 secs expired", "iscsi connection1:0"],
      [" session1: session recovery timed out after 5 secs", "iscsi session1"],
      ["device-mapper: multipath: 254:3: Failing path 8:16.", "multipath 254:3"],
      ["nfs: server 10.99.1.2 not responding, still trying", "nfs 10.99.1.2"],
      ["block nbd0: Receive control failed (result -32)", "nbd0"],
      ["xen-blkback: backend/vbd/1/51712: using 1 queues", "vbd 1/51712"],
      ["vif vif-1-0 web01.0: Guest Rx ready", "web01.0"],
      ["xenbr0: port 2(web01.0) entered disabled state", "xenbr0"],
      ["bond0: (slave eth1): link status definitely down, disabling slave", "bond0"],
      ["e1000e 0000:00:1f.6 eth0: NIC Link is Down", "eth0"],
      ["blk_update_request: I/O error, dev sdb, sector 0", "sdb"],
      ["something else entirely", undefined],
    ];
    for (const [text, subject] of subjects) expect([text, kernelSubject(text)]).toEqual([text, subject]);
  });

  it("keeps no password and no command line", () => {
    const kept = JSON.stringify(
      lines("1795383429.766985 alpha kernel: Command line: root=/dev/vda hunter1\n1795383429.8 a kernel: iscsi password=hunter2"),
    );
    expect(kept).not.toMatch(/hunter[12]/);
  });

  it("keeps a line in no known form, and skips the journal's remarks", () => {
    expect(lines("odd line\n-- Boot 1234 --\n-- No entries --\n\n")).toEqual([
      { host_wall_ms: undefined, source: "kernel", subject: undefined, text: "odd line" },
    ]);
  });

  it("loses no line, and takes no time over long ones", () => {
    const cpu_ms = cpuSince();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " "))), (some) => {
        const kept = some.filter((text) => text.trim() !== "" && !/^-- .* --$/.test(text) && !text.startsWith("@@"));
        if (some.every((text) => !text.startsWith("@@"))) expect(lines(some.join("\n")).length).toBe(kept.length);
      }),
    );
    for (const text of ["a".repeat(300_000), "1 ".repeat(100_000), `drbd ${"x".repeat(300_000)}`, "[".repeat(300_000)]) lines(text);
    expect(cpu_ms()).toBeLessThan(5000);
  });

  it("survives anything", () => expectTotal(parseKernelLog, real));
});
