/** A recording on the screen: where one is in it, and the keys that move there. The screens themselves don't know that it isn't live. */
import type { ReplayMove, ReplayStatus } from "../state/recorder/transport.ts";
import type { CommandContext, Step } from "./actions.ts";
import type { Command } from "./commands.ts";
import type { Line } from "./pane.ts";
import { focusedBoard, seenRow } from "./scene.ts";
import { withToast } from "./ui.ts";
import { span } from "./widgets/text.ts";

const two = (number: number): string => String(number).padStart(2, "0");

/** `4:05`, `1:02:09`. */
function clockOf(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes}:${two(s % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

const speedOf = (speed: number): string => `${speed < 1 ? `1/${Math.round(1 / speed)}` : speed}x`;

/** `REPLAY playing 4x 12:33 of 1:02:09`: never to be taken for what is so now. */
export function replayLine({ at_ms, from_ms, to_ms, playing, speed, seeking, gaps, cut_off }: ReplayStatus): Line {
  const doing = seeking ? "seeking" : playing ? `playing ${speedOf(speed)}` : "paused";
  const at_end = at_ms >= to_ms;
  const note = at_end && cut_off ? " cut off here" : "";
  return [
    { text: " REPLAY ", tone: "warning", bold: true, inverse: true },
    span(` ${doing} ${clockOf(at_ms - from_ms)} of ${clockOf(to_ms - from_ms)}${note} `, "warning"),
    ...(gaps === 0 ? [] : [span(`${gaps} records missing `, "critical")]),
  ];
}

const moving =
  (move: ReplayMove) =>
  ({ ui }: CommandContext): Step => [ui, [{ kind: "replay", move }]];
const always = (): true => true;

/** To the moment of the timeline's entry under the cursor. */
function goToEntry({ ui, scene, view }: CommandContext): Step {
  const object = seenRow(focusedBoard(scene))?.object;
  const entry = object?.kind === "entry" ? view.timeline.find(({ seq }) => seq === object.seq) : undefined;
  return entry === undefined
    ? [withToast(ui, "That entry is no longer kept."), []]
    : [ui, [{ kind: "replay", move: { to_ms: entry.at_ms } }]];
}

const make = (id: string, keys: readonly string[], title: string, description: string, move: ReplayMove, footer?: number): Command => ({
  id: `replay.${id}`,
  keys,
  title,
  description,
  group: "Replay",
  ...(footer === undefined ? {} : { footer }),
  when: always,
  run: moving(move),
});

/** Only in a replay; there they come before the others that have their keys. */
export const replayCommands: readonly Command[] = [
  make("toggle", ["p"], "play", "Play, or stand still", "toggle", -6),
  make("step", ["."], "next", "To what happened next", "step", -5),
  make("step_back", [","], "before", "To what happened last before", "step_back", -4),
  make("news", ["n"], "next finding", "To the next moment at which a finding came, got worse or went", "news", -3),
  make("minute", ["]"], "+1 min", "A minute on", "minute", -2),
  make("minute_back", ["["], "-1 min", "A minute back", "minute_back", -1),
  make("faster", [">"], "faster", "Play twice as fast", "faster"),
  make("slower", ["<"], "slower", "Play half as fast", "slower"),
  make("start", ["{"], "start", "To the start of the recording", "start"),
  make("end", ["}"], "end", "To the end of the recording", "end"),
  {
    id: "replay.entry",
    keys: ["@"],
    title: "go there",
    description: "To the moment of the timeline's entry under the cursor",
    group: "Replay",
    when: ({ scene }) => (seenRow(focusedBoard(scene))?.object?.kind === "entry" ? true : "select an entry of the timeline first"),
    run: goToEntry,
  },
];
