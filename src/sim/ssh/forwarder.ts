/**
 * The wire between the console and a simulated host's sshd: a port of its own on loopback that passes bytes on, or swallows them.
 * What a host without power, a frozen one or a cut cable do to a connection can't be had from a socket alone.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Forwarder {
  readonly port: number;
  /** False: nothing passes in either direction, and nobody is told. New connections are taken and say nothing. */
  setPassing(on: boolean): void;
  /** What lies behind lost its memory: connections that it had are reset as soon as the console says something. */
  forget(): void;
  close(): Promise<void>;
}

/** Connections at once; a console needs one or two. */
const CONNECTIONS_MAX = 64;

interface Wire {
  readonly front: Socket;
  back: Socket | undefined;
  forgotten: boolean;
}

/** Passes bytes between the console and what lies behind, from now on. */
function join(wire: Wire, back_port: number, wires: Set<Wire>): void {
  const back = connect({ host: "127.0.0.1", port: back_port });
  wire.back = back;
  back.setNoDelay(true);
  wire.front.pipe(back);
  back.pipe(wire.front);
  const end = (): void => {
    wires.delete(wire);
    wire.front.destroy();
    back.destroy();
  };
  for (const socket of [wire.front, back]) socket.on("error", end).on("close", end);
}

function stop({ front, back }: Wire): void {
  front.unpipe();
  back?.unpipe();
  front.pause();
  back?.pause();
}

function pass(wire: Wire, back_port: number, wires: Set<Wire>): void {
  if (wire.forgotten) {
    // It answers what it doesn't know with a reset.
    wire.front.once("data", () => wire.front.resetAndDestroy());
    wire.front.resume();
  } else if (wire.back === undefined) join(wire, back_port, wires);
  else {
    wire.front.pipe(wire.back);
    wire.back.pipe(wire.front);
  }
}

export async function createForwarder(back_port: number): Promise<Forwarder> {
  const wires = new Set<Wire>();
  let passing = true;
  const server: Server = createServer((front) => {
    if (wires.size >= CONNECTIONS_MAX) {
      front.destroy();
      return;
    }
    front.setNoDelay(true);
    const wire: Wire = { front, back: undefined, forgotten: false };
    wires.add(wire);
    front.on("error", () => wires.delete(wire));
    front.on("close", () => wires.delete(wire));
    if (passing) join(wire, back_port, wires);
    else front.pause();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setPassing(on) {
      if (on === passing) return;
      passing = on;
      for (const wire of wires) {
        if (on) pass(wire, back_port, wires);
        else stop(wire);
      }
    },
    forget() {
      for (const wire of wires) {
        stop(wire);
        wire.forgotten = true;
        wire.back?.removeAllListeners("close");
        wire.back?.destroy();
      }
    },
    close: () =>
      new Promise((resolve) => {
        for (const { front, back } of wires) {
          front.destroy();
          back?.destroy();
        }
        server.close(() => resolve());
      }),
  };
}
