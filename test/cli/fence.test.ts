/** Fence agents as they are run for a host: what they are told and by what way, and that the password goes no other. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { FenceConfig } from "../../src/cli/config.ts";
import { type AgentCall, createFence, lastWords, passwordOf, planSettings, runHere, runOnHost } from "../../src/cli/fence.ts";
import { BMC_PASSWORD } from "../../src/sim/fence.ts";
import { createSim, simLinks } from "../../src/sim/index.ts";
import { hostId } from "../../src/xen/model/ids.ts";

const rooms: string[] = [];
afterEach(() => {
  for (const room of rooms.splice(0)) rmSync(room, { recursive: true, force: true });
});
const room = (): string => {
  const made = mkdtempSync(join(tmpdir(), "xenha-fence-"));
  rooms.push(made);
  return made;
};
const config = (more: Partial<FenceConfig> = {}): FenceConfig => ({
  agent: "fence_test",
  from: "console",
  options: { ip: "10.0.0.11", cipher: "3" },
  password_file: undefined,
  password_script: undefined,
  timeout_s: 10,
  ...more,
});
const SECRET = "s3cret'\"$(x)";

function file(mode: number, text = `${SECRET}\nsecond line\n`): string {
  const path = join(room(), "pw");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a fence agent", () => {
  it("is told everything on its standard input, and nothing elsewhere", async () => {
    const calls: AgentCall[] = [];
    const here = async (call: AgentCall) => {
      calls.push(call);
      return { code: 2, stdout: "Status: OFF\n", stderr: "" };
    };
    const fence = createFence(
      { hosts: ["alpha", "beta"], fence: { alpha: config({ password_file: file(0o600) }) } },
      { here, on: () => () => Promise.reject(new Error("not there")) },
    );
    expect(await fence?.(hostId("alpha"), "status")).toEqual({ code: 2, stdout: "", said: "Status: OFF" });
    expect(calls).toEqual([
      { agent: "fence_test", lines: `action=status\nip=10.0.0.11\ncipher=3\npassword=${SECRET}\n`, timeout_ms: 10_000 },
    ]);
    expect(await fence?.(hostId("beta"), "off")).toMatchObject({ code: undefined, said: "no fence agent is configured for beta" });
    expect(await fence?.(hostId("__proto__"), "off")).toMatchObject({ code: undefined });
  });

  it("runs as a child without arguments, with its exit status and last words", async () => {
    const folder = room();
    const agent = join(folder, "fence_test");
    writeFileSync(
      agent,
      `#!/bin/sh\necho "$#" >"${folder}/argc"; env >"${folder}/env"; cat >"${folder}/in"; echo "Failed: no $(tail -n 1 "${folder}/in")" >&2; exit 1\n`,
    );
    chmodSync(agent, 0o755);
    const path = file(0o600);
    const fence = createFence(
      { hosts: ["alpha", "beta"], fence: { alpha: config({ agent, password_file: path }) } },
      { here: runHere, on: () => runHere },
    );
    const { code, said } = (await fence?.(hostId("alpha"), "off")) ?? { code: 0, said: "" };
    expect(code).toBe(1);
    expect(readFileSync(join(folder, "argc"), "utf8")).toBe("0\n");
    expect(readFileSync(join(folder, "env"), "utf8")).not.toContain("s3cret");
    expect(readFileSync(join(folder, "in"), "utf8")).toContain(`password=${SECRET}\n`);
    // It repeats its input; what is told doesn't.
    expect(said).toMatch(/^Failed: no password=\*\*\*/);
    expect(said).not.toContain("s3cret");
  });

  it("that isn't there, or doesn't end, says so and decides nothing", async () => {
    expect(await runHere({ agent: "fence_that_is_nowhere", lines: "", timeout_ms: 5_000 })).toMatchObject({
      code: undefined,
      stderr: expect.stringContaining("ENOENT"),
    });
    const agent = join(room(), "fence_slow");
    writeFileSync(agent, "#!/bin/sh\nexec sleep 60\n");
    chmodSync(agent, 0o755);
    expect(await runHere({ agent, lines: "x".repeat(200_000), timeout_ms: 200 })).toMatchObject({
      code: undefined,
      stderr: "no answer within 0.2 s",
    });
  });

  it("runs on the other host of the pair where the config file says so", async () => {
    const sim = createSim({ scenario: "pair" });
    if (sim === undefined) throw new Error("no simulated pair");
    const links = simLinks(sim);
    for (const link of links) link.start(() => undefined);
    sim.advance(5_000);
    const fence = createFence(
      {
        hosts: ["alpha", "beta"],
        fence: {
          alpha: config({ agent: "fence_ipmilan", from: "peer", options: { ip: "alpha-bmc" }, password_file: file(0o600, BMC_PASSWORD) }),
        },
      },
      {
        here: () => Promise.reject(new Error("not here")),
        on: (host) => runOnHost(links[host === "alpha" ? 0 : 1], (ms, then) => sim.world.scheduler.after(ms, then)),
      },
    );
    const ask = async (action: "off" | "status") => {
      const answer = fence?.(hostId("alpha"), action);
      let over = false;
      answer?.then(() => {
        over = true;
      });
      while (!over) {
        sim.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return answer;
    };
    expect(await ask("status")).toMatchObject({ code: 0, said: "Status: ON" });
    expect(await ask("off")).toMatchObject({ code: 0 });
    expect(await ask("status")).toMatchObject({ code: 2, said: "Status: OFF" });
    expect(sim.world.hosts[0].power).toBe("off");
  });
});

