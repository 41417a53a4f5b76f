/** Whatever is typed where a name belongs: one clear line, and nothing is changed. Every action there is, every argument of it. */
import { beforeAll, describe, expect, it } from "vitest";
import { type ActSurroundings, requestOf, runAct } from "../../src/cli/act.ts";
import { parseArgs } from "../../src/cli/args.ts";
import { actCodes } from "../../src/cli/exit-codes.ts";
import { createSim, type Sim, simLinks, simPower } from "../../src/sim/index.ts";
import { actions } from "../../src/state/plan/actions/index.ts";
import { isRefusal, obstacles } from "../../src/state/plan/plan.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { calm, pairFor } from "../state/plan/pair.ts";

const HOSTILE = [
  "; reboot",
  "$(reboot)",
  "`reboot`",
  "-x",
  "--yes",
  "a b",
  "web01 ",
  "../../etc/passwd",
  "wéb01",
  "web01\u202e",
  "'",
  '"',
  "*",
  "(null)",
  "0",
  "__proto__",
  "x".repeat(200),
] as const;
const CONTROL = ["web01\u001b[31m", "web01\n", "\u0000"] as const;

/** What a healthy pair has for each kind, so that the hostile word alone is wrong. */
const fine: Readonly<Record<string, string>> = {
  guest: "web01",
  resource: "web01",
  host: "alpha",
  storage: "web01",
  network: "xenbr0",
  address: "10.99.1.2",
  number: "1024",
  choice: "on",
  text: "x",
};

const words = (text: string): string[] => ["--", text];

describe("a word that names nothing", () => {
  let pair: ReturnType<typeof pairFor>;
  let ana: ReturnType<ReturnType<typeof pairFor>["open"]>;
  const ran: string[] = [];
  beforeAll(async () => {
    pair = pairFor(calm);
    ana = pair.open();
    await pair.pass(30_000);
    pair.world.job_listeners.add(({ argv }) => ran.push(argv.join(" ")));
  });

  it.each(actions.flatMap((action) => action.args.map((arg) => [`${action.id} ${arg.name}`, action, arg] as const)))(
    "is refused as %s",
    async (_, action, arg) => {
      for (const word of HOSTILE) {
        const args = Object.fromEntries(
          action.args.filter(({ optional, name }) => !optional && name !== arg.name).map(({ name, kind }) => [name, fine[kind] ?? ""]),
        );
        const made = ana.operator.plan({ action: action.id, args: { ...args, [arg.name]: word } });
        // Text of no meaning to a shell may be taken where text is asked for; then it is in no command as anything else.
        if (!isRefusal(made)) {
          expect(
            ["text", "number", "choice", "address"].includes(arg.kind) || obstacles(made).length > 0,
            `${action.id} ${arg.name}=${JSON.stringify(word)}: ${made.goal}`,
          ).toBe(true);
          continue;
        }
        for (const text of [made.refused, made.advice]) {
          expect(text, word).toMatch(/\S/);
          expect(text, word).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        }
      }
      expect(ran).toEqual([]);
      for (const host of pair.world.hosts) expect([...host.plans.journal, ...host.plans.leases]).toEqual([]);
    },
  );

  it.each(actions.map(({ id }) => id))("is refused by the command line of %s, and a control character never gets that far", (id) => {
    for (const word of CONTROL)
      expect(parseArgs([...id.split(" "), word, "--demo"]), id).toMatchObject({
        ok: false,
        error: "an argument holds a control character",
      });
    for (const word of HOSTILE) {
      const parsed = parseArgs([...id.split(" "), "--demo", "--dry-run", ...words(word)]);
      if (!parsed.ok) {
        expect(parsed.error, word).not.toMatch(/[\p{Cc}\u202e]/u);
        continue;
      }
      if (parsed.args.command !== "act") throw new Error(`${id} isn't an action on the command line`);
      const request = requestOf(parsed.args);
      if ("refused" in request) expect(request.refused, word).not.toMatch(/[\p{Cc}\u202e]/u);
      // It goes as it is, as one word.
      else expect(Object.values(request.args)).toContain(word);
    }
  });
});

describe("from end to end", () => {
  async function said(
    argv: readonly string[],
  ): Promise<{ readonly code: number; readonly err: string; readonly sim: Sim; readonly ran: readonly string[] }> {
    const sim = createSim({ scenario: calm });
    if (sim === undefined) throw new Error("no simulated pair");
    const ran: string[] = [];
    sim.world.job_listeners.add((job) => ran.push(job.argv.join(" ")));
    const parsed = parseArgs(argv);
    if (!parsed.ok || parsed.args.command !== "act") throw new Error(JSON.stringify(parsed));
    const around: ActSurroundings = {
      pair: { name: "calm", hosts: sim.hosts, links: simLinks(sim), simulated: true, ...simPower(sim) },
      clock: { now_ms: () => sim.now_ms(), after: (delay_ms, callback) => sim.world.scheduler.after(delay_ms, callback) },
      select: createSelectPair(),
      timeout_s: 20,
      style: { color: false, ascii: false },
      state_dir: "/dev/null/xenha",
      operator: "ana",
      say: () => undefined,
      ask: undefined,
      stopping: () => false,
    };
    let over = false;
    const running = runAct(parsed.args, around).finally(() => {
      over = true;
    });
    while (!over) {
      sim.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { code, err = "" } = await running;
    return { code, err, sim, ran };
  }

  it.each([
    [["migrate", "--", "; reboot"], 'there is no guest "; reboot"'],
    [["guest", "destroy", "--", "$(x)"], 'there is no guest "$(x)"'],
    [["evacuate", "--", "-x"], 'there is no host "-x"'],
    [["failover", "--", "ünï"], 'there is no host "ünï"'],
    [["rejoin", "--", "a b"], 'there is no host "a b"'],
    [["host", "off", "--", "`x`"], 'there is no host "`x`"'],
    [["drbd", "connect", "--", "*"], 'there is no DRBD resource "*"'],
    [["guest", "memory", "web01", "12x"], "mib is a whole number"],
    [["guest", "sync-config", "web01", "--to", "gamma"], 'there is no host "gamma"'],
    [["migrate", "web01", "--via=-oProxyCommand=x"], "is not a host's name or address"],
  ])("%j", async (argv, why) => {
    const { code, err, ran } = await said(
      argv.includes("--") ? [...argv.slice(0, argv.indexOf("--")), "--dry-run", ...argv.slice(argv.indexOf("--"))] : [...argv, "--dry-run"],
    );
    expect(err).toContain(why);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(actCodes.usage.code);
    expect(ran).toEqual([]);
  });

  it("nothing is done that can't be recorded", async () => {
    const { code, err, ran } = await said(["guest", "pause", "web01", "--yes"]);
    expect(err).toContain("nothing is done that can't be recorded");
    expect(code).toBe(actCodes.usage.code);
    expect(ran).toEqual([]);
  });
});
