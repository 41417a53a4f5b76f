import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BundleParts, bundleBytes, readBundle } from "../../src/cli/bundle.ts";
import { openRecording } from "../../src/cli/recording-file.ts";
import { runBundle } from "../../src/cli/run-bundle.ts";
import { filesOfTar, tarOf } from "../../src/cli/tar.ts";
import { createSim, simLinks } from "../../src/sim/index.ts";
import type { HostMsg } from "../../src/state/msg.ts";
import { createPlayer } from "../../src/state/recorder/player.ts";
import { selectPair } from "../../src/state/select/pair.ts";
import { hostId } from "../../src/xen/model/ids.ts";

async function inFolder<T>(story: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-bundle-"));
  try {
    return await story(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Collects from a simulated pair, on its own clock. */
async function collected(scenario: string, output: string) {
  const sim = createSim({ scenario, seed: 1 });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  let done = false;
  const running = runBundle(
    {
      pair: { name: `demo ${scenario}`, hosts: sim.hosts, links: simLinks(sim), simulated: true },
      clock: { now_ms: () => sim.now_ms(), after: (ms, task) => sim.world.scheduler.after(ms, task) },
      started_ms: sim.now_ms(),
      timeout_s: 20,
      version: "0.1.0",
      select: selectPair,
    },
    { output, time_zone: "UTC" },
  ).finally(() => {
    done = true;
  });
  while (!done) {
    sim.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return running;
}

describe("a support bundle", () => {
  it("opens as what was collected", () =>
    inFolder(async (folder) => {
      const path = join(folder, "b.tar.gz");
      const { code, text } = await collected("split-brain", path);
      expect([code, text]).toEqual([0, expect.stringMatching(/^\S+b\.tar\.gz: \d+ KiB, without passwords/)]);
      const read = await openRecording(path);
      if (!read.ok) throw new Error(read.why);
      const player = createPlayer(read.recording);
      player.go(player.to_ms);
      const view = player.view();
      expect(view.hosts.map(({ reach }) => reach)).toEqual(["live", "live"]);
      expect(view.guests).toHaveLength(9);
      expect(view.findings.map(({ rule }) => rule)).toContain("drbd.split_brain");
      // A bundle is given away as a whole or not at all.
      expect((await collected("split-brain", path)).err).toMatch(/is there already/);
    }));

  it("is text that anybody can read with tar", () =>
    inFolder(async (folder) => {
      const path = join(folder, "b.tar.gz");
      await collected("pair", path);
      const listed = execFileSync("tar", ["-tzf", path], { encoding: "utf8" }).trim().split("\n");
      expect(listed).toEqual(
        expect.arrayContaining(["xenha-bundle/README.txt", "xenha-bundle/status.txt", "xenha-bundle/alpha/xl-list.txt"]),
      );
      expect(execFileSync("tar", ["-xzOf", path, "xenha-bundle/alpha/xl-list.txt"], { encoding: "utf8" })).toMatch(/^Name +ID +Mem/);
      expect(execFileSync("tar", ["-xzOf", path, "xenha-bundle/status.txt"], { encoding: "utf8" })).toContain("mail01");
      const manifest = JSON.parse(execFileSync("tar", ["-xzOf", path, "xenha-bundle/manifest.json"], { encoding: "utf8" })) as {
        format: string;
      };
      expect(manifest.format).toBe("xenha-tui.bundle/1");
    }));

  it("says what is missing in it", () =>
    inFolder(async (folder) => {
      const { code, text } = await collected("host-dead", join(folder, "b.tar.gz"));
      expect([code, text]).toEqual([3, expect.stringMatching(/\d+ answers are missing in it: .* on beta/)]);
    }));

  it("holds no secret, wherever a tool prints one", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{10,20}$/).map((word) => `zq${word}`);
    const at_ms = 1_700_000_000_000;
    fc.assert(
      fc.property(secret, (word) => {
        const section = (id: string, stdout: string): HostMsg => ({
          kind: "probe.told",
          host: hostId("alpha"),
          frame: { kind: "section", id, rc: 0, took_s: 1, truncated: false, stdout },
          at_ms,
        });
        const parts: BundleParts = {
          header: {
            xenha_tui: "0.1.0",
            pair: "p",
            hosts: ["alpha", "beta"],
            started_ms: at_ms,
            time_zone: "UTC",
            simulated: false,
            session: "s",
          },
          collected_ms: at_ms,
          complete: true,
          status: `console passwd: ${word}`,
          messages: [
            section("xl-list-long", JSON.stringify([{ config: { vnc: { passwd: word }, b_info: { cmdline: `x=${word}` } } }])),
            section("drbd-show", `shared-secret "${word}";`),
            section("iscsi", `\tpassword: ${word}\n\tpassword_in: ${word}`),
            section("kernel-log", `1795383429.1 alpha kernel: Command line: root=/dev/vda pw ${word}`),
            section("xenha", `{"argv":["fence_ipmilan","-p","${word}"]}`),
          ],
        };
        const text = gunzipSync(bundleBytes(parts)).toString("utf8");
        expect(text).not.toContain(word);
        expect(text).toContain("***");
      }),
    );
  });

  it("that isn't one, or is another version's, is refused in one sentence", () =>
    inFolder(async (folder) => {
      const tar = (manifest: string) => tarOf([{ name: "xenha-bundle/manifest.json", text: manifest }], 0);
      expect(readBundle(tarOf([{ name: "x", text: "y" }], 0))).toEqual({ ok: false, why: "isn't a bundle of xenha-tui" });
      expect(readBundle(tar('{"format":"xenha-tui.bundle/9","xenha_tui":"4.0.0"}'))).toEqual({
        ok: false,
        why: "is a bundle of another version (xenha-tui.bundle/9, by xenha-tui 4.0.0); this one reads xenha-tui.bundle/1",
      });
      expect(readBundle(tar('{"format":"xenha-tui.bundle/1"}'))).toEqual({ ok: false, why: "is hurt: its manifest isn't whole" });
      const path = join(folder, "b.tar.gz");
      await collected("pair", path);
      // Cut in the middle: what is left is told, what is gone is unknown.
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * 0.6)));
      const read = await openRecording(path);
      if (!read.ok) throw new Error(read.why);
      expect(read.recording.strange).toBeGreaterThan(0);
    }));
});

describe("a tar archive", () => {
  it("gives back what was put into it, whatever that is", () => {
    const name = fc.stringMatching(/^[a-z0-9/._-]{1,90}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, text: fc.string({ unit: "binary" }) }), { selector: (file) => file.name, maxLength: 8 }),
        (files) => {
          const readable = files.map((file) => ({ ...file, text: Buffer.from(file.text, "utf8").toString("utf8") }));
          expect([...filesOfTar(tarOf(readable, 1_700_000_000_000))]).toEqual(readable.map((file) => [file.name, file.text]));
        },
      ),
    );
  });

  it("is read without an exception, whatever it is", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => void filesOfTar(Buffer.from(bytes))));
  });
});
