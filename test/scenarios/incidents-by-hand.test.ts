/** Incidents of the product page from alert to green with the command line alone: 3, 4, 5, 7 and 8. */
import { describe, expect, it } from "vitest";
import type { StatusJson } from "../../src/cli/status-json.ts";
import { diskFull } from "../../src/sim/scenarios/disk-full.ts";
import { pathFlap } from "../../src/sim/scenarios/path-flap.ts";
import { resyncStall } from "../../src/sim/scenarios/resync-stall.ts";
import { splitBrain } from "../../src/sim/scenarios/split-brain.ts";
import { vlanMissing } from "../../src/sim/scenarios/vlan-missing.ts";
import { onCommandLine } from "../kit/command-line.ts";

const wrong = ({ findings }: StatusJson): string[] =>
  findings.filter(({ severity }) => severity === "critical" || severity === "warning").map(({ rule, object }) => `${rule} ${object}`);
const MINUTE_MS = 60_000;

describe("from alert to green", () => {
  it("3: a resync stalls: why is said; what was paused goes on, what is slow goes faster, and each can be undone", () =>
    onCommandLine(resyncStall, async ({ status, run, pass, world, fault }) => {
      const before = await status();
      expect(wrong(before).join()).toMatch(/drbd\.stalled db01.*|drbd\.resync_paused mail01/);
      expect(before.drbd.find(({ key }) => key === "mail01/0")?.resync?.paused).toBe("by hand on beta");
      expect(before.drbd.find(({ key }) => key === "db01/0")?.resync?.stalled).not.toBeNull();
      expect(await run(["drbd", "resume-sync", "mail01", "--on", "alpha", "--yes"])).toMatchObject({
        code: 3,
        text: expect.stringContaining("resume it there"),
      });
      expect(await run(["drbd", "resume-sync", "mail01", "--on", "beta", "--yes"])).toMatchObject({ code: 0 });
      const rate = await run(["drbd", "rate", "mail01", "90000", "--on", "beta", "--yes"]);
      expect(rate).toMatchObject({ code: 0 });
      expect(rate.told.join("\n")).toMatch(/undo: drbd rate mail01 40960 --on beta/);
      fault.stall("db01", false);
      await pass(12 * MINUTE_MS);
      expect(await run(["drbd", "rate", "mail01", "40960", "--on", "beta", "--yes"])).toMatchObject({ code: 0 });
      expect(world.drbd.get("mail01")?.c_max_rate_kib_s[1]).toBe(40_960);
      await pass(8 * MINUTE_MS);
      expect(wrong(await status()).filter((each) => each.startsWith("drbd."))).toEqual([]);
    }));

  it("4: split brain: nothing moves or is promoted; one side is given up by its name, kept in a snapshot, and repaired to UpToDate", () =>
    onCommandLine(splitBrain, async ({ status, run, world, pass }) => {
      expect(wrong(await status())[0]).toBe("drbd.split_brain mail01");
      expect(await run(["migrate", "mail01", "--yes"])).toMatchObject({ code: 3 });
      expect(await run(["drbd", "primary", "mail01", "--on", "beta", "--yes"])).toMatchObject({ code: 3 });
      expect(await run(["drbd", "connect", "mail01", "--yes"])).toMatchObject({ code: 3, text: expect.stringContaining("drbd repair") });
      expect(await run(["drbd", "repair", "mail01", "--yes"])).toMatchObject({
        code: 2,
        err: expect.stringContaining("discard isn't said"),
      });
      const shown = await run(["plan", "drbd", "repair", "mail01", "--discard", "beta"]);
      expect(shown.code).toBe(0);
      expect(shown.text).toMatch(/LOSES DATA[\s\S]*lost for good: everything written to mail01 on beta since \d{4}.*: 256 KiB/);
      expect(shown.text).toMatch(/alpha: Primary UpToDate.*mail01 runs on it[\s\S]*beta: Primary UpToDate, 256 KiB of its own/);
      const repair = ["drbd", "repair", "mail01", "--discard", "beta"];
      for (const words of [["--yes"], ["--i-understand", "discard alpha"], ["--i-understand", "yes"]])
        expect(await run([...repair, ...words])).toMatchObject({ code: 2, err: expect.stringContaining("discard beta") });
      expect(await run(repair, "discard alpha")).toMatchObject({ code: 2 });
      expect(world.drbd.get("mail01")?.nodes.map(({ connection }) => connection)).toEqual(["StandAlone", "StandAlone"]);
      const done = await run([...repair, "--i-understand", "discard beta", "--json", "--reason", "beta was written by mistake"]);
      expect(done.code).toBe(0);
      expect(JSON.parse(done.text)).toMatchObject({ result: "done", goal: expect.stringContaining("alpha's data stays") });
      expect(world.drbd.get("mail01")?.nodes.map(({ volumes }) => volumes[0]?.disk)).toEqual(["UpToDate", "UpToDate"]);
      await pass(MINUTE_MS);
      const after = await status();
      expect(wrong(after).filter((each) => each.includes("mail01"))).toEqual([]);
      expect(await run(["drbd", "forget", "mail01", "--on", "beta", "--i-understand", "forget mail01 on beta"])).toMatchObject({ code: 0 });
      expect(world.hosts[1].storage.lvs.filter(({ origin }) => origin !== undefined)).toEqual([]);
      expect((await run(["jobs"])).text.split("\n").filter((line) => line.includes("  done  "))).toHaveLength(2);
    }));

  it("5: a path flaps: it is taken out of use, its map's other path carries on, and it is put back once it holds", () =>
    onCommandLine(pathFlap, async ({ status, run, pass, world, fault }) => {
      const before = await status();
      const flapping = before.storage.filter(({ cells }) => cells.some((cell) => /flapping/.test(cell?.state.text ?? "")));
      expect(flapping.length).toBeGreaterThan(0);
      expect(await run(["path", "fail", "sdd", "--on", "alpha", "--yes"])).toMatchObject({ code: 0 });
      expect(await run(["path", "fail", "sdb", "--on", "alpha", "--yes"])).toMatchObject({
        code: 3,
        text: expect.stringContaining("last ready path"),
      });
      // It comes and goes on, and nobody sends anything over it any more.
      await pass(2 * MINUTE_MS);
      expect(world.hosts[0].storage.paths.find(({ dev }) => dev === "sdd")?.dm_state).toBe("failed");
      await pass(15 * MINUTE_MS);
      fault.iscsiBack("alpha", "10.99.2.20");
      await pass(MINUTE_MS);
      expect(await run(["path", "reinstate", "sdd", "--on", "alpha", "--yes"])).toMatchObject({ code: 0 });
      await pass(12 * MINUTE_MS);
      expect(wrong(await status()).filter((each) => each.startsWith("storage."))).toEqual([]);
    }));

  it("7: a VLAN is missing on the peer: red before anyone moves, made by the other's example, then the guest moves", () =>
    onCommandLine({ ...vlanMissing, steps: vlanMissing.steps.slice(0, -1) }, async ({ status, run, pass, world }) => {
      expect(wrong(await status()).join()).toMatch(/net\.\w+ xenbr-dmz/);
      expect(await run(["migrate", "web01", "--yes"])).toMatchObject({ code: 3, text: expect.stringMatching(/xenbr-dmz/) });
      const shown = await run(["net", "create", "xenbr-dmz", "--on", "beta", "--dry-run"]);
      expect(shown).toMatchObject({ code: 0 });
      expect(shown.text).toMatch(
        /on beta: ip link add link bond0 name bond0\.200 type vlan id 200[\s\S]*undo: ip link delete dev bond0\.200/,
      );
      expect(world.hosts[1].network.devs.some(({ name }) => name === "xenbr-dmz")).toBe(false);
      expect(await run(["net", "create", "xenbr-dmz", "--on", "beta", "--yes"])).toMatchObject({ code: 0 });
      // The private bridge has two MTUs: alpha's is put right by beta's example.
      expect(await run(["net", "create", "xenbr-priv", "--on", "alpha", "--yes"])).toMatchObject({ code: 0 });
      expect(world.hosts[0].network.devs.find(({ name }) => name === "xenbr-priv")?.mtu).toBe(1500);
      await pass(MINUTE_MS);
      expect(wrong(await status()).filter((each) => each.startsWith("net."))).toEqual([]);
      expect(await run(["migrate", "web01", "--yes"])).toMatchObject({ code: 0 });
      expect(world.hosts[1].domains.map(({ name }) => name)).toContain("web01");
    }));

  it("8: disks fill: what and when is said; acting needs none of them, and a snapshot asks for room first", () =>
    onCommandLine(diskFull, async ({ status, run, world, fault, pass }) => {
      const before = await status();
      expect(before.storage.find(({ title, kind }) => kind === "filesystem" && /\/var\/log/.test(title))?.severity).not.toBe("ok");
      expect(wrong(before).join()).toMatch(/storage\.\w+ .*(\/|thin0|\/var\/log)/);
      // beta's log is full, alpha's root nearly so: plans are kept on tmpfs.
      expect(await run(["drbd", "disconnect", "web01", "--on", "beta", "--yes"])).toMatchObject({ code: 0 });
      expect(await run(["drbd", "connect", "web01", "--yes"])).toMatchObject({ code: 0 });
      const beta = world.hosts[1].storage;
      beta.vgs = beta.vgs.map((vg) => ({ ...vg, free_kib: 1024 }));
      await pass(MINUTE_MS);
      const invalidate = [
        "drbd",
        "invalidate",
        "web02",
        "--on",
        "alpha",
        "--snapshot",
        "yes",
        "--i-understand",
        "invalidate web02 on alpha",
      ];
      fault.guestStop("web01");
      await pass(MINUTE_MS);
      const no_room = await run([
        "drbd",
        "invalidate",
        "web01",
        "--on",
        "beta",
        "--snapshot",
        "yes",
        "--i-understand",
        "invalidate web01 on beta",
      ]);
      expect(no_room).toMatchObject({ code: 3, text: expect.stringMatching(/vg0 on beta has 1\.0 MiB free, the snapshot takes/) });
      expect(await run(invalidate)).toMatchObject({ code: 0 });
    }));
});
