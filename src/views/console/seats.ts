/** The consoles that are open, in the order they were opened. Bounded: each keeps a thousand lines and a channel that its host has few of. */
import type { PairView } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { createFeeder } from "./feeder.ts";
import type { ScreenSize } from "./intake.ts";
import type { SeatPorts } from "./ports.ts";
import { createSeat, type Seat } from "./seat.ts";
import type { Subject } from "./session.ts";

/** Open at once. */
export const CONSOLES_MAX = 8;
/** Channels of consoles on one host: sshd allows ten sessions in all, and plans need theirs. */
export const CHANNELS_PER_HOST_MAX = 3;

export type SeatsPorts = Omit<SeatPorts, "feeder" | "hasRoom">;

export interface Seats {
  readonly seats: () => readonly Seat[];
  readonly seat: (id: string | undefined) => Seat | undefined;
  /** The one that is open already, or a new one; undefined: too many are open. */
  readonly open: (subject: Subject, view: PairView, pane: ScreenSize) => Seat | undefined;
  readonly close: (id: string) => void;
  /** What the hosts tell now. */
  readonly seen: (view: PairView) => void;
  readonly stop: () => void;
}

const idOf = (subject: Subject): string => (subject.kind === "guest" ? `guest ${subject.key ?? subject.name}` : `shell ${subject.host}`);

const isSame = (a: Subject, b: Subject): boolean =>
  a.kind === "guest" && b.kind === "guest"
    ? a.key === undefined || b.key === undefined
      ? a.name === b.name
      : a.key === b.key
    : a.kind === "shell" && b.kind === "shell" && a.host === b.host;

export function createSeats(ports: SeatsPorts): Seats {
  const feeder = createFeeder(ports.clock);
  let seats: readonly Seat[] = [];
  let opened = 0;

  const hasRoom = (host: HostId): boolean => seats.filter(({ channel_on }) => channel_on === host).length < CHANNELS_PER_HOST_MAX;

  return {
    seats: () => seats,
    seat: (id) => seats.find((each) => each.id === id),
    open: (subject, view, pane) => {
      // A shell that ended is opened anew; everything else is there already.
      const there = seats.find((each) => isSame(each.subject, subject) && !each.isOver());
      if (there !== undefined) return there;
      if (seats.length >= CONSOLES_MAX) return undefined;
      opened += 1;
      const seat = createSeat({ id: `${idOf(subject)} ${opened}`, subject, pane }, { ...ports, feeder, hasRoom });
      seats = [...seats, seat];
      seat.seen(view);
      return seat;
    },
    close: (id) => {
      seats.find((each) => each.id === id)?.close();
      seats = seats.filter((each) => each.id !== id);
    },
    seen: (view) => {
      for (const seat of seats) seat.seen(view);
    },
    stop: () => {
      for (const seat of seats) seat.close();
      seats = [];
    },
  };
}
