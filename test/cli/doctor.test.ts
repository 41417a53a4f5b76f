import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { createStepLog, examine, runDoctor, type StepLog } from "../../src/cli/doctor.ts";
import { type DoctorLine, hostLines, pairLines } from "../../src/cli/doctor-checks.ts";
import { createSim, simLinks } from "../../src/sim/index.ts";
import { initialState, update } from "../../src/state/update.ts";
import type { LinkState } from "../../src/xen/host/link.ts";
import { PROBE_VERSION } from "../../src/xen/host/probe-source.ts";
import type { ConnectStep } from "../../src/xen/host/ssh/steps.ts";
import type { ProbeFrame } from "../../src/xen/host/wire.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import { recording } from "../helpers.ts";

const NOW_MS = 1_700_000_000_000;
const alpha = hostId("alpha");
const beta = hostId("beta");
const live: LinkState = { phase: "live", since_ms: NOW_MS - 1_000 };

const hello = (fields: Record<string, string> = {}, wall_s = NOW_MS / 1000): ProbeFrame => ({
  kind: "hello",
  uptime_s: 100,
  wall_s,
  fields: new Map(Object.entries({ probe: String(PROBE_VERSION), uid: "0", kernel: "6.1", boot_id: "b1", "tool.xl": "1", ...fields })),
});
function state(frames: { alpha?: readonly ProbeFrame[]; beta?: readonly ProbeFrame[] }, link: LinkState = live) {
  let pair = initialState({ name: "lab", hosts: [alpha, beta], now_ms: NOW_MS });
  for (const [host, told] of [
    [alpha, frames.alpha],
    [beta, frames.beta],
  ] as const) {
    pair = update(pair, { kind: "link.changed", host, link, at_ms: NOW_MS });
    for (const frame of told ?? []) pair = update(pair, { kind: "probe.told", host, frame, at_ms: NOW_MS });
  }
  return pair;
}
function alphaLines(frames: readonly ProbeFrame[], steps: readonly ConnectStep[] = [], link: LinkState = live): DoctorLine[] {
  const host = state({ alpha: frames }, link).hosts.get(alpha);
  if (host === undefined) throw new Error("no alpha");
  return hostLines({ host, steps, now_ms: NOW_MS, waited_s: 20 });
}
const only = (lines: readonly DoctorLine[], ...results: readonly string[]) =>
  lines.filter(({ result }) => results.includes(result)).map(({ check, text }) => `${check}: ${text}`);

const way: readonly ConnectStep[] = [
  { kind: "hops", hops: ["jump1", "alpha"], source: "ssh -G" },
  { kind: "connecting", hop: "jump1", way: "10.0.0.1 port 22" },
  { kind: "connected", hop: "jump1", way: "10.0.0.1 port 22", took_ms: 3 },
  { kind: "host_key", hop: "jump1", key_type: "ssh-ed25519", fingerprint: "SHA256:x", how: "known", file: "/kh", line: 7 },
  { kind: "authenticated", hop: "jump1", user: "ops", method: "publickey id" },
];

describe("the way to a host", () => {
  it("is told hop by hop", () => {
    expect(alphaLines([hello()], [...way, { kind: "shell", hop: "alpha", command: "exec /bin/sh -s" }]).slice(0, 5)).toEqual([
      {
        host: "alpha",
        hop: undefined,
        check: "settings",
        result: "ok",
        text: "as ssh -G tells them; the way: jump1, alpha",
        fix: undefined,
      },
      { host: "alpha", hop: "jump1", check: "reach", result: "ok", text: "10.0.0.1 port 22, 3 ms", fix: undefined },
      { host: "alpha", hop: "jump1", check: "host key", result: "ok", text: "ssh-ed25519 SHA256:x, known (/kh:7)", fix: undefined },
      { host: "alpha", hop: "jump1", check: "sign-in", result: "ok", text: "ops by publickey id", fix: undefined },
      { host: "alpha", hop: undefined, check: "shell", result: "ok", text: "exec /bin/sh -s runs", fix: undefined },
    ]);
  });

  it("ends where it failed, with the fix; of several attempts the last counts", () => {
    const failed = (reason: string): ConnectStep => ({
      kind: "failed",
      failure: { hop: "jump1", phase: "host_key", reason, advice: "look at /kh", retry: false },
    });
    const link: LinkState = { phase: "refused", hop: "jump1", reason: "new", advice: "look at /kh", since_ms: 0 };
    const lines = alphaLines([], [...way.slice(0, 3), failed("old"), ...way.slice(0, 3), failed("new"), ...way.slice(0, 1)], link);
    expect(lines.map(({ check, result }) => `${check} ${result}`)).toEqual(["settings ok", "reach ok", "host key fail"]);
    expect(lines.at(-1)).toEqual({ host: "alpha", hop: "jump1", check: "host key", result: "fail", text: "new", fix: "look at /kh" });
  });

  it("is told from the link where there are no steps, and when time was up on the way", () => {
    const unreachable: LinkState = {
      phase: "unreachable",
      hop: "alpha",
      reason: "no route to host",
      since_ms: 0,
      retry_at_ms: 1,
      attempt: 2,
    };
    expect(only(alphaLines([], [], unreachable), "fail")).toEqual(["reach: no route to host"]);
    const connecting: LinkState = { phase: "connecting", hop: "jump1", since_ms: 0, attempt: 1 };
    expect(alphaLines([], way.slice(0, 2), connecting).at(-1)).toMatchObject({
      hop: "jump1",
      result: "fail",
      text: "time was up after 20 s while connecting",
    });
    expect(only(alphaLines([], way), "fail")).toEqual(["shell: time was up after 20 s"]);
  });
});