describe("its password", () => {
  it("is the first line of a file that nobody else may read", async () => {
    expect(await passwordOf(config({ password_file: file(0o600) }))).toEqual({ password: SECRET });
    for (const mode of [0o640, 0o604, 0o622])
      expect(await passwordOf(config({ password_file: file(mode) }))).toEqual({
        problem: expect.stringContaining("can be read by others"),
      });
    expect(await passwordOf(config({ password_file: file(0o600, "\nx") }))).toEqual({
      problem: expect.stringContaining("no password in its first line"),
    });
    expect(await passwordOf(config({ password_file: join(room(), "none") }))).toEqual({
      problem: expect.stringContaining("can't be read"),
    });
    expect(await passwordOf(config())).toEqual({});
  });

  it("is printed by a program, whose failure never shows it", async () => {
    const script = join(room(), "pw");
    writeFileSync(script, `#!/bin/sh\necho 's3cret'; exit 0\n`);
    chmodSync(script, 0o755);
    expect(await passwordOf(config({ password_script: script }))).toEqual({ password: "s3cret" });
    writeFileSync(script, `#!/bin/sh\necho 's3cret'; echo 's3cret' >&2; exit 1\n`);
    const failed = await passwordOf(config({ password_script: script }));
    expect(failed).toEqual({ problem: `${script} failed` });
  });

  it("is taken out of whatever an agent says", () => {
    const said = (stderr: string) => lastWords({ code: 1, stdout: "", stderr }, "hunter2");
    expect(said("Failed: login with hunter2 refused\n")).toBe("Failed: login with *** refused");
    expect(said("a\u001b[31mb --password hunter2 c\n")).not.toMatch(/hunter2|\p{Cc}/u);
    expect(lastWords({ code: 0, stdout: "Status: ON\n", stderr: "" }, undefined)).toBe("Status: ON");
  });
});

it("is known to plans by its name and place alone", () => {
  const settings = planSettings({ fence: { alpha: config({ password_file: "/x" }) }, priority: ["db01"], migration: { beta: "10.0.0.2" } });
  expect([...settings.fence]).toEqual([["alpha", { agent: "fence_test", from: "console" }]]);
  expect([...settings.migration]).toEqual([["beta", "10.0.0.2"]]);
  expect(settings.priority).toEqual(["db01"]);
});
