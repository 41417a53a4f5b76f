/**
 * The consoles over the screens: takes the keys while one is shown, draws it, and carries out what its keys want. Everything of a console that the shell of
 * the screens has to know is in `ConsoleLayer`.
 */
import type { DeskState } from "../../state/plan/desk.ts";
import { whyNot } from "../../state/plan/mode.ts";
import type { PairView } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { severityRank } from "../format.ts";
import type { Line, ObjectRef } from "../pane.ts";
import type { ContentSource } from "../scene.ts";
import { symbolsOf } from "../symbols.ts";
import type { InputEvent } from "../terminal/decoder.ts";
import type { Theme } from "../theme.ts";
import { encodeRow } from "../widgets/canvas.ts";
import { fitText, span, wrapText } from "../widgets/text.ts";
import { act, type Stage, seatName } from "./acts.ts";
import { areasOf, bannerRows, type ConsoleFrame, drawConsole } from "./draw.ts";
import type { ScreenSize } from "./intake.ts";
import { pressKey, pressPaste } from "./keys.ts";
import type { Seat } from "./seat.ts";
import { createSeats, type SeatsPorts } from "./seats.ts";
import { rivalText, statusOf, utcTime } from "./status.ts";
import { type ConsoleInfo, type ConsoleStep, type ConsoleUi, initialConsoleUi, withNotice } from "./ui.ts";

/** tmux, screen, telnet and xl have theirs; this one is free on every keyboard. */
export const DEFAULT_PREFIX = "ctrl-t";
const NOTICE_MS = 6_000;
const WHEEL_LINES = 3;

export interface LayerOptions extends Omit<SeatsPorts, "changed" | "say"> {
  readonly theme: Theme;
  readonly content: ContentSource;
  readonly prefix: string;
  /** Detaching ends the program: it was started for one console. */
  readonly alone: boolean;
  readonly desk: () => DeskState;
  readonly size: () => ScreenSize;
  /** by key: at once; else as what changes by itself. */
  readonly draw: (cause: "key" | "console") => void;
  readonly copy: (text: string) => void;
  readonly repaint: () => void;
  readonly suspend: () => void;
  readonly quit: () => void;
  /** A console has the screen, or the screens have it again. */
  readonly shown: (on: boolean) => void;
  /** Said on the screens, where no console is shown. */
  readonly toast: (text: string, tone: "info" | "warning") => void;
}

export interface ConsoleLayer {
  readonly isShown: () => boolean;
  /** Consoles that are open; the key that goes to the last one shown. */
  readonly open: () => { readonly count: number; readonly news: number; readonly key: string };
  readonly input: (event: InputEvent) => void;
  readonly rows: (view: PairView, asking: number) => readonly string[];
  readonly seen: (view: PairView) => void;
  readonly resized: () => void;
  /** Of a guest, by its key or its name alone. undefined: it is shown; else why not. */
  readonly openGuest: (guest: { readonly key: string | undefined; readonly name: string }, view: PairView) => string | undefined;
  readonly openShell: (host: HostId, view: PairView) => string | undefined;
  /** The one that was shown last; false: none is open. */
  readonly back: () => boolean;
  readonly stop: () => void;
}

/** Lines of what happened to a console, above the facts. */
const NOTES_SHOWN = 5;
const TIME_COLUMNS = 14;
const noteLines = (at_ms: number, text: string, columns: number): readonly Line[] =>
  wrapText(text, Math.max(10, columns - TIME_COLUMNS)).map(
    (part, at): Line => [span(fitText(at === 0 ? ` ${utcTime(at_ms)}` : "", TIME_COLUMNS), "dim"), span(part)],
  );

const TOO_MANY = "too many consoles are open: detach one (d)";

