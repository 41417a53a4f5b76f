/** A frame as the bytes that the probe writes (src/xen/host/wire.ts). */
import { type ProbeFrame, WIRE_VERSION } from "../../xen/host/wire.ts";

const utf8 = new TextEncoder();
const fixed = (seconds: number): string => seconds.toFixed(2);
const wall = (seconds: number | undefined): string => (seconds === undefined ? "-" : seconds.toFixed(9));
const listed = (items: readonly string[]): string => (items.length === 0 ? "-" : items.join(","));

function withPayload(head: string, payload: string): Uint8Array {
  const bytes = utf8.encode(payload).length;
  return utf8.encode(`${WIRE_VERSION} ${head} ${bytes}\n${payload}\n`);
}

export function encodeFrame(frame: ProbeFrame): Uint8Array {
  switch (frame.kind) {
    case "hello": {
      const fields = [...frame.fields].map(([key, value]) => `${key}=${value}\n`).join("");
      return withPayload(`hello ${fixed(frame.uptime_s)} ${wall(frame.wall_s)}`, fields);
    }
    case "beat": {
      const running = listed(frame.running.map(({ id, for_s }) => `${id}:${for_s}`));
      const told = `${fixed(frame.uptime_s)} ${wall(frame.wall_s)} ${running} ${listed(frame.same)} ${frame.asked_ms ?? "-"}`;
      return utf8.encode(`${WIRE_VERSION} beat ${told}\n`);
    }
    case "section":
      return withPayload(
        `sec ${frame.id} ${frame.rc} ${fixed(frame.took_s)} ${frame.truncated ? 1 : 0} ${frame.asked_ms ?? "-"}`,
        frame.stdout,
      );
    case "event":
      return withPayload(`evt ${frame.stream}`, frame.line);
    case "bye":
      return utf8.encode(`${WIRE_VERSION} bye ${frame.reason}\n`);
  }
}
