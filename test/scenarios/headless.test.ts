/** Without a screen, against two hosts over real ssh: what is printed, how it ends, and when. */
import { describe, expect, it } from "vitest";
import { TIMEOUT_DEFAULT_S } from "../../src/cli/commands.ts";
import { run, runUnread } from "../kit/run.ts";
import { withSshPair } from "../kit/ssh-pair.ts";

/** A process of Node takes this long to start and end on a busy machine, besides its --timeout. */
const OVERHEAD_S = 20;
const TIMEOUT_S = 6;
const within = ["--timeout", String(TIMEOUT_S)] as const;

describe.concurrent("on a pair that answers", () => {
  it("status, check and doctor say so, and end well before their time", () =>
    withSshPair("pair", async ({ args }) => {
      const status = await run(["status", ...args, "--json"]);
      expect({ code: status.code, err: status.err }).toEqual({ code: 0, err: "" });
      const told = JSON.parse(status.out);
      expect(told).toMatchObject({ pair: "alpha+beta", simulated: false, complete: true, missing: [], severity: "warning" });
      expect(told.hosts.map(({ id, reach }: { id: string; reach: string }) => `${id} ${reach}`)).toEqual(["alpha live", "beta live"]);
      expect(told.guests).toHaveLength(9);
      expect(told.took_s).toBeLessThan(TIMEOUT_DEFAULT_S);

      const text = await run(["status", ...args]);
      expect(text.code).toBe(0);
      expect(text.out).toMatch(/If a host is lost\n +alpha +4 of 5 guests restart on beta.*mail01 can't[\s\S]*mail01\/0 +resync/);

      const check = await run(["check", ...args]);
      expect({ code: check.code, lines: check.out.split("\n").length }).toEqual({ code: 1, lines: 2 });
      expect(check.out).toMatch(/^XENHA WARNING - mail01 resyncs to beta.* \| 'hosts_live'=2;/);

      const doctor = await run(["doctor", ...args]);
      expect({ code: doctor.code, err: doctor.err }).toEqual({ code: 0, err: "" });
      expect(doctor.out).toMatch(/nothing to fix/);
    }));

  it("check is OK where nothing is wrong, with 0", () =>
    withSshPair("host-dies", async ({ args }) => {
      const { code, out } = await run(["check", ...args]);
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^XENHA OK - alpha and beta live, 9 guests running/) });
    }));

  it("end quietly when their reader has gone", () =>
    withSshPair("pair", async ({ args }) => {
      for (const command of ["status", "check", "doctor"])
        expect({ command, ...(await runUnread([command, ...args])) }).toEqual({
          command,
          code: command === "check" ? 1 : 0,
          signal: null,
          err: "",
        });
    }));
});

