/**
 * Actions on guests and hosts against real Xen and DRBD, from the command line as a person would give them: moved there and back, refused and failing
 * where they must, evacuated and put back, aborted, failed over by a real fence agent on a real IPMI BMC, taken back. After each: no guest
 * twice, no Primary without its guest, and a journal and audit that say what was done.
 */
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endTransport, noSender } from "../../src/state/plan/actions/xl-sender.ts";
import { quoteArgv } from "../../src/xen/host/quote.ts";
import { launcher } from "../kit/console.ts";
import { type Clocks, fault, keepClocks, labDirectory, on, reset, sshConfig, status } from "./pair.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
const room = mkdtempSync(join(tmpdir(), "xenha-act-"));
const state = join(room, "state");
const MINUTE_MS = 60_000;
const HOSTS = ["alpha", "beta"] as const;

interface Ended {
  readonly code: number;
  /** Standard output and error. */
  readonly out: string;
}

/** Until its own end: what it starts (a host that boots) goes on. */
function run(command: string, args: readonly string[], limit_ms = 20 * MINUTE_MS): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limit_ms,
      env: { ...process.env, XDG_STATE_HOME: state },
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        out += chunk.toString();
      });
    child.on("exit", (code) =>
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ code: code ?? -1, out });
      }),
    );
  });
}

const config = join(room, "config.toml");
const tui = (words: string): Promise<Ended> =>
  run(process.execPath, [launcher, ...words.split(" "), "--config", config, "--pair", "lab", "--timeout", "150"]);

/** Guests on each host, and who is Primary. */
async function now(): Promise<{ readonly guests: Record<string, string>; readonly primary: Record<string, string> }> {
  const both = await Promise.all(HOSTS.map((host) => on(host, "xl list | awk 'NR > 2 { print $1 }'; echo --; drbdadm role all")));
  const guests: Record<string, string> = {};
  const primary: Record<string, string> = {};
  for (const [at, text] of both.entries()) {
    const host = HOSTS[at] ?? "";
    const [names = "", roles = ""] = text.split("--\n");
    for (const name of names.split("\n").filter((each) => each !== ""))
      guests[name] = guests[name] === undefined ? host : `${guests[name]}+${host}`;
    for (const [index, role] of roles
      .split("\n")
      .filter((each) => each !== "")
      .entries())
      if (role.startsWith("Primary/")) primary[`r${index}`] = primary[`r${index}`] === undefined ? host : `${primary[`r${index}`]}+${host}`;
  }
  return { guests, primary };
}
const HOME = { web01: "alpha", cache01: "alpha", db01: "beta" };
const home = { guests: HOME, primary: { r0: "alpha", r1: "beta", r2: "alpha" } };

/** How often the guest's heart has beaten: it writes that to the first sector of its disk. */
async function beats(host: (typeof HOSTS)[number], minor: number): Promise<number> {
  const text = await on(host, `dd if=/dev/drbd${minor} iflag=direct bs=512 count=1 status=none | grep -ao 'heartbeat [0-9]*'`);
  return Number(/\d+/.exec(text)?.[0] ?? Number.NaN);
}

async function leavesNothing(): Promise<void> {
  for (const host of HOSTS) expect(await on(host, "cat /run/xenha/leases/*/* 2>/dev/null | grep -vc '^free' || true"), host).toBe("0\n");
}

let clocks: Clocks;

beforeAll(async () => {
  clocks = keepClocks();
  await reset();
  writeFileSync(
    config,
    [
      "[pairs.lab]",
      'hosts = ["alpha", "beta"]',
      `ssh_config = ${JSON.stringify(sshConfig)}`,
      'priority = ["db01"]',
      ...HOSTS.flatMap((host, at) => [
        `[pairs.lab.fence.${host}]`,
        'agent = "fence_ipmilan"',
        `options = { ip = "127.0.0.1", ipport = "${9001 + at}", username = "admin", lanplus = "1", cipher = "3" }`,
        `password_file = ${JSON.stringify(join(room, "bmc.pass"))}`,
      ]),
      "",
    ].join("\n"),
  );
});

afterAll(async () => {
  clocks.stop();
  await run(join(here, "bmc"), ["down"]);
  rmSync(room, { recursive: true, force: true });
  await reset();
});

