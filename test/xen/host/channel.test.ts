/** Commands beside the probe: the same conduct over memory and over real ssh. */
import { afterEach, describe, expect, it } from "vitest";
import { createSim, realClock, type Sim, serveSim, simLinks } from "../../../src/sim/index.ts";
import { createFrameDecoder } from "../../../src/xen/host/frames.ts";
import type { ChannelEvent, HostLink } from "../../../src/xen/host/link.ts";
import { probeSource } from "../../../src/xen/host/probe-source.ts";
import { createSshLinks } from "../../../src/xen/host/ssh-link.ts";
import { readings } from "../../../src/xen/read/index.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function simOf(clock: boolean): Sim {
  const sim = createSim({ scenario: "pair", ...(clock ? { clock: realClock } : {}) });
  if (sim === undefined) throw new Error("no such scenario");
  closing.push(() => sim.stop());
  return sim;
}

async function live(link: HostLink, step: () => void): Promise<HostLink> {
  let is_live = false;
  link.start((event) => {
    if (event.kind === "state") is_live = event.link.phase === "live";
  });
  closing.push(() => link.stop());
  while (!is_live) {
    step();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return link;
}

/** Everything a command says, until it ends. */
async function run(link: HostLink, argv: readonly string[], step: () => void) {
  const decode = new TextDecoder();
  const events: ChannelEvent[] = [];
  let said = "";
  let complained = "";
  link.open({ argv }, (event) => {
    events.push(event);
    if (event.kind === "data") said += decode.decode(event.chunk);
    if (event.kind === "stderr") complained += decode.decode(event.chunk);
  });
  expect(events, "nothing is told before open returned").toEqual([]);
  for (;;) {
    const last = events.at(-1);
    if (last?.kind === "end") return { kinds: events.map(({ kind }) => kind), said, complained, end: last };
    step();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const wait = (): void => undefined;
const kinds = {
  memory: async () => {
    const sim = simOf(false);
    const step = (): void => sim.advance(50);
    return { link: await live(simLinks(sim)[0], step), step, sim };
  },
  ssh: async () => {
    const sim = simOf(true);
    const served = await serveSim(sim);
    closing.push(() => served.close());
    sim.start();
    const links = createSshLinks({
      config_file: served.files.ssh_config,
      ask: undefined,
      program: probeSource(Object.values(readings)),
      createDecoder: createFrameDecoder,
      random: Math.random,
    });
    return { link: await live(links("alpha"), wait), step: wait, sim };
  },
};

describe.each(Object.entries(kinds))("a command beside the probe, over %s", (_name, open) => {
  it("tells what it said and how it ended", async () => {
    const { link, step } = await open();
    const printed = await run(link, ["hostname"], step);
    expect(printed).toMatchObject({ said: "alpha\n", complained: "", end: { code: 0, reason: undefined } });
    expect(printed.kinds).toEqual(["open", "data", "end"]);
    const unknown = await run(link, ["no-such-tool", "; reboot"], step);
    expect(unknown).toMatchObject({ said: "", end: { code: 127 } });
    expect(unknown.complained).toMatch(/no-such-tool: command not found/);
  });

  it("says why there is none, where the link isn't live", async () => {
    const { link, step } = await open();
    link.stop();
    expect((await run(link, ["hostname"], step)).end).toMatchObject({ code: undefined, reason: "not connected" });
  });
});
