/**
 * What the probe says, frame by frame.
 *
 * A frame is a header line and, for `sec` and `evt`, a payload of exactly `bytes` bytes and a newline:
 *
 *   XHP1 hello <uptime_s> <wall_s> <bytes>\n<key=value lines>\n
 *   XHP1 beat <uptime_s> <wall_s> <running> <same> [<asked>]\n   running: `id:seconds,...` or `-`; same: `id,...` or `-` (read again, unchanged);
 *                                                            asked: the newest <stamp> that it has heard, or `-`; older probes leave it out
 *   XHP1 sec <id> <rc> <took_s> <truncated 0|1> [<asked>] <bytes>\n<stdout>\n   asked: the newest <stamp> heard before the reading began, or `-`
 *   XHP1 evt <stream> <bytes>\n<line>\n
 *   XHP1 bye <reason word>\n
 *
 * Since length is told beforehand, nothing that a tool prints can be taken for a frame. uptime_s has two decimals (/proc/uptime);
 * wall_s is `date +%s.%N` where date knows it, else whole seconds, else `-`.
 *
 * The console says (one line each, on the probe's stdin): `k [<stamp>]` keep alive (at least every 20 s, else the probe ends itself;
 * stamp: a whole number, which the beats repeat, so that the console knows how late it hears them),
 * `r <id>` read now, `f <id>` read now and tell it in full even if it is the same as before, `c <id> <seconds>` cadence from now on, `q` end.
 */
export const WIRE_VERSION = "XHP1";
/** Seconds between two beats: each costs the dom0 a fork and an exec. */
export const BEAT_S = 2;
/** Seconds between two `k` of the console. */
export const KEEPALIVE_S = 3;

/** An event that says that its stream had more lines in this second; the readings that they concern are read all the same. */
export const LINES_LEFT_OUT = "(more lines came in this second than are sent)";

export type ProbeFrame =
  | { readonly kind: "hello"; readonly uptime_s: number; readonly wall_s: number | undefined; readonly fields: ReadonlyMap<string, string> }
  | {
      readonly kind: "beat";
      readonly uptime_s: number;
      readonly wall_s: number | undefined;
      readonly running: readonly { readonly id: string; readonly for_s: number }[];
      readonly same: readonly string[];
      /** The console's time (ms) at which it sent the newest `k` that the probe had heard by then; undefined: none yet, or a probe that doesn't repeat it. */
      readonly asked_ms?: number;
    }
  | {
      readonly kind: "section";
      readonly id: string;
      readonly rc: number;
      readonly took_s: number;
      readonly truncated: boolean;
      readonly stdout: string;
      /** The console's time (ms) of the newest `k` that the probe had heard when this reading began: it shows the host as it was then or later. */
      readonly asked_ms?: number;
    }
  | { readonly kind: "event"; readonly stream: string; readonly line: string }
  | { readonly kind: "bye"; readonly reason: string };
