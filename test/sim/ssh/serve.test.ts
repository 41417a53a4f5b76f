import { existsSync, readFileSync, statSync } from "node:fs";
import ssh2, { type ClientChannel, type Client as SshClient } from "ssh2";
import { afterEach, describe, expect, it } from "vitest";
import { createSim, realClock, type ServedSim, type Sim, serveSim } from "../../../src/sim/index.ts";
import { createFrameDecoder } from "../../../src/xen/host/frames.ts";
import { probeSource } from "../../../src/xen/host/probe-source.ts";
import type { ProbeFrame } from "../../../src/xen/host/wire.ts";
import { type ReadingId, readings } from "../../../src/xen/read/index.ts";

const open: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function served(): Promise<{ sim: Sim; server: ServedSim }> {
  const sim = createSim({ scenario: "pair", clock: realClock });
  if (sim === undefined) throw new Error("no scenario");
  sim.start();
  const server = await serveSim(sim);
  open.push({ close: () => sim.stop() }, server);
  return { sim, server };
}

interface Login {
  readonly username?: string;
  readonly privateKey?: string;
  readonly readyTimeout?: number;
}

/** undefined: refused, with the reason. */
function connect(server: ServedSim, at: 0 | 1, login: Login = {}): Promise<SshClient | string> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    client.on("ready", () => {
      open.push({ close: () => void client.end() });
      resolve(client);
    });
    client.on("error", (error) => resolve(error.message));
    client.connect({
      host: "127.0.0.1",
      port: server.ports[at],
      username: "root",
      privateKey: server.clientKey,
      hostVerifier: (key: Buffer) => server.hostKeys[at].split(" ")[1] === key.toString("base64"),
      ...login,
    });
  });
}

async function ready(server: ServedSim, at: 0 | 1): Promise<SshClient> {
  const client = await connect(server, at);
  if (typeof client === "string") throw new Error(client);
  return client;
}

const exec = (client: SshClient, command: string): Promise<ClientChannel | string> =>
  new Promise((resolve) => {
    client.exec(command, (error, channel) => resolve(error === undefined || error === null ? channel : error.message));
  });

function whole(channel: ClientChannel): Promise<{ stdout: string; stderr: string; code: number | undefined }> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    let code: number | undefined;
    channel.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    channel.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    channel.on("exit", (status: number) => {
      code = status;
    });
    channel.on("close", () => resolve({ stdout, stderr, code }));
  });
}

/** Listens from the very moment the channel is there: the exit status may be in the same packet. */
function run(client: SshClient, command: string): Promise<{ stdout: string; stderr: string; code: number | undefined }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined && error !== null) reject(error);
      else whole(channel).then(resolve, reject);
    });
  });
}

/** Starts the probe and gives its frames; `until` ends the waiting. */
function probe(channel: ClientChannel, until: (frames: readonly ProbeFrame[]) => boolean): Promise<readonly ProbeFrame[]> {
  const decoder = createFrameDecoder();
  const frames: ProbeFrame[] = [];
  return new Promise((resolve, reject) => {
    channel.on("data", (chunk: Buffer) => {
      frames.push(...decoder.push(chunk));
      if (until(frames)) resolve(frames);
    });
    channel.on("close", () => reject(new Error("the channel closed")));
  });
}

