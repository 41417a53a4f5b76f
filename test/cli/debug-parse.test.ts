import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { debugParse } from "../../src/cli/debug-parse.ts";
import { readingIds, readings } from "../../src/xen/read/index.ts";

const recordings = new URL("../recordings/", import.meta.url);

async function run(args: readonly string[], stdin = "") {
  const said = { out: "", err: "" };
  const code = await debugParse(args, {
    stdin: async () => stdin,
    readFile: (path) => readFile(new URL(path, recordings), "utf8"),
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

describe("debug parse", () => {
  it("prints what a recording is understood as", async () => {
    const { code, out, err } = await run(["xl-list", "healthy/alpha/xl-list-v.txt"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      reading: "xl-list",
      ok: true,
      facts: { domains: [{ name: "Domain-0" }, { name: "web01" }, { name: "cache01" }] },
    });
  });

  it("reads standard input without a file, or with -", async () => {
    for (const args of [["bridge-link"], ["bridge-link", "-"]]) {
      expect(JSON.parse((await run(args, '[{"ifname":"eth0","master":"br0"}]')).out)).toMatchObject({
        facts: { ports: [{ name: "eth0", state: null }] },
      });
    }
  });

  it("shows maps as objects", async () => {
    const { out } = await run(["drbd-status", "healthy/alpha/drbdsetup-status.txt"]);
    expect(JSON.parse(out)).toMatchObject({
      facts: { resources: [{ name: "r0", connections: [{ volumes: { 0: { replication: "Established" } } }] }, {}, {}] },
    });
  });

  it("passes the exit status on, and says by its own what became of it", async () => {
    expect(await run(["bond", "--rc", "69"])).toMatchObject({ code: 0, out: expect.stringContaining('"absent"') });
    expect(await run(["bond", "--rc=1"])).toMatchObject({ code: 1, out: expect.stringContaining('"failed"') });
  });

  it("cuts at the reading's size limit, as the probe does", async () => {
    const { out } = await run(["bridge-link"], `[${'{"ifname":"x","master":"b"},'.repeat(40_000)}`);
    const result = JSON.parse(out);
    expect(result.truncated).toBe(true);
    expect(result.facts.ports.length).toBeLessThan(readings["bridge-link"].bytes_max / 20);
  });

  it("names every reading with title, source and cadence", async () => {
    const { code, out } = await run(["--list"]);
    const lines = out.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.map((line) => line.split(" ")[0])).toEqual([...readingIds].sort());
    expect(lines.find((line) => line.startsWith("ip-link "))).toMatch(new RegExp(` ${readings["ip-link"].cadence_s} s .*ip -j -d link$`));
  });

  it("answers a mistake with one sentence and 2", async () => {
    expect(await run(["xl-lst"])).toEqual({
      code: 2,
      out: "",
      err: 'there is no reading "xl-lst"; xenha-tui debug parse --list names them\n',
    });
    expect(await run(["constructor"])).toMatchObject({ code: 2 });
    expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining("usage:") });
    expect(await run(["xl-list", "a", "b"])).toMatchObject({ code: 2 });
    expect(await run(["xl-list", "--rc", "x"])).toMatchObject({ code: 2, err: expect.stringContaining("--rc wants") });
    expect(await run(["xl-list", "--rc"])).toMatchObject({ code: 2 });
    expect(await run(["--wrong"])).toMatchObject({ code: 2, err: expect.stringContaining('unknown option "--wrong"') });
    expect(await run(["xl-list", "no/such/file"])).toMatchObject({ code: 2, err: expect.stringContaining("ENOENT") });
  });
});
