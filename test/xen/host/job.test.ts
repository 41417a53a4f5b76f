/** The job program itself, under every shell that a dom0 may have, with real processes. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { jobSource, withInput } from "../../../src/xen/host/job-source.ts";
import type { PlanFacts } from "../../../src/xen/model/plan-facts.ts";
import { xenha } from "../../../src/xen/read/xenha.ts";

const shells = { dash: ["dash"], bash: ["bash", "--posix"], busybox: ["busybox", "ash"] } as const;
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

function host(shell: readonly string[]) {
  const room = mkdtempSync(join(tmpdir(), "xenha-job-"));
  rooms.push(room);
  const dir = join(room, "run");
  mkdirSync(dir);
  const keep = join(room, "keep");
  const env = { ...process.env, XENHA_DIR: dir, XENHA_KEEP: keep };
  const [file = "", ...more] = shell;
  const callWith = (input: string | undefined, ...words: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = execFile(file, [...more, "-s", "--", ...words], { env, encoding: "utf8" }, (error, stdout, stderr) =>
        error === null && stderr === "" ? resolve(stdout.trimEnd()) : reject(new Error(`${error?.message}: ${stderr}`)),
      );
      child.stdin?.end(withInput(jobSource(), input));
    });
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
  return { call, callWith, read, until, dir, keep };
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

  it("lets a driver seize a lease of its own plan only from the driver that it names", async () => {
    const { call } = host(shell);
    await call("take", "r0", "p1", "ana1", "{}");
    expect(await call("seize", "r0", "p1", "bob1", "cyd1", "{}")).toBe("XHJ1 held p1 ana1 {}");
    expect(await call("seize", "r0", "p2", "ana1", "cyd1", "{}")).toBe("XHJ1 held p1 ana1 {}");
    expect(await call("seize", "r0", "p1", "ana1", "bob1", '{"n":2}')).toBe("XHJ1 taken");
    expect(await call("take", "r0", "p1", "ana1", "{}")).toBe('XHJ1 held p1 bob1 {"n":2}');
    expect(await call("seize", "r9", "p1", "ana1", "bob1", "{}")).toBe("XHJ1 gone");
  });

  it("writes a journal line once; of two drivers with one number the second is told", async () => {
    const { call, read, dir } = host(shell);
    const hostile = `{"guest":"$(reboot) 'x' \\"y\\" ; \`z\` %s \\\\n ünï"}`;
    expect(await call("note", "p1", "000000", hostile)).toBe("XHJ1 noted");
    expect(await call("note", "p1", "000000", hostile)).toBe("XHJ1 noted");
    expect(await call("note", "p1", "000000", "{}")).toBe(`XHJ1 conflict ${hostile}`);
    expect(await call("note", "p1", "000001", "{}")).toBe("XHJ1 noted");
    expect(read().journal).toEqual([
      { plan: "p1", seq: "000000", text: hostile },
      { plan: "p1", seq: "000001", text: "{}" },
    ]);
    expect(await call("end", "p1", '{"result":"done"}')).toBe("XHJ1 noted");
    expect(read().journal.map(({ seq }) => seq)).toEqual(["000000", "end"]);
    expect(await call("journal", "p1")).toBe(`XHJ1 journal\n${hostile}\n{}\n{"result":"done"}`);
    expect(await call("end", "p9", "{}")).toBe("XHJ1 gone");
    expect(readdirSync(join(dir, "tmp"))).toEqual([]);
  });

  it("starts a step once, detached, with exactly its words, and keeps its output and exit status", async () => {
    const { call, until, dir } = host(shell);
    await call("note", "p1", "000000", "{}");
    await call("take", "r0", "p1", "ana1", "{}");
    const script = 'printf "%s|" "$@"; echo; echo oops >&2; exit 7';
    const words = ["a b", "$(reboot)", "$HOME $PATH $$", "; x", "-n", "", "'q'", "*", "%s%%", "\\n"];
    const start = ["start", "p1", "ana1", "s1", "r0", "--", "/bin/sh", "-c", script, "sh", ...words];
    expect(await call(...start)).toBe("XHJ1 started");
    expect(await call(...start)).toBe("XHJ1 exists");
    const { jobs } = await until((facts) => facts.jobs[0]?.state === "ended" && facts.jobs[0].tail.length === 2);
    expect(jobs).toEqual([{ plan: "p1", step: "s1", state: "ended", rc: 7, tail: [`${words.join("|")}|`, "oops"] }]);
    expect(await call("log", "p1", "s1")).toBe(`XHJ1 log\n${words.join("|")}|\noops`);
    expect(readFileSync(join(dir, "jobs/p1/s1/rc"), "utf8")).toBe("7\n");
  });

  it("gives a command what it is to read, byte for byte, and keeps nothing of it", async () => {
    const { callWith, call, until, dir } = host(shell);
    await call("note", "p1", "000000", "{}");
    const text = "vnc = 's3cret'\n\n$(reboot) `x` \\n %s \"q\" ünï '' \n'";
    await callWith(text, "start", "p1", "d", "s1", "--", "dd", `of=${join(dir, "out")}`, "status=none");
    await until((facts) => facts.jobs[0]?.state === "ended");
    expect(readFileSync(join(dir, "out"), "utf8")).toBe(text);
    expect(readdirSync(join(dir, "jobs/p1/s1"))).not.toContain("input");
    expect(readFileSync(join(dir, "jobs/p1/s1/argv"), "utf8")).not.toContain("s3cret");
    // Without any, there is nothing to read.
    await call("start", "p1", "d", "s2", "--", "cat");
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
    expect(await call("start", "p1", "ana1", "s1", "r0", "r1", "--", "true")).toBe("XHJ1 refused there is no lease of r1");
    expect(await call("start", "p1", "bob1", "s1", "r0", "--", "true")).toBe("XHJ1 refused the lease of r0 is another's: p1 ana1 {}");
    expect(await call("start", "p1", "ana1", "s1", "r0", "--")).toBe("XHJ1 refused no command");
    expect(read().jobs).toEqual([]);
  });

  it("tells a job that runs from one whose process is gone", async () => {
    const { call, until, read, dir } = host(shell);
    await call("note", "p1", "000000", "{}");
    await call("start", "p1", "d", "s1", "--", "sleep", "60");
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
    await call("note", "p1", "000000", "{}");
    await call("start", "p1", "d", "s1", "--", "/bin/sh", "-c", "sleep 60; :");
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

  it("bounds what it keeps of a flood, and doesn't hold the job up", async () => {
    const { call, until } = host(shell);
    await call("note", "p1", "000000", "{}");
    await call("start", "p1", "d", "s1", "--", "/bin/sh", "-c", "i=0; while [ $i -lt 6000 ]; do echo $i; i=$((i+1)); done");
    await until((facts) => facts.jobs[0]?.state === "ended" && facts.jobs[0].tail.at(-1) === "3999");
    expect((await call("log", "p1", "s1")).split("\n")).toHaveLength(4001);
  });

  it("takes no name that isn't one", async () => {
    const { call, dir } = host(shell);
    for (const bad of ["", ".", "..", "../x", "a/b", "-x", "a b", "$(x)", "ü"]) {
      expect(await call("take", bad, "p1", "d", "{}")).toMatch(/^XHJ1 refused not a name:/);
      expect(await call("note", bad, "000000", "{}")).toMatch(/^XHJ1 refused not a name:/);
      expect(await call("start", bad, "d", "s", "--", "true")).toMatch(/^XHJ1 refused not a name:/);
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
