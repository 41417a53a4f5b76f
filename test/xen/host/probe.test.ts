/** The probe as it really runs: under each shell there is on this machine, with readings of the test's own. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createFrameDecoder } from "../../../src/xen/host/frames.ts";
import { probeSource, RUN_TURN_CS, RUNS_IN_A_ROW } from "../../../src/xen/host/probe-source.ts";
import type { ProbeFrame } from "../../../src/xen/host/wire.ts";
import { parsed, type Reading } from "../../../src/xen/read/reading.ts";

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].filter(([name]) => {
  try {
    execFileSync("/bin/sh", ["-c", `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
});

function reading(id: string, script: string, more: Partial<Reading<string>> = {}): Reading<string> {
  const base = { id, title: id, source: script, script, cadence_s: 1, timeout_s: 5, bytes_max: 10_000, refreshed_by: [] };
  return { ...base, parse: ({ stdout }) => parsed(stdout), ...more };
}

/** A running probe: frames as they come, and `until` to wait for one. */
function run(shell: readonly string[], readings: readonly Reading<unknown>[], program = probeSource(readings)) {
  const [command = "sh", ...args] = shell;
  const child: ChildProcessWithoutNullStreams = spawn(command, [...args, "-s"], { detached: true });
  const decoder = createFrameDecoder();
  const frames: ProbeFrame[] = [];
  const waiting: { wanted: (frame: ProbeFrame) => boolean; found: (frame: ProbeFrame) => void }[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    for (const frame of decoder.push(chunk)) {
      frames.push(frame);
      for (const entry of waiting.filter(({ wanted }) => wanted(frame))) {
        waiting.splice(waiting.indexOf(entry), 1);
        entry.found(frame);
      }
    }
  });
  child.stdin.on("error", () => undefined);
  child.stdin.write(program);
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    pid: child.pid ?? -1,
    frames,
    say: (line: string) => child.stdin.write(`${line}\n`),
    /** The next frame (from now on) that is wanted. */
    next: (wanted: (frame: ProbeFrame) => boolean) => new Promise<ProbeFrame>((found) => waiting.push({ wanted, found })),
    section: (id: string) =>
      new Promise<Extract<ProbeFrame, { kind: "section" }>>((found) =>
        waiting.push({ wanted: (frame) => frame.kind === "section" && frame.id === id, found: (frame) => found(frame as never) }),
      ),
    hangUp: () => child.stdin.end(),
    kill: () => child.kill("SIGKILL"),
    ended,
  };
}

/** Pids whose environment carries the mark: everything the probe started. */
/** Starts one process after the other, a few hundred in all. */
const BUSY = "i=0; while [ $i -lt 150 ]; do i=$((i + 1)); (sleep 600 & sleep 600) & /bin/true; done; sleep 600";

function marked(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark) && pid !== String(process.pid);
    } catch {
      return false;
    }
  });
}