describe("behind the shell", () => {
  it("root, tools and the probe's version are looked at", () => {
    const lines = alphaLines([hello({ uid: "1000", probe: "0", "tool.xl": "0", "tool.ovs-vsctl": "0", "tool.ip": "1" })]);
    expect(only(lines, "fail")).toEqual(["root: the probe runs with uid 1000; xl and xenstore are root's", "tools: xl is not installed"]);
    expect(only(lines, "warn")[0]).toBe(`probe: version 0, this console's is ${PROBE_VERSION}`);
    expect(only(lines, "info")).toContain("tools: not installed, which is fine where it isn't used: ovs-vsctl");
    expect(only(lines, "ok")).toContain("tools: ip");
  });

  it("a reading that fails is told in the tool's words, one that hangs with its age, the absent ones as normal", () => {
    const frames: ProbeFrame[] = [
      hello(),
      { kind: "section", id: "xl-list", rc: 1, took_s: 0, truncated: false, stdout: "libxl: error: must be root" },
      { kind: "section", id: "ovs", rc: 69, took_s: 0, truncated: false, stdout: "" },
      { kind: "section", id: "drbd-proc", rc: 0, took_s: 0, truncated: false, stdout: recording("healthy/alpha/proc-drbd.txt").stdout },
      { kind: "beat", uptime_s: 150, wall_s: undefined, running: [{ id: "lvm", for_s: 99 }], same: [] },
    ];
    const lines = alphaLines(frames);
    const [failed, hung, ...rest] = lines.filter(({ result }) => result === "fail");
    expect(failed).toMatchObject({
      check: "readings",
      text: expect.stringMatching(/^xl-list: .*must be root/),
      fix: "the probe must run as root",
    });
    expect(hung).toMatchObject({ text: expect.stringMatching(/^lvm: .*not answering for 99 s$/) });
    expect(rest).toEqual([]);
    expect(only(lines, "info")).toContain("readings: this host doesn't have: ovs");
    expect(only(lines, "warn")[0]).toMatch(/^readings: not told within 20 s: /);
    expect(only(lines, "ok")).toContain("drbd: version 8.4.11");
  });

  it("a clock that is off is a warning, an unknown one isn't", () => {
    expect(only(alphaLines([hello({}, NOW_MS / 1000 + 5)]), "warn")).toContain("clock: 5.0 s ahead of this machine's");
    expect(only(alphaLines([hello({}, NOW_MS / 1000 - 1.5)]), "ok")).toContain("clock: 1.5 s behind this machine's");
    expect(only(alphaLines([{ ...hello(), wall_s: undefined } as ProbeFrame]), "info")).toContain("clock: the host can't tell its time");
  });
});

describe("the pair", () => {
  const proc = (version: string): ProbeFrame => ({
    kind: "section",
    id: "drbd-proc",
    rc: 0,
    took_s: 0,
    truncated: false,
    stdout: recording("healthy/alpha/proc-drbd.txt").stdout.replace("8.4.11", version),
  });

  it("that is one machine is found out", () => {
    const lines = pairLines(state({ alpha: [hello()], beta: [hello()] }));
    expect(only(lines, "fail")).toEqual(["pair: alpha and beta are the same machine"]);
  });

  it("has clocks and DRBD versions to compare", () => {
    const other = { boot_id: "b2" };
    const well = pairLines(state({ alpha: [hello(), proc("8.4.11")], beta: [hello(other), proc("8.4.11")] }));
    expect(only(well, "ok")).toEqual(["clock: the hosts' clocks are 0.0 s apart", "drbd: both run version 8.4.11"]);
    const apart = pairLines(state({ alpha: [hello(), proc("8.4.11")], beta: [hello(other, NOW_MS / 1000 + 3), proc("8.4.7")] }));
    expect(only(apart, "warn")).toEqual(["clock: the hosts' clocks are 3.0 s apart", "drbd: alpha runs 8.4.11, beta runs 8.4.7"]);
    expect(pairLines(state({ alpha: [hello()] }))).toEqual([]);
  });
});