export function createConsoleLayer(options: LayerOptions): ConsoleLayer {
  const { theme, content, prefix, clock } = options;
  const symbols = symbolsOf(theme.look.ascii);
  let ui: ConsoleUi = initialConsoleUi;
  let view: PairView | undefined;
  let last: string | undefined;
  let cancelNotice: () => void = () => undefined;

  const seats = createSeats({
    ...options,
    changed: (id) => {
      if (id === ui.shown) options.draw("console");
    },
    say: (text, tone) => say(text, tone),
  });
  const seatNow = (): Seat | undefined => seats.seat(ui.shown);
  const paneNow = (): ScreenSize => areasOf(options.size(), ui.split).console;

  const become = (next: ConsoleUi): void => {
    if (next === ui) return;
    const before = ui;
    ui = next;
    if (ui.notice !== undefined && ui.notice !== before.notice) {
      const { seq } = ui.notice;
      cancelNotice();
      cancelNotice = clock.after(NOTICE_MS, () => ui.notice?.seq === seq && become({ ...ui, notice: undefined }));
    }
    if (ui.shown !== before.shown) {
      last = ui.shown ?? before.shown;
      seatNow()?.looked();
      if ((ui.shown === undefined) !== (before.shown === undefined)) options.shown(ui.shown !== undefined);
    }
    if (ui.shown !== before.shown || ui.split !== before.split) seatNow()?.setPane(paneNow());
    options.draw("key");
  };

  /** Why nothing may be typed now; undefined: it may. */
  const barred = (): string | undefined => whyNot(options.desk().mode, view?.now_ms ?? options.now_ms());

  const infoOf = (seat: Seat): ConsoleInfo => ({
    kind: seat.subject.kind,
    name: seatName(seat),
    attached: seat.session.phase.kind === "attached",
    typing: seat.typing,
    reading: seat.reader?.reading ?? false,
    selecting: seat.reader?.selecting ?? false,
    wanted: seat.reader?.wanted ?? "",
    fit: seat.fit,
    taken: seat.session.phase.kind === "taken" && seat.session.phase.rivals.length > 0,
    barred: barred(),
    ids: seats.seats().map(({ id }) => id),
    page: paneNow().rows,
    prefix,
    alone: options.alone,
  });

  const say = (text: string, tone: "info" | "warning"): void =>
    ui.shown === undefined ? options.toast(text, tone) : become(withNotice(ui, text, tone));

  const stage: Stage = {
    ...options,
    say: (text, tone) => say(text, tone),
    page: () => paneNow().rows,
    measure: (seat) => seat.setPane(paneNow()),
    close: (seat) => {
      const ids = seats.seats().map(({ id }) => id);
      const at = ids.indexOf(seat.id);
      seats.close(seat.id);
      become({ ...ui, shown: undefined });
      last = ids[at + 1] ?? ids[at - 1];
    },
  };

  const react = (event: Exclude<InputEvent, { kind: "reply" }>, info: ConsoleInfo): ConsoleStep => {
    switch (event.kind) {
      case "key":
        return pressKey(ui, event.key, info);
      case "paste":
        return pressPaste(ui, event.text, info);
      case "mouse":
        if (event.action === "press" || ui.box.kind !== "none") return [ui, []];
        return [ui, [{ kind: "move", lines: event.action === "wheel_up" ? -WHEEL_LINES : WHEEL_LINES }]];
    }
  };

  const input = (event: InputEvent): void => {
    const seat = seatNow();
    if (seat === undefined || event.kind === "reply") return;
    const [next, effects] = react(event, infoOf(seat));
    become(next);
    for (const effect of effects) act(seat, effect, stage);
    // What the reader shows may be another part now.
    if (effects.some(({ kind }) => kind !== "key" && kind !== "paste")) options.draw("key");
  };

  const factsOf = (seat: Seat, now: PairView, { columns, rows }: ScreenSize): readonly Line[] => {
    const object: ObjectRef =
      seat.subject.kind === "guest"
        ? { kind: "guest", key: seat.subject.key ?? seat.subject.name }
        : { kind: "host", id: seat.subject.host };
    const notes = seat.session.notes.flatMap(({ at_ms, text }) => noteLines(at_ms, text, columns));
    const context = { view: now, width: columns - 1, height: rows, ascii: theme.look.ascii, sort: undefined, desk: options.desk() };
    const { header, rows: told, empty } = content.detail(context, object, false);
    const lines = [...header, ...told.map(({ line }) => line), ...(told.length === 0 ? [[span(empty, "dim")]] : [])];
    const all: Line[] = [
      [span(" This console", "title")],
      ...notes.slice(-NOTES_SHOWN),
      [],
      ...lines.map((line): Line => [span(" "), ...line]),
    ];
    return all.slice(Math.min(ui.facts_top, Math.max(0, all.length - 1)));
  };

  const listOf = (now: PairView): readonly Line[] =>
    seats.seats().map((seat): Line => {
      const { name, typing } = infoOf(seat);
      const { session, target, printed_ms } = seat;
      return [
        span(`${name}  `, "accent"),
        ...(typing ? [span("TYPING  ", "warning")] : []),
        ...(seat.news && seat.id !== ui.shown ? [span("printed something  ", "info")] : []),
        ...statusOf({ session, target, printed_ms, now_ms: now.now_ms }, symbols).short,
      ];
    });

  const frameOf = (seat: Seat, now: PairView, asking: number): ConsoleFrame => {
    const size = options.size();
    const areas = areasOf(size, ui.split);
    const { session, target, printed_ms, emulator, reader } = seat;
    const { phase } = session;
    const attached = phase.kind === "attached";
    seat.looked();
    const findings = now.findings.filter(({ severity }) => severityRank(severity) >= severityRank("warning"));
    const severity = findings.some((each) => each.severity === "critical") ? "critical" : "warning";
    const own = emulator?.size;
    const status = statusOf({ session, target, printed_ms, now_ms: now.now_ms }, symbols);
    const banner = bannerRows(status, areas.console).length;
    const whole = own !== undefined && own.columns === areas.console.columns && own.rows === areas.console.rows;
    return {
      size,
      ui,
      info: infoOf(seat),
      status,
      sight: reader?.sight(
        { ...areas.console, rows: Math.max(1, areas.console.rows - banner) },
        { depth: theme.look.depth, cursor: attached },
      ),
      terminal: whole ? undefined : own,
      facts: areas.facts === undefined ? [] : factsOf(seat, now, areas.facts),
      list: ui.box.kind === "list" ? listOf(now) : [],
      rival: phase.kind === "taken" && phase.rivals[0] !== undefined ? rivalText(phase.rivals[0]) : "somebody else",
      health: { severity, count: findings.filter((each) => each.severity === severity).length },
      clock: utcTime(now.now_ms),
      asking,
    };
  };

  const show = (seat: Seat | undefined): string | undefined => {
    if (seat === undefined) return TOO_MANY;
    become({ ...ui, shown: seat.id, facts_top: 0 });
    return undefined;
  };

  return {
    isShown: () => ui.shown !== undefined,
    open: () => ({ count: seats.seats().length, news: seats.seats().filter(({ news }) => news).length, key: prefix }),
    input,
    rows: (now, asking) => {
      const seat = seatNow();
      return seat === undefined ? [] : drawConsole(frameOf(seat, now, asking), symbols).map((row) => encodeRow(row, theme));
    },
    seen: (now) => {
      view = now;
      seats.seen(now);
      // Changes were allowed for a while, and that is over.
      const why = barred();
      if (why !== undefined) for (const seat of seats.seats()) seat.setTyping(false, why);
    },
    resized: () => {
      for (const seat of seats.seats()) seat.setPane(paneNow());
    },
    openGuest: (guest, now) => show(seats.open({ kind: "guest", ...guest }, now, paneNow())),
    openShell: (host, now) => {
      void options
        .audit({ kind: "shell.opened", at_ms: options.now_ms(), object: host, host, domid: undefined, text: "opened" })
        .then((written) => {
          if (!written) return say("No shell is opened: it can't be recorded.", "warning");
          const seat = seats.open({ kind: "shell", host }, view ?? now, paneNow());
          const refused = show(seat);
          if (refused !== undefined) say(refused, "warning");
          else seat?.setTyping(true);
        });
      return undefined;
    },
    back: () => {
      const seat = seats.seat(last) ?? seats.seats().at(-1);
      if (seat === undefined) return false;
      become({ ...ui, shown: seat.id });
      return true;
    },
    stop: () => {
      cancelNotice();
      seats.stop();
    },
  };
}