/** One that failed leaves its mess to nobody. */
beforeEach(async () => {
  if (!isDeepStrictEqual(await now().catch(() => undefined), home)) await reset();
});

describe("a guest", () => {
  it("moves there and back, and its heartbeat goes on", async () => {
    const before = await beats("alpha", 0);
    const there = await tui("migrate web01 --yes --reason lab");
    expect(there.out).toContain("done");
    expect(there.code, there.out).toBe(0);
    expect(await now()).toEqual({ guests: { ...HOME, web01: "beta" }, primary: { ...home.primary, r0: "beta" } });
    const between = await beats("beta", 0);
    const back = await tui("migrate web01 --via 10.99.1.1 --yes");
    expect(back.code, back.out).toBe(0);
    expect(await now()).toEqual(home);
    const after = await beats("alpha", 0);
    expect([before < between, between < after], `${before} ${between} ${after}`).toEqual([true, true]);
    await leavesNothing();
  });

  it("is refused where the target lacks memory, a bridge, its disk or its configuration", async () => {
    const refused = async (why: RegExp): Promise<void> => {
      const { code, out } = await tui("migrate web01 --yes");
      expect(out).toMatch(why);
      expect(code, out).toBe(3);
    };
    await on(
      "beta",
      `sed 's/^name.*/name="filler"/; s/^disk.*/disk=[]/; s/^vif.*/vif=[]/; s/^uuid.*//' /etc/xen/web01.cfg >/tmp/f.cfg
       f=$(xl info | awk '/^free_memory/ { print $3 }'); sed -i "s/^memory.*/memory=$((f - 60))/" /tmp/f.cfg; xl create -q -p /tmp/f.cfg`,
    );
    await refused(/needs \d+ MiB, \d+ MiB free on beta/);
    await on("beta", "xl destroy filler");
    await on("beta", "ip link set xenbr-priv down && ip link set xenbr-priv name xenbr-away");
    await refused(/bridge xenbr-priv missing on beta/);
    await on("beta", "ip link set xenbr-away name xenbr-priv && ip link set xenbr-priv up");
    await on("beta", "drbdadm disconnect r0");
    await refused(/r0\/0 on/);
    await on("beta", "drbdadm connect r0");
    await on("beta", "mv /etc/xen/web01.cfg /etc/xen/web01.away");
    await refused(/guest sync-config web01 --to beta copies it/);
    const copied = await tui("guest sync-config web01 --to beta --yes");
    expect(copied.code, copied.out).toBe(0);
    expect(await on("beta", "cat /etc/xen/web01.cfg")).toBe(await on("alpha", "cat /etc/xen/web01.cfg"));
    expect(await now()).toEqual(home);
  });

  it("whose move fails after its checks goes on where it was, and the reason is told", async () => {
    // After the preflight has seen the bridge, it goes; xl finds out when the guest stands still already.
    const moving = tui("migrate web01 --yes");
    await on(
      "beta",
      "until xl list | grep -q 'web01--incoming'; do sleep 0.2; done; ip link set xenbr-priv down; ip link set xenbr-priv name xenbr-away",
    );
    const { code, out } = await moving;
    await on("beta", "ip link set xenbr-away name xenbr-priv && ip link set xenbr-priv up");
    expect(out).toMatch(/the target has no bridge xenbr-priv/);
    expect(code, out).toBe(1);
    expect(await now()).toEqual(home);
    await leavesNothing();
  });

  it("is left where it runs when the connection of the xl that moves it is ended", async () => {
    // A console takes longer to look at these slow hosts than the move does: the text that it would run there is tried by itself.
    const domid = Number(await on("alpha", "xl domid web01"));
    const text = (argv: readonly string[]): string => quoteArgv(argv);
    // All of it in one command, and the way made narrow: the memory of so small a guest is copied in a moment.
    const ended = await on(
      "alpha",
      `tc qdisc replace dev eth1 root tbf rate 16mbit burst 64kb latency 400ms
       setsid xl migrate ${domid} beta >/tmp/move.log 2>&1 </dev/null &
       until grep -q 'Saving domain' /tmp/move.log; do sleep 0.1; done
       ${text(endTransport(domid, "web01", "running"))}; ${text(noSender(domid, "web01"))}; echo $?
       tc qdisc del dev eth1 root`,
    );
    expect(ended).toMatch(/^xenha: ended \d+, xl \d+ goes on without it\n[01]\n$/);
    await on("alpha", "while pgrep -f '[x]l migrate' >/dev/null; do sleep 0.5; done");
    expect(await on("alpha", "cat /tmp/move.log")).toContain("Migration failed, resuming at sender.");
    expect(await on("alpha", `${text(noSender(domid, "web01"))}; echo $?`)).toBe("0\n");
    expect(await on("alpha", `${text(endTransport(domid, "web01", "running"))}; echo $?`)).toContain(
      "no xl migrates it: nothing was done\n3\n",
    );
    await on("beta", "while xl list | grep -q 'web01--incoming'; do sleep 0.5; done");
    const before = await beats("alpha", 0);
    await on("alpha", "sleep 12");
    expect(await beats("alpha", 0)).toBeGreaterThan(before);
    expect(await now()).toEqual(home);
    // It can be moved again: nothing of its memory's tracking is left.
    const again = await tui("migrate web01 --yes");
    expect(again.code, again.out).toBe(0);
    expect((await tui("migrate web01 --yes")).code).toBe(0);
  });

  it("half received is cleared up", async () => {
    await fault("stuck");
    const { code, out } = await tui("guest resolve web01 --yes");
    expect(code, out).toBe(0);
    expect(await now()).toEqual(home);
  });
});

