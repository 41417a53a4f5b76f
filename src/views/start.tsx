/** The screen: takes the terminal, draws what the store holds, turns keys into UI state and effects, gives the terminal back. */
import { PassThrough } from "node:stream";
import { type Instance, render } from "ink";
import type { ReactNode } from "react";
import type { Ask } from "../xen/host/link.ts";
import { actOut, type ScreenDesk, type Told } from "./acting/carry-out.ts";
import { outcomesOf } from "./acting/outcomes.ts";
import { type Effect, isWish, type Wish } from "./actions.ts";
import { App } from "./app.tsx";
import { type ConsoleHook, type ConsolePorts, hookConsoles } from "./console/hook.ts";
import { copyEscape } from "./copy.ts";
import { type Call, callEscape } from "./notify.ts";
import type { Tone } from "./pane.ts";
import { buildDetail } from "./panes/detail.ts";
import { panes } from "./panes/index.ts";
import type { ContentSource } from "./scene.ts";
import { createScreenCore, type ScreenStore } from "./screen-core.ts";
import type { ShellEvent } from "./shell.ts";
import { type Clock, systemClock } from "./terminal/clock.ts";
import type { InputEvent } from "./terminal/decoder.ts";
import { createFrameRefs } from "./terminal/frame-refs.ts";
import { createFrameScheduler } from "./terminal/frame-scheduler.ts";
import { createInkStdout } from "./terminal/ink-stdout.ts";
import { readInput, type TtyIn } from "./terminal/input.ts";
import { EXIT_CRASHED, EXIT_HANGUP, openTerminal, type ProcessPort, type TtyStream, ttyOutOf } from "./terminal/session.ts";
import { createSink, type SinkStats } from "./terminal/sink.ts";
import { createTheme, type LookOptions, lookOf } from "./theme.ts";

export { createScreenStore, type ScreenState, type ScreenStore } from "./screen-core.ts";

export interface ScreenOptions {
  readonly store: ScreenStore;
  /** process.stdin and process.stdout, or a pty's. */
  readonly terminal: { readonly stdin: TtyIn; readonly stdout: TtyStream };
  /** NO_COLOR, TERM, COLORTERM, COLORFGBG, LC_*, LANG, TMUX. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly look?: LookOptions;
  /** Rows can be clicked and wheeled; the terminal then selects text only with shift. */
  readonly mouse?: boolean;
  /** ctrl-r: every host's link is to try now, every reading to be read again. */
  readonly reconnect?: () => void;
  /** Carries out what was confirmed; undefined: nothing can be. What becomes of it is in the store. */
  readonly desk?: () => ScreenDesk | undefined;
  /** What consoles of guests and shells need; undefined: there are none. */
  readonly consoles?: ConsolePorts;
  /** What isn't the screen's own to do. */
  readonly wish?: (wish: Wish) => void;
  /** Whose signals end, suspend and continue the screen; undefined: nobody's (tests). */
  readonly process?: ProcessPort;
  /** Where a crash is told once the terminal is given back. */
  readonly complain?: (text: string) => void;
  readonly clock?: Clock;
  /** The screens; undefined: panes/. */
  readonly content?: ContentSource;
}

export interface RunningScreen {
  /** Settles with the exit code when the terminal has been given back: 0 quit, 128 + signal, 70 crash. */
  readonly closed: Promise<number>;
  /** Puts a connection's question on the screen. undefined when declined or the screen is closed. */
  readonly ask: Ask;
  /** One line at the foot, for some seconds. */
  readonly say: (text: string, tone: Tone) => void;
  /** Rings, or has the terminal notify its owner. */
  readonly call: (call: Call) => void;
  readonly stop: (code?: number) => void;
  readonly stats: Readonly<SinkStats>;
}

const TOAST_MS = 4_000;

