/** From what happens on a dom0 to its pixel, and what the ssh connections carry. */
import { openConsole, titleIs } from "../console.ts";
import { GUESTS } from "../pair.ts";
import { passed } from "../process.ts";
import { quantile } from "../samples.ts";
import type { Screen } from "../terminal.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

const EVENT_TARGET_MS = 150;
const GUEST = "app001";

/** performance.now of this process at a time of the wall clock, which both processes share. */
const nowOf = (wall_ms: number): number => wall_ms - performance.timeOrigin;
const rowOf = (screen: Screen): string =>
  screen
    .text()
    .split("\n")
    .find((row) => row.slice(0, 20).includes(GUEST)) ?? "";

/** On the resource's row; what is found of it stays in sight for a while. */
const APART = /StandAlone|WFConnection|not connected|Unknown/;

async function eventsToPixel(bench: Bench): Promise<Figure[]> {
  const { terminal, hosts, close } = await openConsole(GUESTS);
  await passed(bench.seconds(20, 8) * 1000);
  const domain: number[] = [];
  const drbd: number[] = [];
  terminal.type("/app001\r");
  for (let time = 0; time < bench.seconds(12, 4); time += 1) {
    const stopped = await hosts.ask({ ask: "stop", name: GUEST });
    domain.push((await terminal.sees((screen) => !rowOf(screen).includes("running"))) - nowOf(stopped.at_ms));
    await passed(3_000 + time * 130);
    const begun = await hosts.ask({ ask: "start", name: GUEST });
    domain.push((await terminal.sees((screen) => rowOf(screen).includes("running"))) - nowOf(begun.at_ms));
    await passed(3_000 + time * 170);
  }
  terminal.type("3");
  await terminal.sees(titleIs("DRBD"));
  terminal.type("/app001\r");
  for (let time = 0; time < bench.seconds(12, 4); time += 1) {
    const cut = await hosts.ask({ ask: "disconnect", name: GUEST });
    drbd.push((await terminal.sees((screen) => APART.test(rowOf(screen)))) - nowOf(cut.at_ms));
    await passed(4_000 + time * 130);
    await hosts.ask({ ask: "connect", name: GUEST });
    await terminal.sees((screen) => !APART.test(rowOf(screen)));
    await passed(4_000 + time * 170);
  }
  await close();
  const figure = (id: string, what: string, samples: readonly number[]): Figure[] => [
    { id: `${id}-p50`, what: `${what} to pixel, p50`, unit: "ms", value: quantile(samples, 0.5), target: EVENT_TARGET_MS },
    { id: `${id}-max`, what: `${what} to pixel, worst of ${samples.length}`, unit: "ms", value: quantile(samples, 1) },
  ];
  return [...figure("event-domain", "domain gone or created", domain), ...figure("event-drbd", "DRBD connection lost", drbd)];
}

async function wire(bench: Bench): Promise<Figure[]> {
  const { hosts, close } = await openConsole(GUESTS);
  await passed(bench.seconds(150, 15) * 1000);
  const over = async (seconds: number): Promise<number> => {
    const before = await hosts.ask({ ask: "bytes" });
    await passed(seconds * 1000);
    const after = await hosts.ask({ ask: "bytes" });
    return (after.to_console + after.from_console - before.to_console - before.from_console) / seconds;
  };
  const idle = await over(bench.seconds(120, 15));
  await hosts.ask({ ask: "resync", resources: 4 });
  const syncing = await over(bench.seconds(60, 15));
  await close();
  const note = "both hosts and both directions, ssh2's framing and compression as they are";
  return [
    { id: "wire-idle", what: "on the ssh connections, no resync", unit: "B/s", value: idle, note },
    { id: "wire-resync", what: "on the ssh connections, four resyncs", unit: "B/s", value: syncing, note },
  ];
}

export const events: Measurement = {
  id: "events",
  title: "from an event on a dom0 to its pixel, and bytes on the ssh connections",
  run: async (bench) => [...(await eventsToPixel(bench)), ...(await wire(bench))],
};
