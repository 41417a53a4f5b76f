/** Where one is in a recording and how it moves: play, pause, step, seek. Long ways are gone in pieces between which keys and frames get their turn. */
import { newsBetween } from "../lives.ts";
import type { Clock } from "../runtime.ts";
import type { PairView } from "../view-model.ts";
import type { Player } from "./player.ts";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128] as const;
/** A new view while it plays, as often as a live session makes one. */
const FRAME_MS = 250;
/** Records taken in before keys are looked at again. */
const PIECE_ITEMS = 60;
const MINUTE_MS = 60_000;

export type ReplayMove =
  | "toggle"
  | "faster"
  | "slower"
  /** To what happened next, or last before. */
  | "step"
  | "step_back"
  | "minute"
  | "minute_back"
  /** To the next change of what is found. */
  | "news"
  | "start"
  | "end"
  | { readonly to_ms: number };

export interface ReplayStatus {
  readonly at_ms: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly playing: boolean;
  readonly speed: number;
  /** On the way to a place further off. */
  readonly seeking: boolean;
  /** Records that are missing before here. */
  readonly gaps: number;
  /** Its console didn't end it. */
  readonly cut_off: boolean;
}

export interface Transport {
  readonly status: () => ReplayStatus;
  readonly view: () => PairView;
  move(move: ReplayMove): void;
  stop(): void;
}

export interface TransportOptions {
  readonly player: Player;
  readonly clock: Clock;
  readonly cut_off: boolean;
  readonly speed?: number;
  readonly publish: (view: PairView, status: ReplayStatus) => void;
}

/** What is being sought: a time, or a time at which the findings have changed. */
interface Goal {
  readonly to_ms: number;
  readonly until_news: boolean;
}

export function createTransport({ player, clock, cut_off, speed: first_speed = 1, publish }: TransportOptions): Transport {
  let speed = first_speed;
  let playing = false;
  let goal: Goal | undefined;
  /** Clock and place when the present stretch of playing began. */
  let began = { clock_ms: 0, at_ms: 0 };
  let stopped = false;
  let cancel = (): void => undefined;

  const status = (): ReplayStatus => ({
    at_ms: player.at_ms(),
    from_ms: player.from_ms,
    to_ms: player.to_ms,
    playing,
    speed,
    seeking: goal !== undefined,
    gaps: player.gaps(),
    cut_off,
  });
  let shown_ms = Number.NEGATIVE_INFINITY;
  const show = (): void => {
    shown_ms = clock.now_ms();
    publish(player.view(), status());
  };
  const later = (delay_ms: number, task: () => void): void => {
    cancel();
    cancel = clock.after(delay_ms, () => {
      if (!stopped) task();
    });
  };
  const beginHere = (): void => {
    began = { clock_ms: clock.now_ms(), at_ms: player.at_ms() };
  };
  const play = (): void => {
    player.go(began.at_ms + (clock.now_ms() - began.clock_ms) * speed, PIECE_ITEMS * Math.max(1, speed));
    if (player.at_ms() >= player.to_ms) playing = false;
    show();
    if (playing) later(FRAME_MS, play);
  };
  const resume = (): void => {
    beginHere();
    if (playing) later(FRAME_MS, play);
  };
  const arrive = (): void => {
    goal = undefined;
    cancel();
    show();
    resume();
  };
  const isReached = ({ to_ms, until_news }: Goal): boolean => {
    const { lives } = player.state();
    const there = player.go(to_ms, until_news ? 1 : PIECE_ITEMS);
    return there || (until_news && newsBetween(lives, player.state().lives, player.at_ms()).length > 0);
  };
  /** One piece of the way; then whoever waits gets a turn. */
  const goOn = (): void => {
    for (let left = goal?.until_news === true ? PIECE_ITEMS : 1; goal !== undefined && left > 0; left -= 1) if (isReached(goal)) arrive();
    if (goal === undefined) return;
    if (clock.now_ms() - shown_ms >= FRAME_MS) show();
    later(0, goOn);
  };
  const seekTo = (to_ms: number, until_news = false): void => {
    goal = { to_ms, until_news };
    goOn();
  };
  const changeSpeed = (step: 1 | -1): void => {
    const nearest = SPEEDS.reduce((best, each) => (Math.abs(each - speed) < Math.abs(best - speed) ? each : best), SPEEDS[0] as number);
    const at = SPEEDS.indexOf(nearest as (typeof SPEEDS)[number]);
    speed = SPEEDS[Math.min(Math.max(0, at + step), SPEEDS.length - 1)] ?? speed;
    show();
    resume();
  };
  const pauseAnd = (to_ms: number): void => {
    playing = false;
    seekTo(to_ms);
  };

  const toggle = (): void => {
    playing = !playing && player.at_ms() < player.to_ms;
    cancel();
    goal = undefined;
    show();
    resume();
  };
  const moves: { readonly [Move in Extract<ReplayMove, string>]: () => void } = {
    toggle,
    faster: () => changeSpeed(1),
    slower: () => changeSpeed(-1),
    step: () => pauseAnd(player.next(1) ?? player.to_ms),
    step_back: () => pauseAnd(player.next(-1) ?? player.from_ms),
    minute: () => seekTo(player.at_ms() + MINUTE_MS),
    minute_back: () => seekTo(player.at_ms() - MINUTE_MS),
    news: () => {
      playing = false;
      seekTo(player.to_ms, true);
    },
    start: () => pauseAnd(player.from_ms),
    end: () => pauseAnd(player.to_ms),
  };

  return {
    status,
    view: () => player.view(),
    move(wanted) {
      if (stopped) return;
      if (typeof wanted === "string") moves[wanted]();
      else pauseAnd(wanted.to_ms);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
