/** Bytes from the probe -> frames (see wire.ts). Bounded, total: what isn't a frame is skipped and counted, never thrown. */
import { type ProbeFrame, WIRE_VERSION } from "./wire.ts";

/** The longest payload that a probe may announce. Larger ones are skipped, not kept. */
export const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;
/** The longest header line. A longer line is noise (a login banner, a motd). */
export const HEADER_BYTES_MAX = 8192;

export interface FrameDecoder {
  /** Frames that this chunk completed, in order. */
  push(chunk: Uint8Array): readonly ProbeFrame[];
  /** Text before the first frame and between frames: what a shell or banner said instead. Newest 2,000 characters. */
  readonly noise: string;
  readonly noise_bytes: number;
}

const NEWLINE = 10;
const NOISE_KEPT_MAX = 2000;
const text = new TextDecoder("utf-8");

type Header =
  | { readonly kind: "done"; readonly frame: ProbeFrame }
  | { readonly kind: "payload"; readonly bytes: number; readonly finish: (payload: string) => ProbeFrame };

const number = (word: string | undefined): number | undefined => {
  const value = Number(word);
  return word !== undefined && /^\d+(\.\d+)?$/.test(word) && Number.isFinite(value) ? value : undefined;
};

const list = (word: string): readonly string[] => (word === "-" ? [] : word.split(",").filter((item) => item !== ""));

function running(word: string): { id: string; for_s: number }[] {
  return list(word).flatMap((item) => {
    const [id, seconds] = item.split(":");
    const for_s = number(seconds);
    return id === undefined || for_s === undefined ? [] : [{ id, for_s }];
  });
}

function fields(payload: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const line of payload.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) map.set(line.slice(0, at), line.slice(at + 1));
  }
  return map;
}

function withPayload(words: readonly string[]): Header | undefined {
  const bytes = number(words.at(-1));
  if (bytes === undefined || !Number.isInteger(bytes)) return undefined;
  if (words[0] === "hello") {
    const uptime_s = number(words[1]);
    if (words.length !== 4 || uptime_s === undefined) return undefined;
    return {
      kind: "payload",
      bytes,
      finish: (payload) => ({ kind: "hello", uptime_s, wall_s: number(words[2]), fields: fields(payload) }),
    };
  }
  if (words[0] === "sec") {
    const [, id, rc, took] = words;
    const took_s = number(took);
    // Six words from a probe that repeats no stamp.
    if (words.length < 6 || words.length > 7 || id === undefined || number(rc) === undefined || took_s === undefined) return undefined;
    const asked_ms = words.length === 7 ? number(words[5]) : undefined;
    const asked = asked_ms === undefined ? {} : { asked_ms };
    return {
      kind: "payload",
      bytes,
      finish: (stdout) => ({ kind: "section", id, rc: Number(rc), took_s, truncated: words[4] === "1", stdout, ...asked }),
    };
  }
  const stream = words[1];
  if (words.length !== 3 || stream === undefined) return undefined;
  return { kind: "payload", bytes, finish: (line) => ({ kind: "event", stream, line }) };
}

function header(line: string): Header | undefined {
  const [version, ...words] = line.split(" ");
  if (version !== WIRE_VERSION) return undefined;
  if (words[0] === "hello" || words[0] === "sec" || words[0] === "evt") return withPayload(words);
  if (words[0] === "bye") return { kind: "done", frame: { kind: "bye", reason: words.slice(1).join(" ") } };
  const uptime_s = number(words[1]);
  // Five words from a probe that repeats no stamp.
  if (words[0] !== "beat" || words.length < 5 || words.length > 6 || uptime_s === undefined) return undefined;
  const asked_ms = number(words[5]);
  const frame = {
    kind: "beat",
    uptime_s,
    wall_s: number(words[2]),
    running: running(words[3] ?? "-"),
    same: list(words[4] ?? "-"),
    ...(asked_ms === undefined ? {} : { asked_ms }),
  } as const;
  return { kind: "done", frame };
}

export function createFrameDecoder(): FrameDecoder {
  let buffer = Buffer.alloc(0);
  let payload: Extract<Header, { kind: "payload" }> | undefined;
  /** Bytes of an oversized payload still to be thrown away. */
  let skip = 0;
  let noise = "";
  let noise_bytes = 0;

  const hear = (line: string): void => {
    noise = `${noise}${line}\n`.slice(-NOISE_KEPT_MAX);
    noise_bytes += line.length + 1;
  };

  function takePayload(frames: ProbeFrame[]): boolean {
    if (payload === undefined || buffer.length < payload.bytes + 1) return false;
    const body = buffer.subarray(0, payload.bytes);
    // Without the newline that must follow, the length was a lie: what came is noise, and the search for a header begins after it.
    if (buffer[payload.bytes] === NEWLINE) frames.push(payload.finish(text.decode(body)));
    else hear(`(a frame whose length was wrong: ${payload.bytes} bytes)`);
    buffer = buffer.subarray(payload.bytes + 1);
    payload = undefined;
    return true;
  }

  function takeHeader(frames: ProbeFrame[]): boolean {
    const end = buffer.indexOf(NEWLINE);
    if (end < 0) {
      if (buffer.length > HEADER_BYTES_MAX) {
        hear(text.decode(buffer.subarray(0, 200)));
        buffer = Buffer.alloc(0);
      }
      return false;
    }
    const line = text.decode(buffer.subarray(0, end));
    buffer = buffer.subarray(end + 1);
    const found = end > HEADER_BYTES_MAX ? undefined : header(line);
    if (found === undefined) hear(line.slice(0, 200));
    else if (found.kind === "done") frames.push(found.frame);
    else if (found.bytes > PAYLOAD_BYTES_MAX) {
      hear(`(a frame of ${found.bytes} bytes was left out: the limit is ${PAYLOAD_BYTES_MAX})`);
      skip = found.bytes + 1;
    } else payload = found;
    return true;
  }

  return {
    push(chunk) {
      buffer = buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffer, chunk]);
      const frames: ProbeFrame[] = [];
      for (;;) {
        if (skip > 0) {
          const dropped = Math.min(skip, buffer.length);
          buffer = buffer.subarray(dropped);
          skip -= dropped;
          if (skip > 0) break;
        }
        if (!(payload === undefined ? takeHeader(frames) : takePayload(frames))) break;
      }
      return frames;
    },
    get noise() {
      return noise;
    },
    get noise_bytes() {
      return noise_bytes;
    },
  };
}