const failover = (): Promise<Ended> =>
  run(process.execPath, [
    launcher,
    ...["failover", "alpha", "--i-understand", "fail over alpha"],
    ...["--config", config, "--pair", "lab", "--timeout", "150"],
  ]);

describe("a host", () => {
  beforeAll(async () => {
    expect((await run(join(here, "bmc"), ["up"])).code).toBe(0);
    copyFileSync(join(labDirectory, "keys/bmc.pass"), join(room, "bmc.pass"));
    chmodSync(join(room, "bmc.pass"), 0o600);
  });

  it("is evacuated until it is safe to power off, and everything is put back", async () => {
    const away = await tui("evacuate alpha --yes");
    expect(away.code, away.out).toBe(0);
    expect(away.out).toContain("safe to power off");
    expect(await now()).toEqual({
      guests: { web01: "beta", cache01: "beta", db01: "beta" },
      primary: { r0: "beta", r1: "beta", r2: "beta" },
    });
    expect(await on("beta", "cat /var/lib/xenha/kept/placement-alpha")).toBe(await on("alpha", "cat /var/lib/xenha/kept/placement-alpha"));
    const back = await tui("restore alpha --yes");
    expect(back.code, back.out).toBe(0);
    expect(await now()).toEqual(home);
    await leavesNothing();
  });

  it("that lives is not failed over", async () => {
    const { code, out } = await failover();
    expect(code, out).toBe(3);
    expect(out).toMatch(/it is alive/);
    expect(await now()).toEqual(home);
  });

  it("that hangs is fenced, its guests run on the other one; switched on again it is taken back and gets them back", async () => {
    await fault("freeze", "alpha");
    const taken = await failover();
    expect(taken.code, taken.out).toBe(0);
    expect(taken.out).not.toContain(readFileSync(join(room, "bmc.pass"), "utf8").trim());
    expect(await on("beta", "xl list | awk 'NR > 2 { print $1 }' | sort | tr '\\n' ' '")).toBe("cache01 db01 web01 ");
    const powered = await tui("host on alpha --yes");
    expect(powered.code, powered.out).toBe(0);
    await on(
      "beta",
      "until ssh -oBatchMode=yes -oConnectTimeout=5 alpha 'systemctl is-active lab-init' 2>/dev/null | grep -qv activating; do sleep 2; done",
    );
    const back = await tui("rejoin alpha --put-back yes --yes");
    expect(back.code, back.out).toBe(0);
    expect(await now()).toEqual(home);
    const told = await status();
    expect(told.drbd.every(({ sides }) => sides.every(({ disk }) => disk === "UpToDate"))).toBe(true);
    await leavesNothing();
    const audit = await run(process.execPath, [launcher, "audit"]);
    expect(audit.out).toContain("fail over alpha: 2 guests start on beta");
    expect(audit.out).not.toContain(readFileSync(join(room, "bmc.pass"), "utf8").trim());
  });
});