describe("the pair over ssh", () => {
  it("lets its own key in as root, and nobody else", async () => {
    const { server } = await served();
    expect(await connect(server, 0)).toBeInstanceOf(ssh2.Client);
    expect(await connect(server, 0, { username: "ana" })).toMatch(/authentication/i);
    expect(await connect(server, 0, { privateKey: ssh2.utils.generateKeyPairSync("ed25519").private })).toMatch(/authentication/i);
  });

  it("gives files by which ssh finds and trusts it, for the owner alone, and takes them away", async () => {
    const { server } = await served();
    const { files } = server;
    expect(statSync(files.key).mode & 0o077).toBe(0);
    expect(readFileSync(files.known_hosts, "utf8")).toBe(server.knownHostsText);
    expect(readFileSync(files.ssh_config, "utf8")).toBe(server.sshConfigText);
    expect(server.knownHostsText).toContain(`[127.0.0.1]:${server.ports[1]} ssh-ed25519 `);
    expect(server.hostKeys[0]).not.toBe(server.hostKeys[1]);
    await server.close();
    expect(existsSync(files.directory)).toBe(false);
  });

  it("plays the probe after it was sent its program: every reading comes, and asking works", async () => {
    const { server } = await served();
    const channel = await exec(await ready(server, 0), "exec /bin/sh -s");
    if (typeof channel === "string") throw new Error(channel);
    channel.write(probeSource(Object.values(readings)));
    const told = (frames: readonly ProbeFrame[]): Set<string> =>
      new Set(frames.flatMap((frame) => (frame.kind === "section" ? [frame.id] : [])));
    const frames = await probe(channel, (so_far) => told(so_far).size === Object.keys(readings).length);
    expect(frames[0]).toMatchObject({ kind: "hello" });
    for (const frame of frames)
      if (frame.kind === "section") {
        const result = readings[frame.id as ReadingId].parse(frame);
        if (!result.ok) expect(result, frame.id).toMatchObject({ kind: "absent" });
      }
    channel.write("q\n");
    const closed = whole(channel);
    expect((await closed).code).toBe(0);
  });

  it("is told of events at once", async () => {
    const { sim, server } = await served();
    const channel = await exec(await ready(server, 0), "xenha-probe");
    if (typeof channel === "string") throw new Error(channel);
    const event = probe(channel, (frames) => frames.some((frame) => frame.kind === "event" && frame.line.includes("name:web01")));
    sim.fault.disconnect("web01", "alpha");
    expect((await event).some((frame) => frame.kind === "event" && frame.stream === "drbd")).toBe(true);
  });

  it("answers plain commands, and says what it hasn't", async () => {
    const { server } = await served();
    const client = await ready(server, 1);
    expect(await run(client, "xl list")).toMatchObject({ code: 0, stdout: expect.stringContaining("ldap01") });
    expect(await run(client, "hostname")).toEqual({ code: 0, stdout: "beta\n", stderr: "" });
    expect(await run(client, "rm -rf /")).toMatchObject({ code: 127, stderr: expect.stringContaining("not found") });
  });

  it("opens ten sessions on a connection, not eleven", async () => {
    const { server } = await served();
    const client = await ready(server, 0);
    const opened: (ClientChannel | string)[] = [];
    for (let at = 0; at < 11; at += 1) opened.push(await exec(client, "exec /bin/sh -s"));
    expect(opened.filter((channel) => typeof channel === "string")).toHaveLength(1);
    expect(typeof opened[10]).toBe("string");
  });

  it("swallows packets while a host is frozen, and passes them on when it goes on", async () => {
    const { sim, server } = await served();
    const client = await ready(server, 0);
    sim.fault.hostFrozen("alpha");
    let answered = false;
    const hostname = run(client, "hostname").then((result) => {
      answered = true;
      return result;
    });
    expect(await connect(server, 0, { readyTimeout: 300 })).toMatch(/timed out/i);
    expect(answered).toBe(false);
    sim.fault.hostThawed("alpha");
    expect((await hostname).stdout).toBe("alpha\n");
  });

  it("knows nothing of old connections after a host lost its power", async () => {
    const { sim, server } = await served();
    const client = await ready(server, 0);
    const gone = new Promise<string>((resolve) => {
      client.on("error", (error) => resolve(error.message));
      client.on("close", () => resolve("closed"));
    });
    sim.fault.hostDead("alpha");
    expect(await connect(server, 0, { readyTimeout: 300 })).toMatch(/timed out/i);
    sim.world.hosts[0].power = "on";
    sim.fault.consoleLinkBack("alpha");
    client.exec("hostname", () => {});
    expect(await gone).toMatch(/ECONNRESET|closed/);
    expect(await connect(server, 0)).toBeInstanceOf(ssh2.Client);
  });
});
