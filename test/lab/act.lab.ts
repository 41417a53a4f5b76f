/**
 * Plans on real Xen and DRBD, with what can come between: consoles killed in every phase of a migration and taken over, the replication link cut in the
 * middle, a host's link cut, two consoles at once. After each: no guest twice, no leaked Primary, journal, syslog and audit true. `npm run lab -- act`.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { journal, type Machine, machine, sound, syslog } from "./acting.ts";
import { type Clocks, fault, keepClocks, on, type Relay, relay, reset } from "./pair.ts";

let ana: Machine;
let bob: Machine;

let clocks: Clocks;

beforeAll(async () => {
  clocks = keepClocks();
  await reset();
  ana = machine("ana");
  bob = machine("bob");
  // Two primaries only while a guest moves: then a move has steps before and after.
  for (const host of ["alpha", "beta"] as const) await on(host, "drbdadm net-options --allow-two-primaries=no r0");
});

afterAll(async () => {
  clocks.stop();
  ana.close();
  bob.close();
  await reset();
});

const away = async (): Promise<"alpha" | "beta"> => ((await on("alpha", "xl list")).includes("web01") ? "beta" : "alpha");
const moveWeb = async (who: Machine, config?: string) =>
  who.act(["migrate", "web01", "--to", await away(), "--yes", "--reason", "lab"], config);

describe("act", () => {
  afterEach(() => sound({ two_primaries: false }));

  it("moves a guest there and back: done, recorded and audited", async () => {
    for (const source of ["alpha", "beta"] as const) {
      const act = await moveWeb(ana);
      const { code, out, err } = await act.ended;
      expect(code, out + err).toBe(0);
      await journal(act.plan(), /"kind":"end","result":"done"/);
      await syslog(act.plan(), source, /move start xl migrate/);
      const audit = (await ana.act(["audit"]).ended).out;
      expect(audit).toContain(act.plan());
      expect(audit).toMatch(/\| pass \|[^\n]*`xl list -v` on alpha/);
      expect(audit).toMatch(/\| begun \| (alpha|beta) \|[^\n]*`xl migrate/);
    }
  });

  it("lets one of two consoles do it at the same moment, and tells the other who", async () => {
    const acts = await Promise.all([moveWeb(ana), moveWeb(bob)]);
    const ends = await Promise.all(acts.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code === 0).filter(Boolean), ends.map(({ out, err }) => out + err).join("\n---\n")).toHaveLength(1);
    const other = ends.find(({ code }) => code !== 0);
    // Held, where they met; refused, where the guest had moved by then.
    expect([3, 5]).toContain(other?.code);
    if (other?.code === 5) expect(other.out).toMatch(/is held on (alpha|beta): (ana|bob)@/);
  });

  const phases = [
    ["leases", /taking the leases/],
    ["checks", /checking again/],
    ["first step, before", /step 1\/5 looking before/],
    ["first step, starting", /step 1\/5 starting/],
    ["first step, running", /step 1\/5 (running|looking at the outcome)/],
    ["second step, before", /step 2\/5 looking before/],
    ["move, before", /step 3\/5 looking before/],
    ["move, starting", /step 3\/5 starting/],
    ["move, running", /step 3\/5 running/],
    ["move, copying", /step 3\/5 running: copying memory/],
    ["move, outcome", /step 3\/5 looking at the outcome/],
    ["closing, before", /step 4\/5 looking before/],
    ["closing, running", /step 4\/5 (running|looking at the outcome)/],
    ["last step", /step 5\/5 looking before/],
    ["end", /closing/],
  ] as const;

  it.each(phases)("killed -9 at: %s; taken over by another", async (_phase, when) => {
    const act = await moveWeb(ana);
    await act.says(when);
    act.kill();
    await act.ended;
    const plan = act.plan();
    const jobs = await bob.act(["jobs", "--json"]).ended;
    const known = JSON.stringify(jobs.out).includes(plan);
    const end = await bob.act(known ? ["jobs", "takeover", plan, "--yes"] : ["jobs", "letgo", plan, "--yes"]).ended;
    expect(end.out + end.err).not.toMatch(/unknown:|lost:/);
    if (!known) return;
    const text = await journal(plan, /"kind":"end","result":"(done|stopped|failed)"/);
    // Each command once, whoever drove.
    for (const host of ["alpha", "beta"] as const) {
      const starts = (
        await on(host, `journalctl -t xenha-tui -o cat --no-pager | grep -F '${plan}' | grep ' start ' | sort | uniq -d`)
      ).trim();
      expect(starts, text).toBe("");
    }
  });

  it("goes on while the link to a host is cut, and finds out how it ended", async () => {
    const link: Relay = await relay();
    try {
      const act = await moveWeb(ana, link.config);
      await act.says(/step 3\/5 running/);
      link.cut((await away()) === "beta" ? "alpha" : "beta");
      await act.says(/doesn't tell/);
      link.mend();
      const { code, out, err } = await act.ended;
      expect(code, out + err).toBe(0);
      await journal(act.plan(), /"kind":"end","result":"done"/);
    } finally {
      link.close();
    }
  });

  it("loses nothing where the replication link is cut in the middle of a move", async () => {
    const target = await away();
    const source = target === "beta" ? "alpha" : "beta";
    const beats = async (host: "alpha" | "beta"): Promise<string> => (await on(host, "xl list web01 2>/dev/null | tail -1; true")).trim();
    const act = await moveWeb(ana);
    await act.says(/step 3\/5 running: copying memory/);
    await fault("cut", "storA");
    // Both sides notice that they are alone; the move must not end on the copy that is old.
    await on(target, "until drbdadm cstate r0 | grep -qE 'WFConnection|Connecting|StandAlone'; do sleep 1; done");
    await fault("mend", "storA");
    const { code, out, err } = await act.ended;
    expect([0, 1], out + err).toContain(code);
    const text = await journal(act.plan(), /"kind":"end","result":"(done|failed)"/);
    const there = [await beats(source), await beats(target)];
    expect(
      there.filter((line) => line.startsWith("web01 ")),
      text,
    ).toHaveLength(1);
    await on("alpha", 'until [ "$(drbdadm dstate r0)" = UpToDate/UpToDate ]; do sleep 1; done');
  });
});
