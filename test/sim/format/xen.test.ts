import { describe, expect, it } from "vitest";
import { configText } from "../../../src/sim/format/guest-config.ts";
import { answer } from "../../../src/sim/format/index.ts";
import { backendTree } from "../../../src/sim/format/xenstore.ts";
import { xentop } from "../../../src/sim/format/xentop.ts";
import { xlListLong, xlListLongErrors } from "../../../src/sim/format/xl-config.ts";
import { xlInfo } from "../../../src/sim/format/xl-info.ts";
import { xlListPlain, xlListVerbose } from "../../../src/sim/format/xl-list.ts";
import type { SimHost } from "../../../src/sim/model/host.ts";
import { recording } from "../../helpers.ts";
import { lab, labGuests } from "../lab.ts";

const recorded = (path: string): string => recording(path).stdout;

/** Sets what only time could tell: CPU seconds and states, as a recording has them. */
function settle(host: SimHost, rows: Readonly<Record<string, Partial<SimHost["domains"][number]>>>): void {
  for (const domain of host.domains) Object.assign(domain, rows[domain.name ?? ""] ?? {});
}

describe("xl list", () => {
  it("is the recorded one, byte for byte", () => {
    const { world, alpha } = lab();
    settle(alpha, {
      "Domain-0": { cpu_time_s: 159, run: "running" },
      web01: { cpu_time_s: 10, run: "blocked" },
      cache01: { cpu_time_s: 8.6, run: "blocked" },
    });
    expect(xlListVerbose(world, alpha).stdout).toBe(recorded("healthy/alpha/xl-list-v.txt"));
    settle(alpha, { "Domain-0": { cpu_time_s: 158.5 } });
    expect(xlListPlain(world, alpha).stdout).toBe(recorded("healthy/alpha/xl-list.txt"));
  });

  it("shows a crash and its reason as recorded", () => {
    const { world, alpha, fault } = lab();
    fault.guestCrash("web01");
    settle(alpha, { web01: { cpu_time_s: 14.9 } });
    const row = (text: string): string | undefined => text.split("\n").find((line) => line.startsWith("web01"));
    expect(row(xlListVerbose(world, alpha).stdout)).toBe(
      recorded("xlops/alpha/xl-crashed.txt")
        .split("\n")
        .filter((line) => line.startsWith("web01"))[1],
    );
  });

  it("goes through a migration's phases as they were recorded", () => {
    const { world, alpha, beta, fault, advance } = lab();
    const columns = (host: SimHost, name: string): string | undefined =>
      xlListPlain(world, host)
        .stdout.split("\n")
        .find((line) => line.startsWith(name))
        ?.replace(/ +\d+\.\d$/, "");
    const real = (path: string, state: RegExp): string | undefined =>
      recorded(path)
        .split("\n")
        .find((line) => state.test(line))
        ?.replace(/ +\d+\.\d$/, "");
    fault.migrate("web01");
    expect(columns(beta, "web01--incoming")).toBe(real("migrate/beta/xl-list-poll.txt", /--incoming.* 0 {5}0 /));
    advance(1.3);
    expect(columns(alpha, "web01 ")).toBe(real("migrate/alpha/xl-list-poll.txt", /^web01 .*---ss-/));
    expect(columns(beta, "web01--incoming")).toBe(real("migrate/beta/xl-list-poll.txt", /--incoming.* 112 {5}1 /));
    advance(2.2);
    expect(columns(alpha, "web01--migratedaway")).toMatch(/--pss-$/);
    advance(3);
    expect(columns(alpha, "web01")).toBeUndefined();
    expect(columns(beta, "web01 ")).toMatch(/ 112 {5}1 {5}[r-][b-]----$/);
    expect(world.drbd.get("r0")?.nodes.map((node) => node.role)).toEqual(["Secondary", "Primary"]);
  });
});

describe("xl info", () => {
  it.each(["alpha", "beta"] as const)("is the recorded one of %s", (name) => {
    const at = lab();
    expect(xlInfo(at.world, at[name]).stdout).toBe(recorded(`healthy/${name}/xl-info.txt`));
  });
});

