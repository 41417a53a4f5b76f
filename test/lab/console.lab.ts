/**
 * The console against real Xen, DRBD, multipath and NFS: each state of the recordings made live, seen on one console's screen (it is never
 * restarted) and in `status --json`. `npm run lab [-- NAME...]`.
 *
 * The dom0s are emulated and slow, so limits are long, except where a frozen host, a hung command or a cut link must show within 15 s.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusJson } from "../../src/cli/status-json.ts";
import { type Console, openConsole } from "../kit/console.ts";
import { type Clocks, fault, keepClocks, on, type Relay, relay, reset, status } from "./pair.ts";

/** Soon enough for a person on call. */
const AT_ONCE_MS = 15_000;
const MINUTE_MS = 60_000;
const healthy = /Lose alpha: (all|both)[\s\S]*Lose beta: (all|db01|both)[\s\S]*Findings\s+✓ none/;

let link: Relay;
let screen: Console;
let clocks: Clocks;

const rules = ({ findings }: StatusJson): string[] =>
  findings.filter(({ severity }) => severity !== "info").map(({ rule, object }) => `${rule} ${object}`);
const guest = ({ guests }: StatusJson, name: string) => guests.find((row) => row.name === name);
const volume = ({ drbd }: StatusJson, key: string) => drbd.find((row) => row.key === key);
const lost = ({ verdict }: StatusJson, host: string) => verdict.find((row) => row.lost === host);

/** Back on the overview, all well, with no restart of the console. */
async function isHealthyAgain(limit_ms = 6 * MINUTE_MS): Promise<void> {
  screen.press("1");
  await screen.sees(healthy, limit_ms);
}

beforeAll(async () => {
  await reset();
  clocks = keepClocks();
  link = await relay();
  screen = openConsole({ args: ["-F", link.config, "alpha", "beta"], columns: 150, rows: 50 });
});

afterAll(async () => {
  screen.press("q");
  expect(await screen.ended).toMatchObject({ code: 0 });
  link.close();
  clocks.stop();
  await reset();
});

interface Scenario {
  readonly name: string;
  readonly breaks: () => Promise<unknown>;
  /** Screen and what must be on it. */
  readonly sees: readonly (readonly [key: string, what: RegExp, limit_ms?: number])[];
  readonly says?: (told: StatusJson) => void;
  readonly mends: () => Promise<unknown>;
  /** It is about the hosts' clocks: nobody else sets them. */
  readonly clocks?: true;
}

