/** A guest's console open besides: what it keeps in memory, and what one that prints without end costs and holds up. */
import { type Console, openConsole, titleIs } from "../console.ts";
import { GUESTS } from "../pair.ts";
import { passed, rssMb, spentOver } from "../process.ts";
import { quantile } from "../samples.ts";
import type { Screen } from "../terminal.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

const RSS_TARGET_MB = 110;
const KEY_TARGET_MS = 10;
const GUEST = "app001";
/** The key before every key that isn't for the guest, while typing (ctrl-t). */
const PREFIX = "\x14";

const headHas = (text: string) => (screen: Screen) => screen.row(0).includes(text);

async function attach({ terminal }: Console): Promise<void> {
  terminal.type(`/${GUEST}\r`);
  await terminal.sees((screen) => screen.text().includes(`match "${GUEST}"`));
  terminal.type("c");
  await terminal.sees(headHas("attached"));
  await terminal.sees((screen) => screen.text().includes("heartbeat"));
}

/** Logged in, the guest prints `y` without end. */
async function flood({ terminal }: Console): Promise<void> {
  terminal.type("t");
  await terminal.sees(headHas("TYPING"));
  for (const [line, shown] of [
    // The guest's own heartbeat may follow at once.
    ["", /login: /],
    ["root", /Password:/],
    ["any", /# /],
    ["yes", /(?:^y *\n){15}/m],
  ] as const) {
    terminal.type(`${line}\r`);
    await terminal.sees((screen) => shown.test(screen.text()));
  }
}

/** The list of consoles comes and goes over what is printed; then screens, the console behind them. */
async function keysMeanwhile({ terminal }: Console, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  const press = async (key: string, shown: (screen: Screen) => boolean): Promise<void> => {
    await passed(90 + ((samples.length * 37) % 70));
    const begin_ms = performance.now();
    terminal.type(key);
    samples.push((await terminal.sees(shown)) - begin_ms);
  };
  const hasList = (screen: Screen): boolean => screen.text().includes("─ Consoles ");
  for (let at = 0; at < count; at += 1) {
    terminal.type(PREFIX);
    await terminal.sees((screen) => !screen.text().includes(" then "));
    await press("w", hasList);
    await press("q", (screen) => !hasList(screen));
  }
  terminal.type(`${PREFIX}q`);
  await terminal.sees(titleIs("Guests"));
  for (let at = 0; at < count; at += 1) {
    await press("3", titleIs("DRBD"));
    await press("2", titleIs("Guests"));
  }
  return samples;
}

export const guestConsole: Measurement = {
  id: "guest-console",
  title: "RSS after ten minutes with a guest's console open; a guest that prints without end",
  run: async (bench: Bench): Promise<Figure[]> => {
    const opened = await openConsole(GUESTS);
    await attach(opened);
    await passed(bench.seconds(600, 25) * 1000);
    const quiet_mb = rssMb(opened.terminal.pid);
    await flood(opened);
    await passed(bench.seconds(20, 5) * 1000);
    const spent = await spentOver(opened.terminal, bench.seconds(30, 8));
    const samples = await keysMeanwhile(opened, bench.seconds(50, 15));
    const flooded_mb = rssMb(opened.terminal.pid);
    await opened.close();
    return [
      {
        id: "rss-console",
        what: "RSS with two ssh connections and a guest's console open",
        unit: "MB",
        value: quiet_mb,
        target: RSS_TARGET_MB,
        note: `${flooded_mb.toFixed(0)} MB after a flood on it`,
      },
      { id: "console-flood-cpu", what: "CPU while a guest prints without end on its console", unit: "%", value: spent.cpu_percent },
      { id: "console-flood-bytes", what: "bytes to the terminal meanwhile", unit: "B/s", value: spent.bytes_s },
      {
        id: "console-flood-key-p95",
        what: "key to frame meanwhile, p95",
        unit: "ms",
        value: quantile(samples, 0.95),
        target: KEY_TARGET_MS,
        note: `p50 ${quantile(samples, 0.5).toFixed(1)} ms, max ${quantile(samples, 1).toFixed(1)} ms of ${samples.length}`,
      },
    ];
  },
};