describe.concurrent("on a pair with a host that hangs", () => {
  it("status ends within its time, with what is missing, as 3", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hostFrozen("beta");
      const { code, out, took_s } = await run(["status", ...args, "--json", ...within]);
      expect(code).toBe(3);
      expect(took_s).toBeLessThan(TIMEOUT_S + OVERHEAD_S);
      const told = JSON.parse(out);
      expect(told.complete).toBe(false);
      expect(told.hosts[0]).toMatchObject({ id: "alpha", reach: "live", guests_running: 5 });
      expect(told.hosts[1]).toMatchObject({ id: "beta", age_s: null, freshness: "never", guests_running: null });
      expect(told.hosts[1].reach).not.toBe("live");
      expect(JSON.stringify(told.missing)).toContain("beta");
    }));

  it("status in words says the same", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hostFrozen("beta");
      const { code, out } = await run(["status", ...args, ...within]);
      expect(code).toBe(3);
      expect(out).toMatch(/alpha +not known|not known whether/);
      expect(out).not.toMatch(/\bdead\b|\bdown\b/);
    }));

  it("check is CRITICAL, as 2, within its time", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hostFrozen("beta");
      const { code, out, took_s } = await run(["check", ...args, ...within]);
      expect({ code, out }).toEqual({ code: 2, out: expect.stringMatching(/^XENHA CRITICAL - .*beta.* \| 'hosts_live'=1;/) });
      expect(out).toMatch(/'beta_lost_cannot_restart'=U/);
      expect(took_s).toBeLessThan(TIMEOUT_S + OVERHEAD_S);
    }));

  it("check is UNKNOWN, as 3, where neither answers", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hostFrozen("alpha");
      fault.hostFrozen("beta");
      const { code, out, took_s } = await run(["check", ...args, ...within]);
      expect({ code, out }).toEqual({ code: 3, out: expect.stringMatching(/^XENHA UNKNOWN - /) });
      expect(took_s).toBeLessThan(TIMEOUT_S + OVERHEAD_S);
    }));

  it("doctor names the hop, as 1, within its time", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hostFrozen("beta");
      const { code, out, took_s } = await run(["doctor", ...args, ...within]);
      expect(code).toBe(1);
      expect(out).toMatch(/beta\n[\s\S]*127\.0\.0\.1 port \d+/);
      expect(took_s).toBeLessThan(TIMEOUT_S + OVERHEAD_S);
    }));

  it("a single command that hangs is missing, and nothing else", () =>
    withSshPair("pair", async ({ args, fault }) => {
      fault.hang("alpha", "multipath");
      const { code, out, took_s } = await run(["status", ...args, "--json", ...within]);
      const { missing, guests } = JSON.parse(out);
      expect(code).toBe(3);
      expect(missing).toHaveLength(1);
      expect(JSON.stringify(missing)).toMatch(/alpha.*multipath/);
      expect(guests).toHaveLength(9);
      expect(took_s).toBeLessThan(TIMEOUT_S + OVERHEAD_S);
    }));
});

describe.concurrent("what was typed", () => {
  it("is refused with one sentence and 2 where it can't be meant", async () => {
    for (const [args, sentence] of [
      [["--frobnicate"], /unknown option "--frobnicate"/],
      [["status", "--jsno", "a", "b"], /unknown option "--jsno".*--json/],
      [["status", "a", "b", "c"], /too many arguments: "c"/],
      [["alpha", "alpha"], /named twice/],
      [["status", "--timeout", "soon", "a", "b"], /--timeout needs seconds/],
      [["--demo", "no-such-story"], /no scenario is named "no-such-story"|needs a terminal/],
      [["status", "--demo", "no-such-story"], /no scenario is named "no-such-story"/],
      [["status", "-F", "/nonexistent/file"], /.+/],
      [["status", "-F", "/nonexistent/file", "a", "b"], /^xenha-tui: the ssh configuration \/nonexistent\/file doesn't exist\n$/],
      [["doctor", "-F", "/nonexistent/file", "a", "b"], /^xenha-tui: the ssh configuration \/nonexistent\/file doesn't exist\n$/],
      [["status", "a\x1b[31mb", "c"], /control character/],
    ] as const) {
      const { code, out, err } = await run(args);
      expect({ args, code, out }).toEqual({ args, code: 2, out: "" });
      expect(err).toMatch(sentence);
      expect(err).toMatch(/^xenha-tui: [^\n]+\n$/);
      expect(err).not.toContain("\x1b");
    }
  });

  it("as a screen needs a terminal, and says what doesn't", async () => {
    for (const args of [["--demo"], ["alpha", "beta"]]) {
      const { code, out, err } = await run(args);
      expect({ code, out, err }).toEqual({
        code: 2,
        out: "",
        err: expect.stringMatching(/^xenha-tui: the screen needs a terminal.*status.*\n$/),
      });
    }
  });

  it("of a monitor is answered as the monitor reads it", async () => {
    const { code, out } = await run(["check", "--frobnicate"]);
    expect({ code, out }).toEqual({ code: 3, out: expect.stringMatching(/^XENHA UNKNOWN - unknown option "--frobnicate"[^\n]*\n$/) });
  });

  it("for help or the version is answered with 0", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});