describe("guests' configurations", () => {
  it("are in xl list -l as recorded", () => {
    const { world, alpha } = lab();
    expect(xlListLong(world, alpha).stdout).toBe(recorded("healthy/alpha/xl-list-l.json"));
  });

  it("leave out a domain that is being received, and say so where xl does", () => {
    const { world, beta, fault } = lab();
    fault.migrate("web01");
    expect(JSON.parse(xlListLong(world, beta).stdout)).toHaveLength(2);
    expect(xlListLongErrors(beta)).toEqual(recorded("migrate/beta/xl-list-l.json.err").trimEnd().split("\n"));
  });

  it("are told by xl create -n as recorded, with the paths they need and without secrets", () => {
    const { world, alpha } = lab();
    const real = recorded("readings-healthy/alpha/xl-configs-4.17.7-healthy-paths.txt");
    const part = (text: string, path: string): string => text.slice(text.indexOf(`@@ 0 ${path}`)).split(/\n(?=@@ )/)[0] ?? "";
    for (const { name } of Object.values(labGuests)) {
      const path = `/etc/xen/${name}.cfg`;
      expect(`${part(answer(world, alpha, "xl-configs").stdout, path)}`.trimEnd()).toBe(part(real, path).trimEnd());
    }
  });

  it("have a password in them before the reading's script takes it out", () => {
    const { world, alpha } = lab();
    const guest = { ...labGuests.web01, type: "hvm", vnc_password: "s3cret" } as const;
    const shown = JSON.parse(configText(world, alpha, guest, false));
    const real = JSON.parse(recorded("create-n/debian12/xl-4.17.7-create-n-hvm1.json"));
    expect(Object.keys(shown.b_info["type.hvm"])).toEqual(Object.keys(real.b_info["type.hvm"]));
    expect(shown.b_info["type.hvm"].vnc).toEqual(real.b_info["type.hvm"].vnc);
    alpha.configs.push({ path: "/etc/xen/x.cfg", guest, error: undefined });
    expect(answer(world, alpha, "xl-configs").stdout).not.toContain("s3cret");
    expect(answer(world, alpha, "xl-configs").stdout).not.toContain("console=hvc0");
  });
});

describe("xenstore", () => {
  it("holds the recorded keys of disks and interfaces", () => {
    const { world, alpha } = lab();
    const real = recorded("healthy/alpha/xenstore-ls.txt");
    for (const kind of ["vbd", "vif"]) {
      const top = `/local/domain/0/backend/${kind}/`;
      const lines = real.split("\n").filter((line) => line.startsWith(top));
      expect(lines.length).toBeGreaterThan(50);
      expect(backendTree(world, alpha, kind).trimEnd().split("\n")).toEqual(lines);
    }
  });

  it("is told by the reading as recorded", () => {
    const { world, alpha } = lab();
    expect(answer(world, alpha, "xenstore").stdout.trimEnd()).toBe(
      recorded("readings-healthy/alpha/xenstore-4.17.7-healthy.txt").trimEnd(),
    );
  });
});

describe("xentop", () => {
  it("prints both samples as recorded", () => {
    const { world, alpha } = lab();
    const io = { reads: 0, writes: 0, read_sectors: 0, written_sectors: 0 };
    for (const domain of alpha.domains) {
      for (const vbd of domain.vbds)
        Object.assign(
          vbd,
          io,
          domain.name === "web01"
            ? { reads: 12, writes: 9, read_sectors: 96, written_sectors: 72 }
            : { reads: 9, writes: 6, read_sectors: 72, written_sectors: 48 },
        );
      for (const [at, vif] of domain.vifs.entries())
        Object.assign(vif, at > 0 ? { tx_bytes: 0, rx_bytes: 0 } : { tx_bytes: domain.name === "web01" ? 8200 : 6200, rx_bytes: 1400 });
    }
    settle(alpha, {
      "Domain-0": { cpu_time_s: 165, cpu_now: 0.11, run: "running" },
      web01: { cpu_time_s: 10, cpu_now: 0.01, run: "blocked" },
      cache01: { cpu_time_s: 8, cpu_now: 0.011, run: "blocked" },
    });
    expect(xentop(world, alpha).stdout).toBe(recorded("healthy/alpha/xentop.txt"));
  });
});

describe("the dom0 itself", () => {
  it("is told in the recorded parts", () => {
    const { world, alpha } = lab();
    const mask = (text: string): string =>
      text
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "#")
        .replace(/\d+\.\d+/g, "#")
        .replace(/(Mem\w+|Swap\w+): +\d+/g, "$1: #")
        .replace(/1\/\d+ \d+/g, "#");
    expect(mask(answer(world, alpha, "host").stdout).trimEnd()).toBe(
      mask(recorded("readings-healthy/alpha/host-debian12-healthy.txt")).trimEnd(),
    );
  });

  it("has xl's logs as recorded", () => {
    const { world, alpha } = lab();
    const mask = (text: string): string => text.replace(/pid \d+/g, "pid #").replace(/@@ \d+/g, "@@ #");
    expect(mask(answer(world, alpha, "xl-logs").stdout).trimEnd()).toBe(
      mask(recorded("readings-healthy/alpha/xl-logs-4.17.7-healthy.txt")).trimEnd(),
    );
  });
});
