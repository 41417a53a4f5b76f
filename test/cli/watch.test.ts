import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { ALIVE_EVERY_MS, runWatch } from "../../src/cli/watch.ts";
import { createSim, simLinks } from "../../src/sim/index.ts";
import type { Alert } from "../../src/state/alerts.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";

const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), "utf8")) as object;
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true, formats: { "date-time": true } });
const isLine = ajv.compile(schemaOf("watch"));
const isAlert = ajv.compile(schemaOf("alert"));

interface Told {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** Watches a simulated pair for so long, on its own clock. `during`: what is done to it, with its lines so far. */
async function watched(
  scenario: string,
  seconds: number,
  { json = true, room = () => true }: { json?: boolean; room?: () => boolean } = {},
) {
  const sim = createSim({ scenario, seed: 1 });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  const lines: string[] = [];
  const alerts: Alert[] = [];
  const end = Promise.withResolvers<string>();
  const running = runWatch({
    pair: { name: `demo ${scenario}`, hosts: sim.hosts, links: simLinks(sim), simulated: true },
    clock: { now_ms: () => sim.now_ms(), after: (ms, task) => sim.world.scheduler.after(ms, task) },
    select: createSelectPair(),
    version: "0.1.0",
    json,
    write: (line) => {
      if (!room()) return false;
      lines.push(line);
      return true;
    },
    alert: (due) => void alerts.push(...due),
    alert_from: "critical",
    heard: undefined,
    until: end.promise,
  });
  sim.advance(seconds * 1000);
  end.resolve("SIGTERM");
  expect(await running).toBe("SIGTERM");
  const told = json ? lines.map((line) => JSON.parse(line) as Told) : [];
  return { lines, told, alerts, sim };
}

describe("watch --json", () => {
  it("keeps to its schema, line by line, in every scenario", async () => {
    for (const scenario of ["host-returns", "split-brain", "path-flap", "hung-command", "garbage"]) {
      const { told, lines } = await watched(scenario, 150);
      for (const [index, line] of told.entries()) {
        isLine(line);
        expect([scenario, line.event, isLine.errors]).toEqual([scenario, line.event, null]);
        expect([line.seq, lines[index]?.endsWith("\n")]).toEqual([index + 1, true]);
      }
      expect([told[0]?.event, told.at(-1)]).toEqual(["started", expect.objectContaining({ event: "ended", reason: "SIGTERM" })]);
    }
  });

  it("tells of a host that is lost and comes back: reach, findings, verdict, in the order in which it happens", async () => {
    const { told, alerts } = await watched("host-returns", 300);
    const events = told.map(({ event, host, reach }) => (event === "host.reach" ? `${String(host)} ${String(reach)}` : event));
    expect(events).toContain("beta live");
    const raised = told.filter(({ event }) => event === "finding.raised");
    expect(raised.length).toBeGreaterThan(0);
    expect(told.some(({ event }) => event === "verdict")).toBe(true);
    for (const alert of alerts) {
      isAlert(alert);
      expect(isAlert.errors).toBeNull();
    }
    // Nobody looks at it: what was there at the start counts as well.
    expect(alerts.filter(({ event }) => event === "raised").map(({ initial }) => initial)).toContain(true);
    // Each that is told gone was told.
    for (const gone of alerts.filter(({ event }) => event === "cleared"))
      expect(alerts.some(({ event, key }) => event !== "cleared" && key === gone.key)).toBe(true);
  });

  it("says that it still watches when nothing happens", async () => {
    const { told } = await watched("pair", (3 * ALIVE_EVERY_MS) / 1000);
    expect(told.filter(({ event }) => event === "alive").length).toBeGreaterThan(0);
  });

  it("counts what its reader was too slow for", async () => {
    let taken = 0;
    const room = (): boolean => {
      taken += 1;
      return taken < 4 || taken > 12;
    };
    const { told } = await watched("replication-cut", 120, { room });
    const after = told.find(({ lost }) => lost !== undefined);
    expect(after).toMatchObject({ lost: 9, seq: 13 });
  });
});

describe("watch", () => {
  it("tells the same as text", async () => {
    const { lines } = await watched("replication-cut", 120, { json: false });
    const text = lines.join("");
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d watching alpha and beta$/m);
    expect(text).toMatch(/ host alpha: live$/m);
    expect(text).toMatch(/ critical ens1f0: ens1f0 .*no carrier.*; at risk: .*db01.*; next: 5 Network, /m);
    expect(text).toMatch(/ verdict: lose alpha: \d restart, can't: /m);
    expect(text).toMatch(/ ended: SIGTERM$/m);
    expect(text).not.toContain("undefined");
  });
});
