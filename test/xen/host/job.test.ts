/** The job program itself, under every shell that a dom0 may have, with real processes. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { jobSource, PLANS_KEPT_MAX, SYSLOG_BYTES_MAX, withInput } from "../../../src/xen/host/job-source.ts";
import type { PlanFacts } from "../../../src/xen/model/plan-facts.ts";
import { xenha } from "../../../src/xen/read/xenha.ts";

const shells = { dash: ["dash"], bash: ["bash", "--posix"], busybox: ["busybox", "ash"], mksh: ["mksh"] } as const;
const there = Object.entries(shells).filter(([, [file]]) => {
  try {
    execFileSync("sh", ["-c", `command -v ${file}`]);
    return true;
  } catch {
    return false;
  }
});

const rooms: string[] = [];
afterEach(() => {
  for (const room of rooms.splice(0)) rmSync(room, { recursive: true, force: true });
});

/** syslog: whether what goes there is kept; whoever asks for it waits for all of it. */
function host(shell: readonly string[], keeps: "" | "syslog" = "", program: string = jobSource()) {
  const room = mkdtempSync(join(tmpdir(), "xenha-job-"));
  rooms.push(room);
  const dir = join(room, "run");
  const keep = join(room, "keep");
  const bin = join(room, "bin");
  mkdirSync(dir);
  mkdirSync(bin);
  const log = join(room, "syslog");
  const logger = keeps === "syslog" ? `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\n` : "#!/bin/sh\n";
  writeFileSync(join(bin, "logger"), logger, { mode: 0o755 });
  const env = { ...process.env, XENHA_DIR: dir, XENHA_KEEP: keep, PATH: `${bin}:${process.env.PATH}` };
  const [file = "", ...more] = shell;
  /** Each in a session of its own, as sshd gives one to each command. */
  const callWith = async (input: string | undefined, ...words: string[]): Promise<string> => {
    const child = spawn(file, [...more, "-s", "--", ...words], { env, detached: true, stdio: "pipe" });
    child.stdin.end(withInput(program, input));
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    if (code !== 0 || stderr !== "") throw new Error(`exit ${code}: ${stderr}`);
    return stdout.trimEnd();
  };
  const call = (...words: string[]): Promise<string> => callWith(undefined, ...words);
  const read = (): PlanFacts => {
    const stdout = execFileSync(file, [...more, "-c", xenha.script], { env, encoding: "utf8" });
    const result = xenha.parse({ rc: 0, stdout, truncated: false });
    if (!result.ok) throw new Error("a total parser");
    expect(result.facts.not_understood, stdout).toEqual([]);
    return result.facts;
  };
  /** Reads until it is so. */
  const until = async (what: (facts: PlanFacts) => boolean): Promise<PlanFacts> => {
    for (;;) {
      const facts = read();
      if (what(facts)) return facts;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** What syslog got, once it has that many lines. */
  const syslog = async (lines: number): Promise<readonly string[]> => {
    for (;;) {
      const told = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
      if (told.length >= lines) return told;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { call, callWith, read, until, syslog, dir, keep };
}

/** Processes of a session that run the test's own commands. */
async function childrenOf(session: string): Promise<readonly number[]> {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8");
        return fields[3] === session && (words.includes("sleep\u000060") || words.includes("xenha-job")) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

describe.each(there)("the job program under %s", (_name, shell) => {
  it("gives a lease to one driver, names the holder to others, and lets go for the holder alone", async () => {
    const { call, read } = host(shell);
    expect(await call("take", "guest-web01", "p1", "ana1", '{"by":"ana"}')).toBe("XHJ1 taken");
    expect(await call("take", "guest-web01", "p1", "ana1", '{"by":"ana"}')).toBe("XHJ1 taken");
    expect(await call("take", "guest-web01", "p2", "bob1", '{"by":"bob"}')).toBe('XHJ1 held p1 ana1 {"by":"ana"}');
    expect(await call("drop", "guest-web01", "p2", "bob1")).toBe('XHJ1 held p1 ana1 {"by":"ana"}');
    expect(read().leases).toEqual([{ key: "guest-web01", plan: "p1", driver: "ana1", text: '{"by":"ana"}' }]);
    expect(await call("drop", "guest-web01", "p1", "ana1")).toBe("XHJ1 dropped");
    expect(await call("drop", "guest-web01", "p1", "ana1")).toBe("XHJ1 gone");
    expect(read().leases).toEqual([]);
  });

  it("gives a lease that many ask for at once to exactly one", async () => {
    const { call } = host(shell);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => call("take", "r0", `p${at}`, "d", "{}")));
    expect(answers.filter((answer) => answer === "XHJ1 taken")).toHaveLength(1);
    const [winner] = answers.flatMap((answer, at) => (answer === "XHJ1 taken" ? [`p${at}`] : []));
    for (const answer of answers) expect(answer).toMatch(new RegExp(`taken|held ${winner} d `));
  });

  it("lets a driver seize a lease of its own plan only from the driver that it names, and says so again to whom it was said", async () => {
    const { call, read } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    expect(await call("seize", "r0", "p1", "bob1", "cyd1", "{}")).toBe("XHJ1 held p1 ana1 {}");
    expect(await call("seize", "r0", "p2", "ana1", "cyd1", "{}")).toBe("XHJ1 held p1 ana1 {}");
    expect(await call("seize", "r0", "p1", "ana1", "bob1", '{"n":2}')).toBe("XHJ1 taken");
    expect(await call("seize", "r0", "p1", "ana1", "bob1", '{"n":2}')).toBe("XHJ1 taken");
    expect(await call("take", "r0", "p1", "ana1", "{}")).toBe('XHJ1 held p1 bob1 {"n":2}');
    expect(await call("drop", "r0", "p1", "ana1")).toBe('XHJ1 held p1 bob1 {"n":2}');
    expect(await call("seize", "r9", "p1", "ana1", "bob1", "{}")).toBe("XHJ1 gone");
    expect(read().leases).toEqual([{ key: "r0", plan: "p1", driver: "bob1", text: '{"n":2}' }]);
  });

  it("lets go of no lease while it changes hands: whoever looks or takes meanwhile finds it held", async () => {
    const { call } = host(shell);
    await call("take", "r0", "p1", "d0", "{}");
    const hands = ["d0", "d1", "d2", "d3", "d4"];
    const chain = (async () => {
      for (const [at, next] of hands.slice(1).entries())
        expect(await call("seize", "r0", "p1", hands[at] ?? "", next, "{}")).toBe("XHJ1 taken");
    })();
    const others = Array.from({ length: 6 }, (_, at) => call("take", "r0", `q${at}`, "d", "{}"));
    await chain;
    for (const answer of await Promise.all(others)) expect(answer).toMatch(/^XHJ1 (held p1 d\d |again)/);
  });

  it("gives a lease that was given back to one of many", async () => {
    const { call, read, dir } = host(shell);
    for (const round of ["a", "b", "c"]) {
      const answers = await Promise.all(Array.from({ length: 4 }, (_, at) => call("take", "r0", `${round}${at}`, "d", "{}")));
      const winners = answers.flatMap((answer, at) => (answer === "XHJ1 taken" ? [`${round}${at}`] : []));
      expect(winners).toHaveLength(1);
      expect(read().leases.map(({ plan }) => plan)).toEqual(winners);
      expect(await call("drop", "r0", winners[0] ?? "", "d")).toBe("XHJ1 dropped");
    }
    expect(read().leases).toEqual([]);
    expect(readdirSync(join(dir, "leases/r0"))).toEqual(["000006"]);
  });

  it("writes a journal line once; of two drivers with one number the second is told", async () => {
    const { call, read, dir } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    const hostile = `{"guest":"$(reboot) 'x' \\"y\\" ; \`z\` %s \\\\n ünï"}`;
    expect(await call("note", "p1", "ana1", "000000", hostile, "r0")).toBe("XHJ1 noted");
    expect(await call("note", "p1", "ana1", "000000", hostile, "r0")).toBe("XHJ1 noted");
    expect(await call("note", "p1", "ana1", "000000", "{}", "r0")).toBe(`XHJ1 conflict ${hostile}`);
    expect(await call("note", "p1", "ana1", "000001-more", '{"long":1}', "r0")).toBe("XHJ1 noted");
    expect(await call("note", "p1", "ana1", "000002", "{}", "r0")).toBe("XHJ1 noted");
    expect(read().journal).toEqual([
      { plan: "p1", seq: "000000", text: hostile },
      { plan: "p1", seq: "000002", text: "{}" },
    ]);
    const whole = ["XHJ1 journal", `000000 ${hostile}`, '000001-more {"long":1}', "000002 {}"];
    expect(await call("journal", "p1")).toBe([...whole, "XHJ1 whole"].join("\n"));
    expect(await call("end", "p1", "ana1", '{"result":"done"}', "r0")).toBe("XHJ1 noted");
    expect(await call("end", "p1", "ana1", '{"result":"done"}', "r0")).toBe("XHJ1 noted");
    expect(await call("end", "p1", "ana1", "{}", "r0")).toBe('XHJ1 ended {"result":"done"}');
    expect(await call("note", "p1", "ana1", "000003", "{}", "r0")).toBe('XHJ1 ended {"result":"done"}');
    expect(read().journal.map(({ seq }) => seq)).toEqual(["000000", "end"]);
    expect((await call("journal", "p1")).split("\n").sort()).toEqual([...whole, 'end {"result":"done"}', "XHJ1 whole"].sort());
    expect(await call("end", "p9", "ana1", "{}", "r0")).toBe("XHJ1 gone");
    expect(readdirSync(join(dir, "tmp"))).toEqual([]);
  });

  it("writes no line with none before it: a host that was booted anew is told all of it again", async () => {
    const { call } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    expect(await call("note", "p1", "ana1", "000007", "{}", "r0")).toBe("XHJ1 gap");
    expect(await call("note", "p1", "ana1", "000000", "{}", "r0")).toBe("XHJ1 noted");
    for (const bad of ["1", "0000001", "end", "000001-less", "../x"])
      expect(await call("note", "p1", "ana1", bad, "{}", "r0")).toMatch(/^XHJ1 refused/);
  });

  it("takes no word of a driver whose lease is another's, or gone", async () => {
    const { call, read } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", "{}", "r0");
    await call("seize", "r0", "p1", "ana1", "bob1", "{}");
    expect(await call("note", "p1", "ana1", "000001", "{}", "r0")).toBe("XHJ1 lost r0 p1 bob1 {}");
    expect(await call("end", "p1", "ana1", "{}", "r0")).toBe("XHJ1 lost r0 p1 bob1 {}");
    expect(await call("start", "p1", "ana1", "s1", "-", "r0", "--", "true")).toBe("XHJ1 lost r0 p1 bob1 {}");
    expect(await call("cancel", "p1", "ana1", "s1", "r0")).toBe("XHJ1 lost r0 p1 bob1 {}");
    expect(await call("note", "p1", "bob1", "000001", "{}", "r0")).toBe("XHJ1 noted");
    await call("drop", "r0", "p1", "bob1");
    expect(await call("note", "p1", "bob1", "000002", "{}", "r0")).toBe("XHJ1 unleased r0");
    expect(read().journal.map(({ seq }) => seq)).toEqual(["000000", "000001"]);
    expect(read().jobs).toEqual([]);
  });

  it("tells syslog what is written and started, cut to a line, and not twice", async () => {
    const { call, syslog } = host(shell, "syslog");
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", '{"by":"ana"}', "r0");
    await call("note", "p1", "ana1", "000000", '{"by":"ana"}', "r0");
    await call("note", "p1", "ana1", "000001-more", '{"long":1}', "r0");
    await call("note", "p1", "ana1", "000002", `{"x":"${"y".repeat(5000)}"}`, "r0");
    await call("start", "p1", "ana1", "s1", "-", "r0", "--", "true", "a b");
    await call("start", "p1", "ana1", "s1", "-", "r0", "--", "true", "a b");
    await call("end", "p1", "ana1", "{}", "r0");
    const told = (await syslog(4)).map((line) => line.replace(/^-t xenha-tui -p auth.notice -- /, ""));
    expect([...told].sort()).toEqual(
      [
        'p1 000000 {"by":"ana"}',
        `p1 000002 {"x":"${"y".repeat(5000)}"}`.slice(0, SYSLOG_BYTES_MAX),
        "p1 end {}",
        "p1 s1 start true a b",
      ].sort(),
    );
  });

  it("starts a step once, detached, with exactly its words, and keeps its output and exit status", async () => {
    const { call, until, dir } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", "{}", "r0");
    const script = 'printf "%s|" "$@"; echo; echo oops >&2; exit 7';
    const words = ["a b", "$(reboot)", "$HOME $PATH $$", "; x", "-n", "", "'q'", "*", "%s%%", "\\n"];
    const start = ["start", "p1", "ana1", "s1", "-", "r0", "--", "/bin/sh", "-c", script, "sh", ...words];
    expect(await call(...start)).toBe("XHJ1 started");
    expect(await call(...start)).toBe("XHJ1 exists");
    const { jobs } = await until((facts) => facts.jobs[0]?.state === "ended" && facts.jobs[0].tail.length === 2);
    expect(jobs).toEqual([{ plan: "p1", step: "s1", state: "ended", rc: 7, tail: [`${words.join("|")}|`, "oops"] }]);
    expect(await call("log", "p1", "s1")).toBe(`XHJ1 log\n${words.join("|")}|\noops`);
    expect(readFileSync(join(dir, "jobs/p1/s1/rc"), "utf8")).toBe("7\n");
  });

  it("gives a command what it is to read, byte for byte, and keeps nothing of it", async () => {
    const { callWith, call, until, dir } = host(shell);
    await call("note", "p1", "d", "000000", "{}");
    const given = "vnc = 's3cret'\n\n$(reboot) `x` \\n %s \"q\" ünï '' \n'";
    await callWith(given, "start", "p1", "d", "s1", "-", "--", "dd", `of=${join(dir, "out")}`, "status=none");
    await until((facts) => facts.jobs[0]?.state === "ended");
    expect(readFileSync(join(dir, "out"), "utf8")).toBe(given);
    expect(readdirSync(join(dir, "jobs/p1/s1"))).not.toContain("input");
    expect(readFileSync(join(dir, "jobs/p1/s1/argv"), "utf8")).not.toContain("s3cret");
    // Without any, there is nothing to read.
    await call("start", "p1", "d", "s2", "-", "--", "cat");
    await until((facts) => facts.jobs[1]?.state === "ended");
    expect(await call("log", "p1", "s2")).toBe("XHJ1 log");
  });

  it("tells what is kept over a boot", async () => {
    const { read, keep } = host(shell);
    mkdirSync(join(keep, "kept"), { recursive: true });
    writeFileSync(join(keep, "kept/placement-alpha"), '{"guests":["a:b"]}\n');
    expect(read().kept).toEqual([{ name: "placement-alpha", text: '{"guests":["a:b"]}' }]);
  });

  it("refuses to start without the lease, or with another's", async () => {
    const { call, read } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    expect(await call("start", "p1", "ana1", "s1", "-", "r0", "r1", "--", "true")).toBe("XHJ1 unleased r1");
    expect(await call("start", "p1", "bob1", "s1", "-", "r0", "--", "true")).toBe("XHJ1 lost r0 p1 ana1 {}");
    expect(await call("start", "p1", "ana1", "s1", "-", "r0", "--")).toBe("XHJ1 refused no command");
    expect(read().jobs).toEqual([]);
  });

  it("starts nothing after the time that it is given: what was held up on its way was judged long ago", async () => {
    const { call, read, until } = host(shell);
    const up_s = Number(readFileSync("/proc/uptime", "utf8").split(".")[0]);
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", "{}", "r0");
    expect(await call("start", "p1", "ana1", "s1", String(up_s - 5), "r0", "--", "true")).toMatch(/^XHJ1 late \d+$/);
    expect(read().jobs).toEqual([]);
    expect(await call("start", "p1", "ana1", "s1", String(up_s + 600), "r0", "--", "true")).toBe("XHJ1 started");
    await until((facts) => facts.jobs[0]?.state === "ended");
  });

  it("cancels what hasn't begun for good, and says so of what has", async () => {
    const { call, read, until, dir } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", "{}", "r0");
    expect(await call("cancel", "p1", "ana1", "s1", "r0")).toBe("XHJ1 cancelled");
    expect(await call("cancel", "p1", "ana1", "s1", "r0")).toBe("XHJ1 cancelled");
    expect(await call("start", "p1", "ana1", "s1", "-", "r0", "--", "true")).toBe("XHJ1 exists");
    expect(read().jobs).toEqual([{ plan: "p1", step: "s1", state: "cancelled", rc: undefined, tail: [] }]);
    await call("start", "p1", "ana1", "s2", "-", "r0", "--", "true");
    await until((facts) => facts.jobs[1]?.state === "ended");
    expect(await call("cancel", "p1", "ana1", "s2", "r0")).toBe("XHJ1 started");
    // One whose process comes up only after it was cancelled runs nothing.
    const late = join(dir, "jobs/p1/s3");
    mkdirSync(late);
    writeFileSync(join(late, "run"), readFileSync(join(dir, "jobs/p1/s2/run")));
    writeFileSync(join(late, "argv"), `touch '${join(dir, "ran")}' `);
    expect(await call("cancel", "p1", "ana1", "s3", "r0")).toBe("XHJ1 cancelled");
    expect(() => execFileSync("sh", [join(late, "run")], { stdio: "ignore" })).toThrow();
    expect(existsSync(join(dir, "ran"))).toBe(false);
    expect(read().jobs[2]?.state).toBe("cancelled");
  });

  it("keeps the newest plans that are over, and every one that isn't", async () => {
    const { call, dir } = host(shell);
    mkdirSync(join(dir, "journal"));
    for (let at = 0; at < PLANS_KEPT_MAX + 5; at += 1) {
      const plan = join(dir, `journal/p${at}`);
      mkdirSync(plan);
      if (at !== 2) writeFileSync(join(plan, "end"), "{}\n");
      utimesSync(plan, 1000 + at, 1000 + at);
    }
    await call("take", "r0", "new", "ana1", "{}");
    expect(await call("note", "new", "ana1", "000000", "{}", "r0")).toBe("XHJ1 noted");
    const left = new Set(readdirSync(join(dir, "journal")));
    expect(left.size).toBe(PLANS_KEPT_MAX + 1);
    for (const plan of ["p2", "new", `p${PLANS_KEPT_MAX + 4}`]) expect(left, plan).toContain(plan);
    for (const plan of ["p0", "p1", "p3"]) expect(left, plan).not.toContain(plan);
  });

  it("tells of a plan that is over only a job that goes on all the same", async () => {
    const { call, read, until, dir } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    await call("note", "p1", "ana1", "000000", "{}", "r0");
    await call("start", "p1", "ana1", "s1", "-", "r0", "--", "true");
    await call("start", "p1", "ana1", "s2", "-", "r0", "--", "sleep", "60");
    await call("cancel", "p1", "ana1", "s3", "r0");
    await until((facts) => facts.jobs[0]?.state === "ended" && facts.jobs[1]?.state === "running");
    await call("end", "p1", "ana1", "{}", "r0");
    expect(read().jobs).toMatchObject([{ step: "s2", state: "running" }]);
    const [pid = ""] = readFileSync(join(dir, "jobs/p1/s2/pid"), "utf8").split(" ");
    process.kill(-Number(pid), "SIGKILL");
    await until((facts) => facts.jobs.length === 0);
  });

  it("tells a job that runs from one whose process is gone", async () => {
    const { call, until, read, dir } = host(shell);
    await call("note", "p1", "d", "000000", "{}");
    await call("start", "p1", "d", "s1", "-", "--", "sleep", "60");
    await until((facts) => facts.jobs[0]?.state === "running");
    const [pid = ""] = readFileSync(join(dir, "jobs/p1/s1/pid"), "utf8").split(" ");
    // The runner and what it started: its own session.
    process.kill(-Number(pid), "SIGKILL");
    await until((facts) => facts.jobs[0]?.state === "gone");
    // Another process with its number isn't it.
    writeFileSync(join(dir, "jobs/p1/s1/pid"), `${process.pid} 1\n`);
    expect(read().jobs[0]?.state).toBe("gone");
    mkdirSync(join(dir, "jobs/p1/s2"));
    expect(read().jobs[1]).toMatchObject({ step: "s2", state: "made", rc: undefined });
  });

  it("calls nothing gone that left something running, nor what it doesn't understand", async () => {
    const { call, until, read, dir } = host(shell);
    await call("note", "p1", "d", "000000", "{}");
    await call("start", "p1", "d", "s1", "-", "--", "/bin/sh", "-c", "sleep 60; :");
    await until((facts) => facts.jobs[0]?.state === "running");
    const [pid = ""] = readFileSync(join(dir, "jobs/p1/s1/pid"), "utf8").split(" ");
    process.kill(Number(pid), "SIGKILL");
    // Its command goes on.
    expect(read().jobs[0]?.state).toBe("running");
    process.kill(-Number(pid), "SIGKILL");
    await until((facts) => facts.jobs[0]?.state === "gone");
    for (const strange of ["$ ", "", "12 x", "- -"]) {
      writeFileSync(join(dir, "jobs/p1/s1/pid"), `${strange}\n`);
      expect(read().jobs[0]?.state, strange).toBe("running");
    }
  });

  it("finds what is left of a job also where nothing gives it a session of its own", async () => {
    const { call, until, read, dir } = host(shell, "", jobSource().replace("command -v setsid", "command -v no-such-command"));
    await call("note", "p1", "d", "000000", "{}");
    await call("start", "p1", "d", "s1", "-", "--", "/bin/sh", "-c", "sleep 60; :");
    await until((facts) => facts.jobs[0]?.state === "running");
    const [pid = "", , session = ""] = readFileSync(join(dir, "jobs/p1/s1/pid"), "utf8").trim().split(" ");
    expect(session).not.toBe(pid);
    process.kill(Number(pid), "SIGKILL");
    expect(read().jobs[0]?.state).toBe("running");
    // Of the channel's session, only what the job left.
    for (const child of await childrenOf(session)) process.kill(child, "SIGKILL");
    await until((facts) => facts.jobs[0]?.state === "gone");
  });

  it("bounds what it keeps of a flood, and doesn't hold the job up", async () => {
    const { call, until } = host(shell);
    await call("note", "p1", "d", "000000", "{}");
    await call("start", "p1", "d", "s1", "-", "--", "/bin/sh", "-c", "i=0; while [ $i -lt 6000 ]; do echo $i; i=$((i+1)); done");
    await until((facts) => facts.jobs[0]?.state === "ended" && facts.jobs[0].tail.at(-1) === "3999");
    expect((await call("log", "p1", "s1")).split("\n")).toHaveLength(4001);
  });

  it("takes no name that isn't one", async () => {
    const { call, dir } = host(shell);
    for (const bad of ["", ".", "..", "../x", "a/b", "-x", "a b", "$(x)", "ü"]) {
      expect(await call("take", bad, "p1", "d", "{}")).toMatch(/^XHJ1 refused not a name:/);
      expect(await call("note", bad, "d", "000000", "{}")).toMatch(/^XHJ1 refused not a name:/);
      expect(await call("start", bad, "d", "s", "-", "--", "true")).toMatch(/^XHJ1 refused not a name:/);
    }
    expect(await call("sing")).toBe("XHJ1 refused unknown verb: sing");
    expect(readdirSync(dir)).toEqual([]);
  });
});

it("reads nothing where there never was a plan", () => {
  const { dir, read } = host(["sh"]);
  rmSync(dir, { recursive: true });
  expect(read()).toEqual({ leases: [], jobs: [], journal: [], kept: [], not_understood: [] });
});
