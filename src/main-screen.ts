/** The screen with a live pair behind it. Part of the composition root. */
import { setFlagsFromString } from "node:v8";
import type { Options } from "./cli/args.ts";
import { systemClock } from "./cli/clock.ts";
import type { Config } from "./cli/config.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { openBeside } from "./main-beside.ts";
import { consolePorts } from "./main-consoles.ts";
import { driversOf, openDesk, startOf } from "./main-desk.ts";
import { type Chosen, type LiveTarget, openDemo, openHosts, Refusal } from "./main-pair.ts";
import { type Desk, idleDesk } from "./state/plan/desk.ts";
import { createRuntime } from "./state/runtime.ts";
import { createSelectPair } from "./state/select/pair.ts";
import { initialState } from "./state/update.ts";
import { createScreenStore, startScreen } from "./views/start.tsx";
import type { LookOptions } from "./views/theme.ts";
import type { HostLink } from "./xen/host/link.ts";
import { type HostId, hostId, type Pair } from "./xen/model/ids.ts";
import { readingIds } from "./xen/read/index.ts";

/**
 * What a view leaves behind dies young; the room for it would grow to 64 MB and never be given back. As small as it is by now (8 MB), a console of 200
 * guests takes 100 MB less, for a tenth more CPU. What outlives that room is garbage soon after: V8 would let the heap grow to a multiple of what lives
 * (45 MB) before it looks; looked at after a fifth more, such a console takes 145 MB instead of 180 (240 after minutes), for a sixth more CPU.
 */
const KEEP_SMALL = ["--semi-space-growth-factor=1", "--heap-growing-percent=20"];

/**
 * Resolves with the exit code once the terminal is given back. The first picture is there before ssh is even loaded.
 * guest: whose console is shown at once, and alone.
 */
export async function runScreen(
  options: Options,
  chosen: Chosen & { readonly target: LiveTarget },
  guest?: string,
): Promise<number | Refusal> {
  const { config, target } = chosen;

  const demo = target.kind === "demo" ? await openDemo(target) : undefined;
  if (demo instanceof Refusal) return demo;
  const { name, hosts } = target.kind === "pair" ? target.pair : opened(demo);
  const ids: Pair<ReturnType<typeof hostId>> = [hostId(hosts[0]), hostId(hosts[1])];
  const priority = target.kind === "pair" ? target.pair.priority : [];
  const initial = initialState({ name, hosts: ids, now_ms: systemClock.now_ms(), priority });
  const select = createSelectPair();
  const begun = startOf(chosen, options.read_only);
  const store = createScreenStore(select(initial, systemClock.now_ms()), { desk: idleDesk(begun.mode) });
  let desk: Desk | undefined;
  let runtime: ReturnType<typeof createRuntime> | undefined;
  const beside = await openBeside({
    pair: name,
    hosts,
    simulated: demo !== undefined,
    started_ms: initial.started_ms,
    priority,
    options,
    config,
  });
  if (beside instanceof Refusal) return beside;
  const links = new Map<HostId, HostLink>();
  const screen = startScreen({
    store,
    terminal: { stdin: process.stdin, stdout: process.stdout },
    env: process.env,
    look: lookOf(options, config),
    mouse: options.mouse || config.ui.mouse,
    reconnect: () => runtime?.refresh(),
    desk: () => desk,
    consoles: consolePorts({ links, prefix: config.ui.console_prefix, dir: begun.dir, first: guest }),
    wish: beside.wish,
    process,
    complain: (text) => process.stderr.write(text),
  });
  // Not before: V8 would begin to collect what the first picture is still made of.
  for (const flag of KEEP_SMALL) setFlagsFromString(flag);
  const pair = target.kind === "pair" ? openHosts(target.pair, { ask: screen.ask }) : opened(demo);
  const opened_pair = await Promise.resolve(pair).catch(async (error: unknown) => {
    // What went wrong is to be read on the terminal, not behind the screen.
    screen.stop(exitCodes.crashed.code);
    await screen.closed;
    throw error;
  });
  const named = [
    { host: ids[0], link: opened_pair.links[0] },
    { host: ids[1], link: opened_pair.links[1] },
  ] as const;
  for (const { host, link } of named) links.set(host, link);
  const live = createRuntime({
    initial,
    links: named,
    clock: systemClock,
    select,
    publish: (view, facts) => {
      store.setState({ view, facts });
      desk?.look(driversOf(view));
    },
    asked: readingIds,
    heard: beside.heard,
    news: beside.news,
  });
  runtime = live;
  beside.attach({ screen, runtime: live, view: () => store.getState().view });
  // Plans are made of a selection of their own: what the screen's remembers is for what it shows.
  const surroundings = { links: named, clock: systemClock, state: () => live.state(), select: createSelectPair() };
  desk = openDesk(begun, { ...surroundings, power: opened_pair, publish: (state) => store.setState({ desk: state }) });
  runtime.start();
  const code = await screen.closed;
  live.stop();
  await beside.end();
  return code;
}

function opened<T>(demo: T | undefined): T {
  if (demo === undefined) throw new Error("a simulated pair was asked for and not opened");
  return demo;
}

/** What isn't said anywhere is found out from the environment. */
export function lookOf({ color, background, ascii }: Options, { ui }: Config): LookOptions {
  const depth = color ?? ui.color;
  const theme = background ?? ui.theme;
  return {
    depth: depth === "auto" ? undefined : depth === "never" ? "none" : depth,
    light: theme === "auto" ? undefined : theme === "light",
    ascii: ascii || ui.ascii ? true : undefined,
  };
}
