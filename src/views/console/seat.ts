/**
 * One open console: carries out what its session wants (session.ts). Its emulator stays when a channel ends, and goes on with the next. Channels of the hosts'
 * links go in and out here.
 */
import type { PairView } from "../../state/view-model.ts";
import { type FramedEvent, type GuestLine, guestConsole, hostShell, openFramed, parseRivals } from "../../xen/host/console.ts";
import type { HostChannel } from "../../xen/host/link.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { Emulator, Question } from "./emulator.ts";
import type { Feed } from "./feeder.ts";
import type { ScreenSize } from "./intake.ts";
import type { SeatPorts } from "./ports.ts";
import { createReader, type Reader } from "./reader.ts";
import { createReplies } from "./replies.ts";
import {
  domainKey,
  isOpen,
  newSession,
  type Session,
  type SessionEffect,
  type SessionEvent,
  type Subject,
  spotOf,
  step,
} from "./session.ts";
import { lineOf, rowOf, type Spot, type Target, targetOf } from "./target.ts";
import { createTyping, type Typing } from "./typing.ts";

/** What a guest with a serial line takes its terminal for: nobody tells it another size. */
export const SERIAL_SIZE: ScreenSize = { columns: 80, rows: 24 };

/** Channels of one console that may still be there after the connection was lost. */
const EARLIER_MAX = 8;

export interface Seat {
  readonly id: string;
  readonly subject: Subject;
  readonly session: Session;
  readonly target: Target | undefined;
  readonly line: GuestLine;
  readonly typing: boolean;
  /** The emulator is as large as the pane; else as a serial line's terminal. */
  readonly fit: boolean;
  /** undefined: still being loaded. */
  readonly emulator: Emulator | undefined;
  readonly reader: Reader | undefined;
  /** When it printed last. */
  readonly printed_ms: number | undefined;
  /** It printed since it was looked at last. */
  readonly news: boolean;
  /** The host that its channel is on. */
  readonly channel_on: HostId | undefined;
  /** A shell that ended. */
  readonly isOver: () => boolean;
  readonly seen: (view: PairView) => void;
  readonly looked: () => void;
  /** False: it is not attached, and nothing was sent. */
  readonly send: (text: string) => boolean;
  readonly setTyping: (on: boolean, why?: string) => void;
  readonly setFit: (fit: boolean) => void;
  readonly setLine: (line: GuestLine) => void;
  /** Has the one that holds the console make room. */
  readonly takeOver: () => void;
  readonly setPane: (size: ScreenSize) => void;
  /** The emulator's modes are the first ones again. */
  readonly reset: () => void;
  readonly close: () => void;
}

interface Opening {
  readonly id: string;
  readonly subject: Subject;
  readonly pane: ScreenSize;
}