describe("doctor as a whole", () => {
  const style = { color: false, ascii: false };

  /** A simulated pair whose time passes as fast as it can, until `run` is done. */
  async function withSim<T>(
    scenario: string,
    run: (request: Parameters<typeof examine>[0]) => Promise<T>,
    log: StepLog = createStepLog(),
  ): Promise<T> {
    const sim = createSim({ scenario });
    if (sim === undefined) throw new Error(`no scenario ${scenario}`);
    const clock = { now_ms: () => sim.now_ms(), after: (ms: number, callback: () => void) => sim.world.scheduler.after(ms, callback) };
    const pair = { name: "demo", hosts: sim.hosts, links: simLinks(sim), simulated: true } as const;
    const running = run({ pair, log, clock, started_ms: clock.now_ms(), timeout_s: 20, version: "1.2.3" });
    let done = false;
    const finish = () => {
      done = true;
    };
    running.then(finish, finish);
    while (!done) {
      sim.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return running;
  }

  it("finds nothing to fix where nothing is wrong with the way in", async () => {
    const { text, code } = await withSim("pair", (request) => runDoctor(request, { json: false, style }));
    expect([code, text.split("\n").at(-2)]).toEqual([0, "nothing to fix"]);
    expect(text).toMatch(/^demo \(simulated\)\n\nalpha\n {2}ok {4}shell/);
    expect(text).toContain("\nboth\n");
  });

  it("finds the command that hangs, and the host that is dead, within its time", async () => {
    const hung = await withSim("hung-command", (request) => examine(request));
    expect(hung.result).toBe("failed");
    expect(only(hung.lines, "fail").join()).toMatch(/^readings: .*not answering for \d+ s/);
    const dead = await withSim("host-dead", (request) => examine(request));
    expect(dead.result).toBe("failed");
    expect(dead.lines.filter(({ result }) => result === "fail").map(({ check }) => check)).toContain("reach");
  });

  it("prints JSON in a versioned form", async () => {
    const { text } = await withSim("pair", (request) => runDoctor(request, { json: true, style }));
    const value: unknown = JSON.parse(text);
    expect(value).toMatchObject({ schema: "xenha-tui.doctor/1", xenha_tui: "1.2.3", pair: "demo", simulated: true, result: "ok" });
    expect(value).toMatchObject({
      lines: expect.arrayContaining([expect.objectContaining({ host: "alpha", hop: null, check: "root", result: "ok", fix: null })]),
    });
  });

  it.each(["pair", "hung-command", "host-dead"])("keeps to its published schema: %s", async (scenario) => {
    const schema: unknown = JSON.parse(readFileSync(new URL("../../schema/doctor.schema.json", import.meta.url), "utf8"));
    // Later fields of version 1 are allowed to a reader; here each field must be told of.
    const closed: unknown = JSON.parse(JSON.stringify(schema), (_key, part: unknown) =>
      typeof part === "object" && part !== null && "properties" in part ? { ...part, additionalProperties: false } : part,
    );
    const { text } = await withSim(scenario, (request) => runDoctor(request, { json: true, style }));
    const report = JSON.parse(text) as Record<string, unknown>;
    const validate = new Ajv({ strict: true, allErrors: true }).compile(closed as object);
    validate(report);
    expect(validate.errors).toBeNull();
    const open = new Ajv({ strict: true }).compile(schema as object);
    expect(open({ ...report, later: 1 })).toBe(true);
    for (const field of Object.keys(report)) {
      const { [field]: _gone, ...rest } = report;
      expect({ field, ok: open(rest) }).toEqual({ field, ok: false });
    }
  });

  it("keeps lines narrow, colour to words, and control characters away", async () => {
    const log = createStepLog();
    const failure = {
      hop: "alpha",
      phase: "auth",
      reason: `denied \u001b[2J ${"word ".repeat(60)}`,
      advice: "y".repeat(300),
      retry: false,
    } as const;
    log.onStep[0]({ kind: "hops", hops: ["alpha"], source: "files" });
    log.onStep[0]({ kind: "failed", failure });
    const { text } = await withSim("pair", (request) => runDoctor(request, { json: false, style: { color: false, ascii: true } }), log);
    expect(text).not.toContain("\u001b");
    const lines = text.split("\n");
    expect(lines.filter((line) => line.includes("word")).every((line) => line.length <= 100)).toBe(true);
    expect(lines.some((line) => line.startsWith("  FAIL  sign-in     denied ?[2J"))).toBe(true);
    const painted = await withSim("pair", (request) => runDoctor(request, { json: false, style: { color: true, ascii: false } }));
    expect(painted.text).toContain("\u001b[32mok\u001b[0m");
  });
});
