/** From what happens on a dom0 to its pixel, and what the ssh connections carry. */
import { type Console, openConsole, titleIs } from "../console.ts";
import { GUESTS, resourceAt } from "../pair.ts";
import { passed } from "../process.ts";
import type { Deed } from "../programs/hosts.ts";
import { quantile } from "../samples.ts";
import type { Screen } from "../terminal.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

/** Of all but the tools' own time: what their commands take is the dom0's. The way there and back is no line's here. */
const EVENT_TARGET_MS = 150;
/** The first of `large`: runs on alpha. */
const GUEST = resourceAt(0);

/** performance.now of this process at a time of the wall clock, which both processes share. */
const nowOf = (wall_ms: number): number => wall_ms - performance.timeOrigin;
const rowOf = (screen: Screen): string =>
  screen
    .text()
    .split("\n")
    .find((row) => row.slice(0, 20).includes(GUEST)) ?? "";

/** One event's way to the screen. */
interface Way {
  /** From the change in the simulated kernel to the pixel. */
  readonly whole_ms: number;
  /** How long the command ran whose answer told it. */
  readonly tool_ms: number;
  /** From that answer, sent by the host, to the pixel. */
  readonly told_ms: number;
}

/** Does it, waits until its row shows it, and asks the hosts which answer told it. */
async function way({ terminal, hosts }: Console, deed: Deed, shows: (row: string) => boolean): Promise<Way> {
  const done = await hosts.ask({ ask: deed, name: GUEST });
  const seen_ms = await terminal.sees((screen) => shows(rowOf(screen)));
  const { told } = await hosts.ask({ ask: "bytes" });
  if (told === undefined) throw new Error(`${deed} of ${GUEST} was shown before any answer told it`);
  return { whole_ms: seen_ms - nowOf(done.at_ms), tool_ms: told.took_ms, told_ms: seen_ms - nowOf(told.sent_ms) };
}

const IS_THERE = /running|paused/;
/** A connection's states but `Connected`, on the resource's row. */
const IS_APART = /StandAlone|Disconnecting|TearDown|Unconnected|Connecting/;

/** A domain is there as soon as xl names it, paused at first; what follows (its devices, its start) is the guest's. */
async function domains(opened: Console, times: number): Promise<readonly Way[]> {
  const ways: Way[] = [];
  opened.terminal.type(`/${GUEST}\r`);
  await opened.terminal.sees((screen) => IS_THERE.test(rowOf(screen)));
  for (let time = 0; time < times; time += 1) {
    ways.push(await way(opened, "stop", (row) => !IS_THERE.test(row)));
    await passed(3_000 + time * 130);
    ways.push(await way(opened, "start", (row) => IS_THERE.test(row)));
    await passed(4_000 + time * 170);
  }
  return ways;
}

async function connections(opened: Console, times: number): Promise<readonly Way[]> {
  const ways: Way[] = [];
  opened.terminal.type("3");
  await opened.terminal.sees(titleIs("DRBD"));
  opened.terminal.type(`/${GUEST}\r`);
  for (let time = 0; time < times; time += 1) {
    await opened.terminal.sees((screen) => rowOf(screen) !== "" && !IS_APART.test(rowOf(screen)));
    ways.push(await way(opened, "disconnect", (row) => IS_APART.test(row)));
    await passed(4_000 + time * 130);
    await opened.hosts.ask({ ask: "connect", name: GUEST });
    await passed(4_000 + time * 170);
  }
  return ways;
}

function figures(id: string, what: string, ways: readonly Way[]): readonly Figure[] {
  const tools = ways.map(({ tool_ms }) => tool_ms);
  const note = `its command took ${quantile(tools, 0.5).toFixed(0)} ms (${quantile(tools, 0).toFixed(0)} to ${quantile(tools, 1).toFixed(0)})`;
  const both = (part: string, words: string, samples: readonly number[], more: Partial<Figure> = {}): Figure[] => [
    { id: `${id}${part}-p50`, what: `${what} to pixel, ${words}, p50`, unit: "ms", value: quantile(samples, 0.5), ...more },
    {
      id: `${id}${part}-max`,
      what: `${what} to pixel, ${words}, worst of ${samples.length}`,
      unit: "ms",
      value: quantile(samples, 1),
      ...more,
    },
  ];
  return [
    ...both(
      "",
      "but for its command's own time",
      ways.map(({ whole_ms, tool_ms }) => whole_ms - tool_ms),
      { target: EVENT_TARGET_MS, note },
    ),
    ...both(
      "-whole",
      "all of it",
      ways.map(({ whole_ms }) => whole_ms),
    ),
    ...both(
      "-told",
      "from the answer that the host sent",
      ways.map(({ told_ms }) => told_ms),
    ),
  ];
}

async function eventsToPixel(bench: Bench): Promise<Figure[]> {
  const opened = await openConsole(GUESTS);
  await passed(bench.seconds(20, 8) * 1000);
  const domain = await domains(opened, bench.seconds(12, 4));
  const drbd = await connections(opened, bench.seconds(12, 4));
  await opened.close();
  return [...figures("event-domain", "domain gone or created", domain), ...figures("event-drbd", "DRBD connection lost", drbd)];
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
