/**
 * A narrow window for channels with a terminal: how much a host may send of one before it was taken here. ssh2 opens each channel with 2 MB, which is minutes of
 * a slow line: a console that prints without end would fill it, and the probe's answers would come that late, so that a living host looked silent. With so few
 * bytes under way everything else passes between them, and on a fast line nothing is lost (16 KB within a millisecond are 16 MB/s).
 *
 * ssh2 has no setting for it, so two of its own methods are used (1.17.0, lib/client.js and lib/Channel.js). Where they aren't as known, the window stays wide.
 */
import type { Client, ClientChannel } from "ssh2";

export const NARROW_BYTES = 16 * 1024;
/** Taken bytes are told of in portions of this. */
const TOLD_BYTES = NARROW_BYTES / 4;

interface Protocol {
  session(channel: number, window: number, packet: number): unknown;
  channelWindowAdjust(channel: number, bytes: number): unknown;
}
interface Inner {
  readonly _protocol?: Partial<Protocol>;
}
interface InnerChannel {
  readonly incoming?: { window?: number };
  readonly outgoing?: { readonly id?: number; readonly state?: string };
}

const protocolOf = (client: Client): Protocol | undefined => {
  const { _protocol: protocol } = client as unknown as Inner;
  return typeof protocol?.session === "function" && typeof protocol.channelWindowAdjust === "function" ? (protocol as Protocol) : undefined;
};

/** While `open` asks for a channel, it asks for a narrow one. */
export function openingNarrow(client: Client, open: () => void): void {
  const protocol = protocolOf(client);
  if (protocol === undefined) {
    open();
    return;
  }
  const wide = protocol.session;
  protocol.session = (channel, _window, packet) => wide.call(protocol, channel, NARROW_BYTES, packet);
  try {
    open();
  } finally {
    protocol.session = wide;
  }
}

/** From here on the host may send as much as was taken, which the result is told; what ssh2 itself would add is left out. */
export function keepNarrow(client: Client, channel: ClientChannel): (bytes: number) => void {
  const protocol = protocolOf(client);
  const { incoming, outgoing } = channel as unknown as InnerChannel;
  if (protocol === undefined || incoming === undefined || typeof outgoing?.id !== "number") return () => undefined;
  const wide = incoming.window ?? 0;
  // It adds to a window that is half used up, and takes nothing that a full one doesn't allow: this one never changes.
  Object.defineProperty(incoming, "window", { get: () => wide, set: () => undefined, configurable: true });
  let taken = 0;
  return (bytes) => {
    taken += bytes;
    if (taken < TOLD_BYTES || outgoing.state !== "open") return;
    protocol.channelWindowAdjust(outgoing.id as number, taken);
    taken = 0;
  };
}
