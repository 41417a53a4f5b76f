/** Keeps what a session hears: every message as a line, in parts of bounded size that each stand for themselves. Effects are the sink's. */
import { hostId, type Pair } from "../../xen/model/ids.ts";
import { readingIds } from "../../xen/read/index.ts";
import type { Msg } from "../msg.ts";
import { encodeEnd, encodeGap, encodeHeader, encodeMsg, type RecordingHeader } from "./format.ts";
import { createKeyframe } from "./keyframe.ts";

/** Characters of one part, without what it repeats; the part before it is kept, older ones aren't. Some hours of a busy pair, days of a quiet one. */
export const PART_LENGTH_MAX = 64 * 1024 * 1024;

export interface RecordSink {
  /** Begins a part with this text; the one before is the second newest from now on. */
  begin(text: string): void;
  /** false: there was no room for it, and it is lost. */
  write(text: string): boolean;
}

export interface Recorder {
  heard(msg: Msg): void;
  /** What was heard until then is all there will be. */
  end(at_ms: number): void;
}

export function createRecorder(
  given: Omit<RecordingHeader, "part">,
  sink: RecordSink,
  part_length_max: number = PART_LENGTH_MAX,
): Recorder {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(given.hosts[0]), hostId(given.hosts[1])];
  const keyframe = createKeyframe(hosts, readingIds);
  let header: RecordingHeader = { ...given, part: 1 };
  let length = 0;
  let lost = 0;
  const known = (): string =>
    keyframe
      .messages()
      .map((msg) => encodeMsg(msg, header, true))
      .join("");
  const write = (text: string): boolean => {
    if (!sink.write(text)) return false;
    length += text.length;
    return true;
  };
  const beginPart = (): void => {
    header = { ...header, part: header.part + 1 };
    // What is repeated doesn't count: a part must have room for something new.
    length = 0;
    sink.begin(encodeHeader(header) + known());
  };
  sink.begin(encodeHeader(header));
  return {
    heard(msg) {
      const text = encodeMsg(msg, header);
      // What was missed shows in the newest answers: they are told again before anything else.
      const before = lost === 0 ? "" : encodeGap(lost, msg.at_ms, header) + known();
      if (write(before + text)) lost = 0;
      else lost += 1;
      keyframe.heard(msg);
      if (length > part_length_max) beginPart();
    },
    end: (at_ms) => void write(encodeEnd(at_ms, header)),
  };
}