export function startScreen(options: ScreenOptions): RunningScreen {
  const { store, terminal, env, clock = systemClock } = options;
  const content = options.content ?? { panes, detail: buildDetail };
  const theme = createTheme(lookOf(options.look ?? {}, env));
  const core = createScreenCore(store, content, theme);
  const tty = ttyOutOf(terminal.stdout);
  const closed = Promise.withResolvers<number>();
  const questions = createQuestions();
  let ended = false;
  let ink: Instance | undefined;

  const sink = createSink(tty, { idle: () => scheduler.idle(), error: (error) => end(EXIT_HANGUP, error) }, clock);
  const refs = createFrameRefs();
  const app = (): ReactNode => <App frame={refs.nameOf(consoles?.rows() ?? core.rows())} />;
  const scheduler = createFrameScheduler({ clock, draw: () => ink?.rerender(app()), isBusy: sink.isBusy });
  const draws = drawnOnce(scheduler.now);
  const toast = createExpiry(clock, TOAST_MS);

  const dispatch = (events: readonly ShellEvent[]): void => {
    if (ended) return;
    const shown = store.getState().ui.toast;
    const effects = core.dispatch(events);
    const now = store.getState().ui.toast;
    if (now !== undefined && now !== shown) toast.restart(() => dispatch([{ kind: "toast_expired", seq: now.seq }]));
    for (const effect of effects) carryOut(effect);
  };

  const carryOut = (effect: Effect): void => {
    if (effect.kind === "quit") end(0);
    else if (effect.kind === "suspend") session.suspend();
    else if (effect.kind === "repaint") sink.repaint();
    else if (effect.kind === "reconnect") options.reconnect?.();
    else if (effect.kind === "copy") sink.raw(copyEscape(effect.text, (env.TMUX ?? "") !== ""));
    else if (effect.kind === "answer") questions.answer(effect.id, effect.answer);
    else if (isWish(effect)) options.wish?.(effect);
    else if (effect.kind === "console" || effect.kind === "shell") {
      if (consoles !== undefined) consoles.request(effect);
      else told.say("There is no host behind these screens.", "warning");
    } else actOut(effect, options.desk?.(), told);
  };

  const told: Told = {
    say: (text, tone) => dispatch([{ kind: "said", text, tone }]),
    prepared: () => dispatch([{ kind: "prepared" }]),
  };
  const consoles: ConsoleHook | undefined =
    options.consoles &&
    hookConsoles(options.consoles, { store, content, theme, clock, tty, scheduler: { ...scheduler, now: draws.now }, dispatch, carryOut });

  const end = (code: number, error?: Error): void => {
    if (ended) return;
    ended = true;
    scheduler.stop();
    unsubscribe();
    toast.stop();
    consoles?.stop();
    questions.declineAll();
    // Until then the terminal may still answer, and what it says is nobody's typing.
    void session.leave().then(() => {
      input.stop();
      ink?.unmount();
      if (code === EXIT_CRASHED) options.complain?.(`xenha-tui crashed: ${error?.stack ?? error?.message ?? "no reason given"}\n`);
      closed.resolve(code);
    });
  };

  const resize = (): void => {
    sink.forget();
    dispatch([{ kind: "resized", columns: tty.columns, rows: tty.rows }]);
    consoles?.resized();
    scheduler.now();
  };
  // The terminal is taken in the same write that has the first picture: neither waits for the other to have arrived.
  sink.hold(true);
  const session = openTerminal({
    ...terminal,
    process: options.process,
    mouse: options.mouse ?? false,
    clock,
    sink,
    resized: resize,
    resumed: resize,
    end,
  });
  const input = readInput({
    stdin: terminal.stdin,
    clock,
    events: (events) => {
      for (const event of events) if (event.kind === "reply") session.reply(event.sequence);
      // What looks like a mouse's where none was asked for is nobody's.
      const wanted = events.filter(({ kind }) => kind !== "mouse" || options.mouse === true);
      if (consoles === undefined) dispatch(wanted.flatMap(shellEvent));
      // One by one: a key may lead to a console, which has the next.
      else draws.once(() => wanted.forEach((event) => void (consoles.takes(event) || dispatch(shellEvent(event)))));
    },
    ended: () => end(EXIT_HANGUP),
  });
  store.setState(({ ui }) => ({ ui: { ...ui, columns: tty.columns, rows: tty.rows } }));
  consoles?.begin();
  ink = mount(app(), createInkStdout(sink, tty, refs));
  if (!ended) sink.hold(false);
  const unsubscribe = store.subscribe((state, before) => {
    if (state.view !== before.view) consoles?.seen(state.view);
    else if (state.ui.stack !== before.ui.stack) consoles?.moved();
    if (state.ui !== before.ui) draws.now();
    else scheduler.data();
    if (state.desk !== before.desk)
      for (const { text, tone } of outcomesOf(before.desk, state.desk)) dispatch([{ kind: "said", text, tone }]);
  });

  // A question would take the keys that are being typed into a guest.
  const askNow = (asked: ShellEvent): void => (consoles === undefined ? dispatch([asked]) : consoles.ask(asked));

  return {
    closed: closed.promise,
    ask: (prompt) => (ended ? Promise.resolve(undefined) : questions.ask((id) => askNow({ kind: "asked", asked: { id, prompt } }))),
    say: (text, tone) => dispatch([{ kind: "said", text, tone }]),
    call: (call) => {
      const bytes = callEscape(call, (env.TMUX ?? "") !== "");
      if (!ended && bytes !== "") sink.raw(bytes);
    },
    stop: (code = 0) => end(code),
    stats: sink.stats,
  };
}