const scenarios: readonly Scenario[] = [
  {
    name: "peerfrozen: beta hangs",
    breaks: () => fault("freeze", "beta"),
    sees: [
      ["1", /beta ~ stale/, AT_ONCE_MS],
      ["1", /no contact with beta[\s\S]*may be alive/, AT_ONCE_MS],
      ["1", /Lose alpha: not known/, MINUTE_MS],
    ],
    mends: () => fault("thaw", "beta"),
  },
  {
    name: "the operator's link cut",
    breaks: async () => link.cut(),
    sees: [
      ["1", /alpha ~ stale[\s\S]*beta ~ stale/, AT_ONCE_MS],
      ["2", /~alpha[\s\S]*~running/, MINUTE_MS],
    ],
    mends: async () => link.mend(),
  },
  {
    name: "a hung command: multipathd stopped on alpha",
    breaks: () => on("alpha", "kill -STOP $(pidof multipathd)"),
    sees: [["1", /multipathd show maps json not answering/, 2 * MINUTE_MS]],
    says: (told) => expect(rules(told).join()).toContain("host.hung alpha"),
    mends: () => on("alpha", "kill -CONT $(pidof multipathd)"),
  },
  {
    name: "hang: the NFS server doesn't answer alpha",
    breaks: async () => {
      await fault("hang", "alpha", "on");
      // What nobody asks for can't be seen to hang.
      await on("alpha", "(timeout -s KILL 200 df /mnt/nfs >/dev/null 2>&1 &) ; true");
    },
    sees: [
      ["4", /NFS mounts[\s\S]*(not answering|no answer)/, 3 * MINUTE_MS],
      ["1", /alpha ✓ live/, AT_ONCE_MS],
    ],
    mends: () => fault("hang", "alpha", "off"),
  },
  {
    name: "resync: r0 wholly, at 2 MiB/s",
    breaks: () => fault("resync", "r0", "512"),
    sees: [
      ["3", /r0\/0[\s\S]*resync alpha → beta[\s\S]*% done/, MINUTE_MS],
      ["1", /Lose alpha:[\s\S]*web01 can't: r0 (SyncTarget|Inconsistent)/, 2 * MINUTE_MS],
    ],
    says: (told) => {
      expect(volume(told, "r0/0")?.resync).toMatchObject({ kind: "resync", source: "alpha", target: "beta" });
      expect(lost(told, "alpha")?.cannot.map(({ name }) => name)).toEqual(["web01"]);
      expect(guest(told, "web01")?.state.text).toBe("running");
    },
    mends: () => fault("fast", "r0"),
  },
  {
    name: "paused: r0's resync paused by hand on beta",
    breaks: async () => {
      await fault("resync", "r0", "256");
      await on("beta", "drbdadm pause-sync r0");
    },
    sees: [["3", /r0\/0[\s\S]*paused/i, MINUTE_MS]],
    says: (told) => expect(volume(told, "r0/0")?.resync?.paused).toBe("by hand on beta"),
    mends: async () => {
      await on("beta", "drbdadm resume-sync r0");
      await fault("fast", "r0");
    },
  },
  {
    name: "reconnect: r2 disconnected, written, connected again",
    breaks: async () => {
      await fault("rate", "r2", "256");
      await on("beta", "drbdadm disconnect r2");
      await on("alpha", "dd if=/dev/urandom of=/dev/drbd2 bs=1M count=12 seek=32 oflag=direct status=none");
    },
    sees: [["1", /cache01 can't:[^\n]*r2/, MINUTE_MS]],
    says: (told) => {
      expect(volume(told, "r2/0")?.sides.find(({ host }) => host === "beta")).toMatchObject({ connection: "StandAlone" });
      expect(lost(told, "alpha")?.cannot.map(({ name }) => name)).toEqual(["cache01"]);
    },
    mends: async () => {
      await on("beta", "drbdadm connect r2");
      await screen.press("3");
      await screen.sees(/r2\/0[\s\S]*resync alpha → beta/, MINUTE_MS);
      await fault("fast", "r2");
    },
  },
  {
    name: "detach: r0 diskless on alpha, r2 on beta",
    breaks: async () => {
      await fault("detach", "alpha", "r0");
      await fault("detach", "beta", "r2");
    },
    sees: [
      ["3", /r0\/0\s+[^\n]*Diskless/, MINUTE_MS],
      ["1", /Diskless|no disk/i, MINUTE_MS],
    ],
    says: (told) => expect(lost(told, "alpha")?.cannot.map(({ name }) => name)).toEqual(["cache01"]),
    mends: async () => {
      await fault("attach", "alpha", "r0");
      await fault("attach", "beta", "r2");
    },
  },
  {
    name: "linkcut: the replication link's carrier lost",
    breaks: () => fault("cut", "storA"),
    sees: [
      ["1", /eth1[^\n]*carrier|replication/i, 2 * MINUTE_MS],
      ["3", /Connecting/, 2 * MINUTE_MS],
      ["1", /alpha ✓ live[\s\S]*beta ✓ live/, MINUTE_MS],
    ],
    says: (told) => {
      expect(told.findings.filter(({ rule }) => rule.startsWith("drbd.")).length).toBeLessThanOrEqual(1);
      expect(told.hosts.map(({ reach }) => reach)).toEqual(["live", "live"]);
      expect(guest(told, "web01")?.state.text).toBe("running");
    },
    mends: () => fault("mend", "storA"),
  },
  {
    name: "blackhole: the replication link drops everything, its carrier stays",
    breaks: () => fault("blackhole", "storA"),
    sees: [["3", /Connecting|NetworkFailure|Unconnected/, 2 * MINUTE_MS]],
    mends: () => fault("unblackhole", "storA"),
  },
  {
    name: "pathfail: storage B's carrier lost",
    breaks: () => fault("cut", "storB"),
    sees: [["4", /1\/2 paths/, 2 * MINUTE_MS]],
    says: (told) =>
      expect(told.storage.filter(({ kind, severity }) => kind === "multipath" && severity !== "ok").length).toBeGreaterThan(0),
    mends: () => fault("mend", "storB"),
  },
  {
    name: "iscsi: alpha's session over storage B blocked",
    breaks: () => fault("iscsi", "alpha", "off"),
    sees: [["4", /1\/2 paths/, 3 * MINUTE_MS]],
    mends: () => fault("iscsi", "alpha", "on"),
  },
  {
    name: "vlan: beta's uplink of xenbr-priv gone",
    breaks: () => fault("vlan", "beta", "off"),
    sees: [
      ["5", /✗ xenbr-priv\s+uplink on alpha only/, 2 * MINUTE_MS],
      ["1", /xenbr-priv/, MINUTE_MS],
    ],
    says: (told) => expect(rules(told).join()).toMatch(/net\.[a-z_]+ xenbr-priv/),
    mends: () => fault("vlan", "beta", "on"),
  },
  {
    name: "fill: alpha's /var/log nearly full",
    breaks: () => fault("fill", "alpha", "on"),
    sees: [["4", /\/var\/log[^\n]*9\d %/, 3 * MINUTE_MS]],
    says: (told) => expect(rules(told).join()).toContain("/var/log"),
    mends: () => fault("fill", "alpha", "off"),
  },
  {
    name: "skew: beta's clock 90 s ahead",
    breaks: () => fault("skew", "beta", "90"),
    sees: [["1", /clock \+(8|9)\d(\.\d)? s|clock[^\n]*beta[^\n]*ahead/i, 2 * MINUTE_MS]],
    says: (told) => expect(told.hosts.find(({ id }) => id === "beta")?.clock_skew_s).toBeGreaterThan(80),
    mends: () => fault("skew", "beta", "0"),
    clocks: true,
  },
  {
    name: "xlops: web01 paused",
    breaks: () => on("alpha", "xl pause web01"),
    sees: [["2", /web01[^\n]*paused/, MINUTE_MS]],
    says: (told) => expect(guest(told, "web01")?.state.text).toBe("paused"),
    mends: () => on("alpha", "xl unpause web01"),
  },
  {
    name: "xlops: cache01 destroyed",
    breaks: () => on("alpha", "xl destroy cache01"),
    sees: [["2", /cache01[^\n]*(down|off|not running)/, MINUTE_MS]],
    says: (told) => expect(guest(told, "cache01")?.host).toBeNull(),
    mends: () => on("alpha", "xl create -q /etc/xen/cache01.cfg"),
  },
  {
    name: "xlops: web01 crashed",
    breaks: () => on("alpha", "xl sysrq web01 c; sleep 4"),
    sees: [["2", /web01[^\n]*crashed/, 2 * MINUTE_MS]],
    says: (told) => expect(guest(told, "web01")).toMatchObject({ severity: "critical", state: { text: "crashed" } }),
    mends: () => on("alpha", "xl destroy web01; xl create -q /etc/xen/web01.cfg"),
  },
  {
    name: "splitbrain: r2 written on both sides while apart",
    breaks: async () => {
      await on("alpha", "xl destroy cache01; sleep 1");
      await fault("splitbrain", "r2");
    },
    sees: [
      ["3", /r2\/0[\s\S]*split brain/i, 2 * MINUTE_MS],
      ["1", /critical r2[^\n]*split brain/i, MINUTE_MS],
    ],
    says: (told) => {
      expect(rules(told)).toContain("drbd.split_brain r2");
      expect(volume(told, "r2/0")?.split_brain?.evidence.join()).toMatch(/Split-Brain/);
    },
    mends: async () => {
      await fault("heal", "r2");
      await on("alpha", "until drbdadm dstate r2 | grep -q UpToDate/UpToDate; do sleep 1; done; xl create -q /etc/xen/cache01.cfg");
    },
  },
  {
    name: "migrate: web01 to beta and back",
    breaks: () => on("alpha", "nohup xl migrate web01 beta >/tmp/migrate.log 2>&1 </dev/null & sleep 1"),
    sees: [
      ["7", /web01--incoming[^\n]*there/, 3 * MINUTE_MS],
      ["2", /web01\s+beta\s+running/, 5 * MINUTE_MS],
    ],
    says: (told) => expect(guest(told, "web01")).toMatchObject({ host: "beta", state: { text: "running" } }),
    mends: async () => {
      await on("beta", "xl migrate web01 alpha >/dev/null 2>&1");
      screen.press("2");
      await screen.sees(/web01\s+alpha\s+running/, 2 * MINUTE_MS);
    },
  },
  {
    name: "stuck: web01's migration dies half-way",
    breaks: () => fault("stuck"),
    sees: [["1", /web01[^\n]*(incoming|receive)/i, 2 * MINUTE_MS]],
    // It runs where it was; a shell that waits says little for ten minutes.
    says: (told) => {
      expect(told.findings.map(({ rule, object }) => `${rule} ${object}`)).toContain("guest.incoming web01");
      expect(guest(told, "web01")).toMatchObject({ host: "alpha", state: { text: "moving to beta" } });
    },
    mends: () => on("beta", "xl destroy web01--incoming"),
  },
  {
    name: "migratediverge: a migration while r0 is disconnected",
    breaks: async () => {
      await on("beta", "drbdadm disconnect r0; sleep 5");
      await on("alpha", "xl migrate web01 beta >/dev/null 2>&1");
      await on("beta", "drbdadm connect r0; sleep 5");
      await on("alpha", "drbdadm connect r0 2>/dev/null; sleep 3; true");
    },
    sees: [
      ["3", /r0\/0[\s\S]*(split brain|StandAlone)/i, 2 * MINUTE_MS],
      ["2", /web01\s+beta/, MINUTE_MS],
    ],
    says: (told) => expect(volume(told, "r0/0")?.state.severity).toBe("critical"),
    mends: reset,
  },
  {
    name: "ovs: an Open vSwitch bridge on alpha",
    breaks: () =>
      on(
        "alpha",
        "systemctl unmask openvswitch-switch; systemctl start openvswitch-switch && ovs-vsctl add-br ovsbr0 && ip link add ovsup0 type veth peer name ovsup1 && ip link set ovsup0 up && ip link set ovsup1 up && ovs-vsctl add-port ovsbr0 ovsup0 trunks=300,301 && ip link set ovsbr0 up",
      ),
    sees: [["5", /ovsbr0/, 3 * MINUTE_MS]],
    says: (told) => expect(told.network.bridges.map(({ name }) => name)).toContain("ovsbr0"),
    mends: reset,
  },
  {
    name: "peerdown: beta's power cut; peerback: and on again",
    breaks: () => fault("poweroff", "beta"),
    sees: [
      ["1", /beta ([✗?] unreachable|~ stale|· connecting)/, AT_ONCE_MS],
      ["1", /no contact with beta[\s\S]*may be alive/, MINUTE_MS],
      ["2", /db01[^\n]*running when last seen/, MINUTE_MS],
    ],
    says: (told) => {
      expect(told.hosts.map(({ reach }) => reach)).toEqual(["live", "unreachable"]);
      expect(guest(told, "db01")?.state.text ?? "").not.toMatch(/down|dead/);
    },
    mends: async () => {
      await fault("poweron", "beta");
      screen.press("1");
      await screen.sees(/beta ✓ live/, 2 * MINUTE_MS);
      screen.press("7", "/", "booted", "enter");
      await screen.sees(/was booted anew/, MINUTE_MS);
      // One after the other: together they are alt-2.
      screen.press("esc");
      await screen.sees((shown) => !shown.includes('match "booted"'));
      screen.press("2");
      await screen.sees(/db01[^\n]*(down|off|not running)/, 3 * MINUTE_MS);
      await on("beta", "xl create -q /etc/xen/db01.cfg");
      screen.press("2");
      await screen.sees(/db01\s+beta\s+running/, MINUTE_MS);
      // Whether alpha finds out that its NBD server has lost it depends on whether anything is read of it: the saved pair is what is healthy.
      await reset();
    },
  },
];

describe("the lab", () => {
  it("healthy: two hosts, three guests, nothing found, whichever host is lost", async () => {
    await screen.sees(/alpha ✓ live[\s\S]*beta ✓ live/, MINUTE_MS);
    await isHealthyAgain();
    const told = await status();
    expect(rules(told)).toEqual([]);
    expect(told.verdict.map(({ answer }) => answer)).toEqual(["all", "all"]);
    expect(told.guests.map(({ name, host, state }) => `${name} ${host} ${state.text}`)).toEqual([
      "cache01 alpha running",
      "db01 beta running",
      "web01 alpha running",
    ]);
    expect(told.drbd.map(({ key, state }) => `${key} ${state.text}`)).toEqual(["r0/0 UpToDate", "r1/0 UpToDate", "r2/0 UpToDate"]);
    // On a slow dom0 a reading may be old by the time all have come: unknown then, never bad.
    expect(told.storage.filter(({ severity }) => severity === "warning" || severity === "critical")).toEqual([]);
  });

  const broken = async ({ breaks, sees, says }: Scenario): Promise<void> => {
    await breaks();
    for (const [key, what, limit_ms = MINUTE_MS] of sees) {
      screen.press(key);
      await screen.sees(what, limit_ms);
    }
    if (says !== undefined) says(await status());
  };
  /** What was seen counts first: mending what was never seen broken fails for reasons of its own. */
  const play = async (scenario: Scenario): Promise<void> => {
    await isHealthyAgain();
    const seen = await broken(scenario).catch((error: unknown) => ({ error }));
    const mended = await scenario.mends().catch((error: unknown) => ({ error }));
    for (const result of [seen, mended]) if (typeof result === "object" && result !== null && "error" in result) throw result.error;
  };
  for (const scenario of scenarios) {
    it(scenario.name, async () => {
      await (scenario.clocks === true ? clocks.without(() => play(scenario)) : play(scenario));
      await isHealthyAgain();
    });
  }
});