describe.each(shells)("the probe under %s", (...shell) => {
  it("says hello, tells a section once, then only that it is the same", async () => {
    const probe = run(shell, [reading("one", "echo 'it''s one'; echo; echo two")]);
    const section = await probe.section("one");
    expect(section).toMatchObject({ rc: 0, truncated: false, stdout: "it's one\n\ntwo".replace("'", "") });
    await probe.next((frame) => frame.kind === "beat" && frame.same.includes("one"));
    expect(probe.frames[0]).toMatchObject({ kind: "hello" });
    expect(probe.frames.filter((frame) => frame.kind === "section")).toHaveLength(1);
    probe.say("q");
    await probe.ended;
    expect(probe.frames.at(-1)).toEqual({ kind: "bye", reason: "asked" });
  });

  it("repeats when the console asked last, and no word that isn't a stamp", async () => {
    const probe = run(shell, [reading("one", "echo 1")]);
    const first = await probe.next((frame) => frame.kind === "beat");
    expect(first).not.toHaveProperty("asked_ms");
    probe.say("k 1763852000123");
    await probe.next((frame) => frame.kind === "beat" && frame.asked_ms === 1763852000123);
    for (const line of ["k", "k $(id)", "k 12x", "k -5"]) probe.say(line);
    probe.say("k 1763852000456");
    const last = await probe.next((frame) => frame.kind === "beat" && frame.asked_ms !== undefined && frame.asked_ms !== 1763852000123);
    expect(last).toMatchObject({ asked_ms: 1763852000456 });
    probe.say("q");
    await probe.ended;
  });

  it("goes on beating where the console speaks before the ticker is ready for it", async () => {
    const readings = [reading("one", "echo 1", { cadence_s: 60 })];
    const source = probeSource(readings);
    const slow = source.replace("ticker() {\n", "ticker() {\n  sleep 1\n");
    expect(slow).not.toBe(source);
    const probe = run(shell, readings, slow);
    await probe.next((frame) => frame.kind === "hello");
    probe.say("k 7001");
    await probe.next((frame) => frame.kind === "beat" && frame.asked_ms === 7001);
    probe.say("q");
    await probe.ended;
  });

  it("tells in full what was asked for in full, and when it had been asked at the latest", async () => {
    const probe = run(shell, [reading("same", "echo always", { cadence_s: 60 }), reading("slow", "sleep 1; echo slow", { cadence_s: 60 })]);
    expect((await probe.section("same")).asked_ms).toBeUndefined();
    // One that runs already when it is asked for began too early: it is read again.
    probe.say("k 7001");
    probe.say("f slow");
    const [early, late] = [await probe.section("slow"), await probe.section("slow")];
    expect([early.asked_ms, late.asked_ms]).toEqual([undefined, 7001]);
    probe.say("k 8002");
    probe.say("f same");
    expect(await probe.section("same")).toMatchObject({ stdout: "always", asked_ms: 8002 });
    probe.hangUp();
    await probe.ended;
  });

  it("keeps status and absence apart, and cuts at the size limit", async () => {
    const probe = run(shell, [
      reading("no", "exit 69"),
      reading("bad", "printf half; exit 3"),
      reading("big", "printf '%0200d' 7", { bytes_max: 100 }),
    ]);
    const [no, bad, big] = await Promise.all([probe.section("no"), probe.section("bad"), probe.section("big")]);
    expect(no).toMatchObject({ rc: 69, stdout: "" });
    expect(bad).toMatchObject({ rc: 3, stdout: "half" });
    expect(big.truncated).toBe(true);
    expect(big.stdout.length).toBeLessThanOrEqual(100);
    probe.say("q");
    await probe.ended;
  });

  it("announces bytes, also where the shell counts characters", async () => {
    const readings = [reading("umlaut", "printf '\\303\\251\\342\\202\\254'"), reading("after", "echo hi")];
    const program = probeSource(readings).replace("LC_ALL=C PATH=", "LC_ALL=C.UTF-8 PATH=");
    const probe = run(shell, readings, program);
    const [umlaut, after] = await Promise.all([probe.section("umlaut"), probe.section("after")]);
    expect([umlaut.stdout, after.stdout]).toEqual(["é€", "hi"]);
    probe.say("q");
    await probe.ended;
  });

  it("calls nothing the same where no sum can be made", async () => {
    const readings = [reading("up", "read -r up _ </proc/uptime; echo $up")];
    const probe = run(shell, readings, probeSource(readings).replace(/\| cksum\)/, "| no-such-cksum)"));
    const [first, second] = [await probe.section("up"), await probe.section("up")];
    expect(second.stdout).not.toBe(first.stdout);
    expect(probe.frames.some((frame) => frame.kind === "beat" && frame.same.includes("up"))).toBe(false);
    probe.say("q");
    await probe.ended;
  });

  it("lets a hung reading delay nobody, and shows it running", async () => {
    const probe = run(shell, [reading("hung", "sleep 600", { timeout_s: 500 }), reading("quick", "read -r up _ </proc/uptime; echo $up")]);
    await probe.section("quick");
    await probe.section("quick");
    const beat = await probe.next((frame) => frame.kind === "beat" && frame.running.some(({ id, for_s }) => id === "hung" && for_s >= 2));
    expect(beat).toMatchObject({ kind: "beat" });
    probe.say("q");
    await probe.ended;
  });

  it("ends a reading at its time limit", async () => {
    const probe = run(shell, [reading("slow", "sleep 600", { timeout_s: 1 })]);
    expect([124, 137]).toContain((await probe.section("slow")).rc);
    probe.say("q");
    await probe.ended;
  });

  it("reads at once when asked, and changes a cadence", async () => {
    // Another each time, however soon it is read again.
    const probe = run(shell, [reading("up", "read -r id </proc/sys/kernel/random/uuid; echo $id", { cadence_s: 3600 })]);
    const first = await probe.section("up");
    probe.say("r up");
    expect((await probe.section("up")).stdout).not.toBe(first.stdout);
    probe.say("c up 1");
    await probe.section("up");
    await probe.section("up");
    probe.say("r no-such; c up x; hostile $(exit) `exit`");
    probe.say("r up");
    await probe.section("up");
    probe.say("q");
    await probe.ended;
  });

  it("begins a reading at once when it is asked for, three times in a row, then by turns, and wakes itself for what it put off", () => {
    const source = probeSource([reading("one", "echo 1", { cadence_s: 60 }), reading("two", "echo 2", { cadence_s: 60 })]);
    const named = ["start_due", "start", "hurry", "woken", "ended"];
    const parts = named.map((name) => new RegExp(`^${name}\\(\\) \\{.*\\n[^]*?^\\}`, "m").exec(source)?.[0]);
    const state = [...source.matchAll(/^id_.*\nrun_.*$/gm)].map(([lines]) => lines);
    // Time stands in `now` and `now_cs`; a job tells when it began, and is over when it is said so.
    const story = `
      readings='one two' same= waking=
      at() { now_cs=$1 now=$(($1 / 100)); }
      job() { began="$began $1:$now_cs"; }
      wake() { woken="$woken $now_cs"; }
      ask() { hurry one; start_due; }
      over() { ended one 7; start_due; }
      at 1000; start_due; ended two 7; over
      at 1010; ask; over
      at 1020; ask; ask; ask; over
      at 1030; woken; start_due
      at 1060; woken; start_due; ask; over
      at 1100; woken; start_due; over
      at 3000; ask; over; ask; over; ask; over; ask
      echo "$began;$woken"`;
    const [command = "sh", ...args] = shell;
    // Run by this shell: what it counts must outlive the job.
    const program = [...state, ...parts, story].join("\n").replaceAll('job "$1" &', 'job "$1";').replaceAll("$!", "1");
    const said = execFileSync(command, [...args, "-s"], { input: program })
      .toString()
      .trim();
    expect(said).toBe("one:1000 two:1000 one:1010 one:1020 one:1060 one:1100 one:3000 one:3000 one:3000; 1020 1030 1060 3000");
    expect([RUNS_IN_A_ROW, RUN_TURN_CS]).toEqual([3, 50]);
  });

  it.each([
    ["hangUp", "hangs", "sleep 600"],
    ["kill", "hangs", "sleep 600"],
    ["hangUp", "starts one process after the other", BUSY],
    ["kill", "starts one process after the other", BUSY],
  ] as const)("leaves no process behind after %s of one whose reading %s", async (how, what, script) => {
    const mark = `XENHA_TEST_MARK_${process.pid}_${shell.join("_")}_${how}_${what.length}`;
    process.env[mark] = "1";
    const probe = run(shell, [reading("hung", script, { timeout_s: 500 }), reading("quick", "echo hi")]);
    delete process.env[mark];
    await probe.section("quick");
    expect(marked(mark).length).toBeGreaterThan(2);
    probe[how]();
    await probe.ended;
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (marked(mark).length > 0) return;
        clearInterval(look);
        resolve();
      }, 50);
    });
    expect(marked(mark)).toEqual([]);
  });
});

it("is the same text for the same table", () => {
  const table = [reading("one", "echo 1")];
  expect(probeSource(table)).toBe(probeSource(table));
});