/** All that happens within `once` is drawn when it is over. */
function drawnOnce(draw: () => void): { readonly now: () => void; readonly once: (story: () => void) => void } {
  let held = false;
  let owed = false;
  return {
    now: () => {
      if (held) owed = true;
      else draw();
    },
    once: (story) => {
      [held, owed] = [true, false];
      try {
        story();
      } finally {
        held = false;
      }
      if (owed) draw();
    },
  };
}

interface Questions {
  readonly ask: (show: (id: number) => void) => Promise<string | undefined>;
  readonly answer: (id: number, answer: string | undefined) => void;
  readonly declineAll: () => void;
}

/** Who waits for which answer. The shell bounds how many can. */
function createQuestions(): Questions {
  const waiting = new Map<number, (answer: string | undefined) => void>();
  let count = 0;
  const answer = (id: number, text: string | undefined): void => {
    waiting.get(id)?.(text);
    waiting.delete(id);
  };
  return {
    answer,
    ask: (show) =>
      new Promise((resolve) => {
        const id = count;
        count += 1;
        waiting.set(id, resolve);
        show(id);
      }),
    declineAll: () => {
      for (const id of [...waiting.keys()]) answer(id, undefined);
    },
  };
}

function createExpiry(clock: Clock, after_ms: number): { readonly restart: (call: () => void) => void; readonly stop: () => void } {
  let cancel: (() => void) | undefined;
  return {
    restart: (call) => {
      cancel?.();
      cancel = clock.after(after_ms, call);
    },
    stop: () => cancel?.(),
  };
}

function shellEvent(event: InputEvent): ShellEvent[] {
  switch (event.kind) {
    case "key":
      // The Backspace key of some terminals; only a guest can tell them apart.
      return [{ kind: "key", key: event.key === "ctrl-h" ? "backspace" : event.key }];
    case "paste":
      return [{ kind: "paste", text: event.text }];
    case "mouse":
      return [event];
    case "reply":
      return [];
  }
}

/** Ink gets streams of ours: the real ones belong to the session, the sink and the decoder. */
function mount(tree: ReactNode, stdout: NodeJS.WritableStream): Instance {
  return render(tree, {
    stdout,
    stdin: new PassThrough(),
    stderr: new PassThrough(),
    // Whole frames, each at once.
    debug: true,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
    isScreenReaderEnabled: false,
  });
}
