/** How much a host may send of a console before it was taken here: against ssh2's own server, which holds to what it is allowed. */
import type { AddressInfo } from "node:net";
import ssh2, { type Client, type ClientChannel, type ServerChannel } from "ssh2";
import { afterEach, describe, expect, it } from "vitest";
import { keepNarrow, NARROW_BYTES, openingNarrow } from "../../../../src/xen/host/ssh/narrow.ts";
import { makeKey } from "./server.ts";

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

/** A connection to a server that keeps each channel's other end by its command. */
async function connect(): Promise<{ readonly client: Client; readonly ends: Map<string, ServerChannel> }> {
  const ends = new Map<string, ServerChannel>();
  const server = new ssh2.Server({ hostKeys: [makeKey().private] }, (connection) => {
    connection.on("authentication", (context) => context.accept());
    connection.on("error", () => undefined);
    connection.on("session", (accept) => {
      const session = accept();
      session.on("pty", (allow) => allow?.());
      session.on("exec", (allow, _reject, { command }) => void ends.set(command, allow()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const client = new ssh2.Client();
  const ready = new Promise<void>((resolve, reject) => client.once("ready", resolve).once("error", reject));
  client.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, username: "root", password: "x" });
  closing.push(() => client.end());
  await ready;
  return { client, ends };
}

const exec = (client: Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => client.exec(command, { pty: true }, (error, channel) => (error ? reject(error) : resolve(channel))));
const narrow = (client: Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) =>
    openingNarrow(client, () => {
      exec(client, command).then(resolve, reject);
    }),
  );
const ALL = 1024 * 1024;
/** Everything that was said before has been carried out on both sides. */
const roundTrip = async (client: Client, ends: Map<string, ServerChannel>): Promise<void> => {
  const channel = await exec(client, "echo");
  const said = new Promise<void>((resolve) => channel.once("data", () => resolve()));
  ends.get("echo")?.write("x");
  await said;
};

describe("a narrow channel", () => {
  it("has few bytes under way until they are taken, and then all of them comes", async () => {
    const { client, ends } = await connect();
    const channel = await narrow(client, "flood");
    const took = keepNarrow(client, channel);
    const end = ends.get("flood");
    end?.write(Buffer.alloc(ALL, "y"));
    await roundTrip(client, ends);
    expect(channel.readableLength).toBe(NARROW_BYTES);
    // A wide one on the same connection is as it was.
    const wide = await exec(client, "wide");
    ends.get("wide")?.write(Buffer.alloc(ALL, "z"));
    await roundTrip(client, ends);
    expect(wide.readableLength).toBe(ALL);
    let read = 0;
    await new Promise<void>((resolve) => {
      channel.on("data", (chunk: Buffer) => {
        read += chunk.length;
        took(chunk.length);
        if (read === ALL) resolve();
      });
    });
    // And on, for ever.
    end?.write(Buffer.alloc(ALL, "y"));
    await new Promise<void>((resolve) => {
      channel.on("data", () => read === 2 * ALL && resolve());
    });
    expect(read).toBe(2 * ALL);
  });

  it("holds its host back while nothing is taken", async () => {
    const { client, ends } = await connect();
    const channel = await narrow(client, "flood");
    const took = keepNarrow(client, channel);
    ends.get("flood")?.write(Buffer.alloc(ALL, "y"));
    const first = await new Promise<number>((resolve) => {
      channel.once("data", (chunk: Buffer) => {
        channel.pause();
        took(chunk.length);
        resolve(chunk.length);
      });
    });
    await roundTrip(client, ends);
    expect(first + channel.readableLength).toBeLessThanOrEqual(2 * NARROW_BYTES);
  });
});