export function createSeat({ id, subject, pane: first_pane }: Opening, ports: SeatPorts): Seat {
  const { now_ms } = ports;
  let session = newSession(subject);
  let target: Target | undefined;
  let line: GuestLine | undefined;
  let emulator: Emulator | undefined;
  let reader: Reader | undefined;
  let feed: Feed | undefined;
  let channel: HostChannel | undefined;
  let channel_on: HostId | undefined;
  /** Raised with every channel: what an older one still says is not heard. */
  let generation = 0;
  let view: PairView | undefined;
  let pane = first_pane;
  let fit = subject.kind === "shell";
  let printed_ms: number | undefined;
  let news = false;
  let rival: number | undefined;
  let earlier: readonly string[] = [];
  let closed = false;
  const replies = createReplies();
  const sizeNow = (): ScreenSize => (fit ? pane : SERIAL_SIZE);
  const lineNow = (): GuestLine => line ?? (view === undefined || subject.kind === "shell" ? "pv" : lineOf(rowOf(view, subject)));
  const changed = (): void => ports.changed(id);
  const nameNow = (): string => (subject.kind === "shell" ? subject.host : subject.name);
  const typing: Typing = createTyping({
    ports,
    object: nameNow(),
    spot: () => (session.phase.kind === "attached" ? session.phase.spot : undefined),
    line: () => (subject.kind === "guest" ? lineNow() : undefined),
    channel: () => (session.phase.kind === "attached" ? channel : undefined),
    changed,
  });

  const take = (event: SessionEvent): void => {
    if (closed) return;
    const [next, effects] = step(session, event, now_ms());
    if (next === session && effects.length === 0) return;
    session = next;
    for (const effect of effects) carryOut(effect);
    changed();
  };
  const drop = (): void => {
    generation += 1;
    channel?.close();
    [channel, channel_on] = [undefined, undefined];
  };
  const carryOut = (effect: SessionEffect): void => {
    if (effect.kind === "open") open(effect.spot);
    else if (effect.kind === "close") drop();
    else if (effect.kind === "typing_off") typing.set(false, effect.why);
    else if (effect.join === "anew") feed?.after(() => emulator?.begin(`-- ${effect.line} --`, changed));
  };

  const hear = (event: FramedEvent): void => {
    if (event.kind === "begun") take({ kind: "begun", rivals: parseRivals(event.rest) });
    else if (event.kind === "data") {
      take({ kind: "printed" });
      printed_ms = now_ms();
      news = true;
      feed?.push(event.chunk);
    } else {
      [channel, channel_on] = [undefined, undefined];
      take({ kind: "ended", words: event.words, status: event.status });
    }
  };
  const open = (spot: Spot): void => {
    drop();
    const mine = generation;
    const link = ports.link(spot.host);
    const refused = ports.hasRoom(spot.host) ? "not connected" : `too many consoles are open on ${spot.host}: close one`;
    if (link === undefined || !ports.hasRoom(spot.host)) {
      ports.clock.after(0, () => mine === generation && take({ kind: "ended", words: refused, status: undefined }));
      return;
    }
    channel_on = spot.host;
    loaded.then(() => {
      if (mine !== generation || closed) return;
      const size = sizeNow();
      const nonce = ports.nonce();
      const guest = { domid: spot.domid, line: lineNow(), nonce, size, rival, earlier };
      const wanted = subject.kind === "shell" ? hostShell(nonce, size) : guestConsole(guest);
      rival = undefined;
      earlier = [...earlier, nonce].slice(-EARLIER_MAX);
      channel = openFramed(link, wanted, (event) => mine === generation && hear(event));
      if (feed?.begin() === true) channel.pause();
    });
  };

  const asked = (question: Question): void => {
    if (!typing.on || session.phase.kind !== "attached" || emulator === undefined) return;
    const { line: at, column } = emulator.cursor;
    const answer = replies.answer(question, { row: at - emulator.base + 1, column: column + 1 }, now_ms());
    if (answer !== undefined) channel?.write(answer);
  };
  const loaded = ports.load().then(({ createEmulator }) => {
    if (closed) return;
    emulator = createEmulator(sizeNow(), { asked });
    reader = createReader(emulator);
    const own = emulator;
    feed = ports.feeder.open({
      write: (text, done) =>
        own.write(text, () => {
          changed();
          done();
        }),
      pause: () => channel?.pause(),
      resume: () => channel?.resume(),
    });
  });

  const seen = (now: PairView): void => {
    view = now;
    const live = now.hosts.filter(({ link }) => link.phase === "live").map((host) => host.id);
    if (subject.kind === "guest") target = targetOf(now, subject, isOpen(session) ? spotOf(session) : undefined);
    const row = subject.kind === "guest" ? rowOf(now, subject) : undefined;
    const incoming = (row?.placements ?? []).filter(({ migration }) => migration === "incoming").map(domainKey);
    take({ kind: "seen", target: target ?? { kind: "nowhere", text: "", tone: "dim" }, incoming, live });
  };
  const resize = (): void => {
    const size = sizeNow();
    if (emulator === undefined || (emulator.size.columns === size.columns && emulator.size.rows === size.rows)) return;
    emulator.resize(size);
    channel?.resize(size.columns, size.rows);
    changed();
  };

  return {
    id,
    subject,
    get session() {
      return session;
    },
    get target() {
      return target;
    },
    get line() {
      return lineNow();
    },
    get typing() {
      return typing.on;
    },
    get fit() {
      return fit;
    },
    get emulator() {
      return emulator;
    },
    get reader() {
      return reader;
    },
    get printed_ms() {
      return printed_ms;
    },
    get news() {
      return news;
    },
    get channel_on() {
      return channel_on;
    },
    isOver: () => subject.kind === "shell" && session.phase.kind === "ended",
    seen,
    looked: () => {
      news = false;
    },
    send: typing.send,
    setTyping: typing.set,
    setFit: (to) => {
      fit = to;
      resize();
    },
    setLine: (to) => {
      line = to;
      drop();
      session = newSession(subject);
      feed?.after(() => emulator?.begin(`-- ${to} console --`, changed));
      typing.set(false, "another line");
      if (view !== undefined) seen(view);
    },
    takeOver: () => {
      const { phase } = session;
      const [first] = phase.kind === "taken" ? phase.rivals : [];
      if (first === undefined) return;
      rival = first.pid;
      session = { ...session, phase: { kind: "waiting" }, next_ms: 0 };
      if (view !== undefined) seen(view);
    },
    setPane: (to) => {
      pane = to;
      if (fit) resize();
    },
    reset: () => {
      reader?.follow();
      feed?.after(() => emulator?.begin("", changed));
    },
    close: () => {
      typing.set(false, "closed");
      closed = true;
      drop();
      feed?.stop();
      emulator?.dispose();
    },
  };
}
