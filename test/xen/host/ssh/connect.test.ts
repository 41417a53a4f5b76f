import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import ssh2, { type AuthContext, type ParsedKey } from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ConnectResult, connectSsh, type SshConnection } from "../../../../src/xen/host/ssh/connect.ts";
import type { SshContext } from "../../../../src/xen/host/ssh/context.ts";
import { fingerprint } from "../../../../src/xen/host/ssh/known-hosts.ts";
import type { ConnectFailure, ConnectStep } from "../../../../src/xen/host/ssh/steps.ts";
import { makeContext, operator } from "./context.ts";
import { createFakeClock } from "./fake-clock.ts";
import { acceptKey, makeFolder, makeKey, startServer, type TestKey, type TestServer, writeKey } from "./server.ts";

async function connect(context: SshContext, name = "alpha", onStep: (step: ConnectStep) => void = () => undefined): Promise<ConnectResult> {
  const result = await connectSsh({ name, host: name, context, signal: new AbortController().signal, onStep });
  if (result.ok) onTestFinished(() => result.connection.close());
  return result;
}
async function connected(context: SshContext, name?: string): Promise<SshConnection> {
  const result = await connect(context, name);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.connection;
}
async function failure(context: SshContext, name?: string): Promise<ConnectFailure> {
  const result = await connect(context, name);
  if (result.ok) throw new Error("it connected");
  return result.failure;
}
const record = (folder: string, ...servers: readonly TestServer[]) => {
  const path = join(folder, "known_hosts");
  writeFileSync(path, servers.map(({ port, host_key }) => `[127.0.0.1]:${port} ${host_key.line}\n`).join(""));
  return path;
};
const block = (name: string, server: { port: number }, ...more: readonly string[]) =>
  [`Host ${name}`, "HostName 127.0.0.1", `Port ${server.port}`, "User root", ...more, ""].join("\n");

describe("a connection", () => {
  it("is made with a key file, verified by known_hosts, and told step by step", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({
      onAuth: acceptKey(key),
      onExec: (_command, channel) => {
        channel.write("out");
        channel.stderr.write("err");
        channel.exit(3);
        channel.end();
      },
    });
    const known = record(folder, server);
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${known}`);
    const steps: ConnectStep[] = [];
    const context = makeContext({ folder, config });
    const result = await connect(context, "alpha", (step) => steps.push(step));
    if (!result.ok) throw new Error(JSON.stringify(result.failure));
    expect(steps).toEqual([
      { kind: "hops", hops: ["alpha"], source: "files" },
      { kind: "connecting", hop: "alpha", way: `127.0.0.1 port ${server.port}` },
      { kind: "connected", hop: "alpha", way: `127.0.0.1 port ${server.port}`, took_ms: 0 },
      {
        kind: "host_key",
        hop: "alpha",
        key_type: "ssh-ed25519",
        fingerprint: server.host_key.fingerprint,
        how: "known",
        file: known,
        line: 1,
      },
      { kind: "authenticated", hop: "alpha", user: "root", method: "publickey id" },
    ]);
    const ran = await result.connection.exec("do it");
    if (!ran.ok) throw new Error(ran.failure.reason);
    const said: string[] = [];
    ran.channel.onData((chunk) => said.push(Buffer.from(chunk).toString()));
    ran.channel.onStderr((chunk) => said.push(Buffer.from(chunk).toString()));
    const end = await new Promise((resolve) => ran.channel.onClose(resolve));
    expect(end).toEqual({ code: 3, signal: undefined });
    expect(said.sort()).toEqual(["err", "out"]);
    expect(server.commands).toEqual(["do it"]);
  });

  it("opens at most six channels at once", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({ onAuth: acceptKey(key) });
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${record(folder, server)}`);
    const connection = await connected(makeContext({ folder, config }));
    const results = await Promise.all(Array.from({ length: 7 }, () => connection.exec("wait")));
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, false]);
    expect(results[6]).toMatchObject({ failure: { reason: "6 channels are open already" } });
  });

  it("tells when the server dies, and leaves no timer behind", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const clock = createFakeClock();
    const server = await startServer({ onAuth: acceptKey(key) });
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${record(folder, server)}`);
    const connection = await connected(makeContext({ folder, config, clock }));
    const closed = new Promise((resolve) => connection.onClosed(resolve));
    server.cut();
    expect(await closed).toMatch(/^alpha/);
    expect(clock.pending).toBe(0);
    expect(await connection.exec("x")).toMatchObject({ ok: false });
  });
});

describe("host keys", () => {
  async function unknownHost(more: readonly string[] = []) {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({ onAuth: acceptKey(key) });
    const known = join(folder, ".ssh", "known_hosts");
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${known}`, ...more);
    return { folder, server, known, config };
  }

  it("unknown: shown and asked, then recorded and not asked again", async () => {
    const { folder, server, known, config } = await unknownHost();
    const { ask, asked } = operator("yes");
    const context = makeContext({ folder, config, ask });
    (await connected(context)).close();
    expect(asked).toEqual([
      { kind: "host_key", host: "alpha", hop: "alpha", key_type: "ssh-ed25519", fingerprint: server.host_key.fingerprint, file: known },
    ]);
    expect(readFileSync(known, "utf8")).toBe(`[127.0.0.1]:${server.port} ${server.host_key.line}\n`);
    await connected(context);
    expect(asked).toHaveLength(1);
  });

  it("unknown: the fingerprint itself is an answer, anything else is no", async () => {
    const { folder, server, config } = await unknownHost(["HashKnownHosts yes"]);
    for (const answer of ["y", "no", "", undefined]) {
      const refused = await failure(makeContext({ folder, config, ask: operator(answer).ask }));
      expect(refused).toMatchObject({ hop: "alpha", phase: "host_key", retry: false });
    }
    await connected(makeContext({ folder, config, ask: operator(server.host_key.fingerprint).ask }));
  });

  it("unknown, and nobody to ask: refused with the fingerprint and what to do", async () => {
    const { folder, server, config } = await unknownHost();
    const refused = await failure(makeContext({ folder, config }));
    expect(refused).toMatchObject({ phase: "host_key", retry: false });
    expect(refused.reason).toContain(server.host_key.fingerprint);
    expect(refused.advice).toContain("run `ssh alpha` once");
  });

  it("unknown with StrictHostKeyChecking no or accept-new: asked all the same, and told why", async () => {
    for (const strict of ["no", "accept-new"]) {
      const { folder, config } = await unknownHost([`StrictHostKeyChecking ${strict}`]);
      const { ask, asked } = operator();
      await failure(makeContext({ folder, config, ask }));
      expect(asked).toMatchObject([
        { kind: "host_key", note: `StrictHostKeyChecking is ${strict}, but this console never accepts a key unasked` },
      ]);
    }
  });

  it("unknown with StrictHostKeyChecking yes: refused unasked, as ssh does", async () => {
    const { folder, config } = await unknownHost(["StrictHostKeyChecking yes"]);
    const { ask, asked } = operator("yes");
    expect((await failure(makeContext({ folder, config, ask }))).reason).toMatch(/StrictHostKeyChecking is yes/);
    expect(asked).toEqual([]);
  });

  it("changed: refused with file and line, nobody asked, no secret offered", async () => {
    const folder = makeFolder();
    let attempts = 0;
    const server = await startServer({
      onAuth: (context) => {
        attempts += 1;
        context.reject();
      },
    });
    const known = join(folder, "known_hosts");
    writeFileSync(known, `# one\n[127.0.0.1]:${server.port} ${makeKey().line}\n`);
    const { ask, asked } = operator("yes");
    const refused = await failure(makeContext({ folder, config: block("alpha", server, `UserKnownHostsFile ${known}`), ask }));
    expect(refused).toMatchObject({ hop: "alpha", phase: "host_key", retry: false });
    expect(refused.reason).toMatch(`host key changed (${known}:2)`);
    expect(refused.advice).toContain(`ssh-keygen -R '[127.0.0.1]:${server.port}' -f ${known}`);
    expect(asked).toEqual([]);
    expect(attempts).toBe(0);
  });

  it("revoked: refused, whatever else is known", async () => {
    const folder = makeFolder();
    const server = await startServer({ onAuth: (context) => context.reject() });
    const known = record(folder, server);
    writeFileSync(known, `${readFileSync(known, "utf8")}@revoked * ${server.host_key.line}\n`);
    const refused = await failure(makeContext({ folder, config: block("alpha", server, `UserKnownHostsFile ${known}`) }));
    expect(refused).toMatchObject({ phase: "host_key", retry: false, reason: expect.stringMatching(`host key revoked at ${known}:2`) });
    writeFileSync(join(folder, "revoked"), `# indented, as OpenSSH allows\n \t${server.host_key.line} stolen\n`);
    const config = block("alpha", server, `UserKnownHostsFile ${record(folder, server)}`, `RevokedHostKeys ${join(folder, "revoked")}`);
    expect((await failure(makeContext({ folder, config }))).reason).toBe(`the host key is revoked by ${join(folder, "revoked")}:2`);
    const absent = block("alpha", server, `UserKnownHostsFile ${known}`, "RevokedHostKeys /nonexistent/krl");
    expect((await failure(makeContext({ folder, config: absent }))).reason).toMatch(/can't be read, so no host key can be trusted/);
  });

  it("vouched for by a certificate authority only: asked, and told why", async () => {
    const { folder, server, known, config } = await unknownHost();
    const { ask, asked } = operator("yes");
    const context = makeContext({ folder, config: config.replace(known, join(folder, "ca")), ask });
    writeFileSync(join(folder, "ca"), `@cert-authority *,[*]:* ${makeKey().line}\n`);
    await connected(context);
    expect(asked).toMatchObject([{ note: expect.stringMatching(/ca:1 vouches for this host by a certificate authority/) }]);
    expect(server.connections).toBe(1);
  });

  it("two hosts behind one unknown key ask once at a time, and the second sees the first's answer", async () => {
    const { folder, server, known, config } = await unknownHost();
    const { ask, asked } = operator("yes", "yes");
    const context = makeContext({ folder, config: `${config}\n${config.replace("Host alpha", "Host beta")}`, ask });
    await Promise.all([connected(context, "alpha"), connected(context, "beta")]);
    expect(asked).toHaveLength(1);
    expect(readFileSync(known, "utf8").split("\n")).toHaveLength(2);
    expect(server.connections).toBe(2);
  });
});

describe("authentication", () => {
  it("asks a passphrase only once the server wants the key, three times at most, and keeps the key for the next time", async () => {
    const folder = makeFolder();
    const key = makeKey("sesame");
    const server = await startServer({ onAuth: acceptKey(key) });
    const path = writeKey(folder, "id", key);
    const config = block("alpha", server, `IdentityFile ${path}`, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator("wrong", "sesame");
    const context = makeContext({ folder, config, ask });
    (await connected(context)).close();
    expect(asked.map((prompt) => prompt.kind === "secret" && [prompt.label, prompt.echo])).toEqual([
      [`passphrase for ${path}`, false],
      [`passphrase for ${path} (wrong; try 2 of 3)`, false],
    ]);
    await connected(context);
    expect(asked).toHaveLength(2);
    const tired = operator("a", "b", "c", "sesame");
    expect(await failure(makeContext({ folder, config, ask: tired.ask }))).toMatchObject({ phase: "auth", retry: false });
    expect(tired.asked).toHaveLength(3);
  });

  it("never asks for the passphrase of a key that the server doesn't want", async () => {
    const folder = makeFolder();
    const [locked, open] = [makeKey("sesame"), makeKey()];
    const server = await startServer({ onAuth: acceptKey(open) });
    const files = [`IdentityFile ${writeKey(folder, "locked", locked)}`, `IdentityFile ${writeKey(folder, "open", open)}`];
    const config = block("alpha", server, ...files, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator();
    await connected(makeContext({ folder, config, ask }));
    expect(asked).toEqual([]);
  });

  it("a locked key and nobody to ask: refused, with ssh-add as advice", async () => {
    const folder = makeFolder();
    const key = makeKey("sesame");
    const server = await startServer({ onAuth: acceptKey(key) });
    const path = writeKey(folder, "id", key);
    const config = block("alpha", server, `IdentityFile ${path}`, `UserKnownHostsFile ${record(folder, server)}`);
    expect(await failure(makeContext({ folder, config }))).toMatchObject({
      phase: "auth",
      retry: false,
      reason: "permission denied for root: no key could be offered; the server takes publickey",
      advice: expect.stringContaining(`ssh-add ${path}`),
    });
  });

  it("answers keyboard-interactive, question by question", async () => {
    const folder = makeFolder();
    const server = await startServer({
      onAuth: (context) => {
        if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
        context.prompt(
          [
            { prompt: "Password: ", echo: false },
            { prompt: "Code: ", echo: true },
          ],
          "Two steps",
          (answers) => {
            if (answers.join() === "geheim,123456") context.accept();
            else context.reject(["keyboard-interactive"]);
          },
        );
      },
    });
    const config = block("alpha", server, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator("geheim", "000000", "geheim", "123456");
    await connected(makeContext({ folder, config, ask }));
    expect(asked.map((prompt) => prompt.kind === "secret" && [prompt.label, prompt.echo])).toEqual([
      ["Two steps · Password", false],
      ["Two steps · Code", true],
      ["Two steps · Password", false],
      ["Two steps · Code", true],
    ]);
  });

  it("goes on to a second factor after the key", async () => {
    const folder = makeFolder();
    const key = makeKey("sesame");
    let signed = false;
    const server = await startServer({
      onAuth: (context) => {
        if (context.method === "publickey" && !signed) {
          if (context.signature === undefined) return context.accept();
          signed = true;
          return context.reject(["keyboard-interactive"], true);
        }
        if (context.method !== "keyboard-interactive" || !signed) return context.reject([signed ? "keyboard-interactive" : "publickey"]);
        context.prompt([{ prompt: "Code", echo: true }], () => context.accept());
      },
    });
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator("sesame", "1");
    await connected(makeContext({ folder, config, ask }));
    expect(asked).toHaveLength(2);
  });

  it("asks for a password last, and says what was tried when nothing helps", async () => {
    const folder = makeFolder();
    const server = await startServer({
      onAuth: (context) =>
        context.method === "password" && context.password === "geheim" ? context.accept() : context.reject(["publickey", "password"]),
    });
    const config = block(
      "alpha",
      server,
      `IdentityFile ${writeKey(folder, "id", makeKey())}`,
      `UserKnownHostsFile ${record(folder, server)}`,
    );
    const { ask, asked } = operator("geheim");
    await connected(makeContext({ folder, config, ask }));
    expect(asked).toEqual([{ kind: "secret", host: "alpha", hop: "alpha", label: "password for root on alpha", echo: false }]);
    const wrong = await failure(makeContext({ folder, config, ask: operator("a", "b", "c").ask }));
    expect(wrong).toMatchObject({
      phase: "auth",
      retry: false,
      reason: "permission denied for root: tried publickey id, password, password, password; the server takes publickey, password",
    });
    expect(await failure(makeContext({ folder, config, ask: operator().ask }))).toMatchObject({
      retry: false,
      reason: "authentication needed: the password was not given",
    });
    expect((await failure(makeContext({ folder, config }))).advice).toMatch(/nobody is here to answer/);
  });

  it("tells a refusal from a connection that is just gone", async () => {
    const folder = makeFolder();
    const key = makeKey();
    let cut: () => void = () => undefined;
    const server = await startServer({ onAuth: (context) => (context.method === "none" ? context.reject(["publickey"]) : cut()) });
    cut = server.cut;
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${record(folder, server)}`);
    expect(await failure(makeContext({ folder, config }))).toMatchObject({ phase: "auth", retry: true });
  });

  it("passes over a key file that others may read, and says so", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({ onAuth: acceptKey(key) });
    const path = writeKey(folder, "id", key);
    chmodSync(path, 0o644);
    const steps: ConnectStep[] = [];
    const config = block("alpha", server, `IdentityFile ${path}`, `UserKnownHostsFile ${record(folder, server)}`);
    const result = await connect(makeContext({ folder, config }), "alpha", (step) => steps.push(step));
    expect(result.ok).toBe(false);
    expect(steps).toContainEqual(expect.objectContaining({ kind: "note", fix: `chmod 600 ${path}` }));
  });

  it("lets no server text through that could move the cursor", async () => {
    const folder = makeFolder();
    const server = await startServer({
      onAuth: (context) => {
        if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
        context.prompt([{ prompt: "\u001b[2J\u202ePassword: ", echo: false }], "", () => context.reject(["keyboard-interactive"]));
      },
    });
    const config = block("alpha", server, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator("x", "y", "z");
    await failure(makeContext({ folder, config, ask }));
    expect(asked).toHaveLength(3);
    expect(asked[0]).toMatchObject({ label: "\ufffd[2J\ufffdPassword", from_server: true });
  });
});

async function chain(inner: { forward: boolean }) {
  const folder = makeFolder();
  const [key1, key2, key3] = [makeKey(), makeKey(), makeKey()];
  const jump1 = await startServer({ onAuth: acceptKey(key1), forward: true });
  const jump2 = await startServer({ onAuth: acceptKey(key2), forward: inner.forward });
  const host = await startServer({ onAuth: acceptKey(key3), onExec: (_command, channel) => channel.end("there") });
  const known = record(folder, jump1, jump2, host);
  const config = [
    block("jump1", jump1, `IdentityFile ${writeKey(folder, "one", key1)}`),
    block("jump2", jump2, `IdentityFile ${writeKey(folder, "two", key2)}`),
    block("alpha", host, `IdentityFile ${writeKey(folder, "three", key3)}`, "ProxyJump jump1,jump2"),
    `Host *\nUserKnownHostsFile ${known}\n`,
  ].join("\n");
  return { folder, config, jump1, jump2, host, known };
}

describe("jump hosts", () => {
  it("are passed one after the other, each verified and authenticated", async () => {
    const { folder, config, host } = await chain({ forward: true });
    const steps: ConnectStep[] = [];
    const result = await connect(makeContext({ folder, config }), "alpha", (step) => steps.push(step));
    if (!result.ok) throw new Error(JSON.stringify(result.failure));
    const seen = steps.flatMap((step) => (step.kind === "host_key" || step.kind === "authenticated" ? [`${step.kind} ${step.hop}`] : []));
    expect(seen).toEqual(["jump1", "jump2", "alpha"].flatMap((hop) => [`host_key ${hop}`, `authenticated ${hop}`]));
    const ran = await result.connection.exec("where");
    if (!ran.ok) throw new Error(ran.failure.reason);
    const said = await new Promise<string>((resolve) => ran.channel.onData((chunk) => resolve(Buffer.from(chunk).toString())));
    expect([said, host.commands]).toEqual(["there", ["where"]]);
  });

  it("with a changed key are refused by name, and nothing behind them is reached", async () => {
    const { folder, config, jump1, host, known } = await chain({ forward: true });
    writeFileSync(known, readFileSync(known, "utf8").replace(jump1.host_key.line, makeKey().line));
    expect(await failure(makeContext({ folder, config }))).toMatchObject({ hop: "jump1", phase: "host_key", retry: false });
    expect(host.connections).toBe(0);
  });

  it("that don't forward are named as the reason for the hop behind them", async () => {
    const { folder, config } = await chain({ forward: false });
    const refused = await failure(makeContext({ folder, config }));
    expect(refused).toMatchObject({
      hop: "alpha",
      phase: "channel",
      retry: true,
      reason: expect.stringMatching(/^channel from jump2 to 127.0.0.1 port \d+ refused/),
    });
  });

  it("are all closed when the connection is", async () => {
    const { folder, config, jump1, jump2 } = await chain({ forward: true });
    const connection = await connected(makeContext({ folder, config }));
    const closed = new Promise((resolve) => connection.onClosed(resolve));
    jump2.cut();
    expect(await closed).toMatch(/closed the connection|Connection|jump2|alpha/);
    expect(jump1.connections).toBe(1);
  });
});

describe("what goes wrong on the way", () => {
  const free = async (): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return address !== null && typeof address === "object" ? address.port : 0;
  };

  it("a refused connection", async () => {
    const port = await free();
    const refused = await failure(makeContext({ folder: makeFolder(), config: block("alpha", { port }) }));
    expect(refused).toMatchObject({ hop: "alpha", phase: "tcp", reason: "connection refused", retry: true });
  });

  it("a name that doesn't resolve", async () => {
    expect(await failure(makeContext({ folder: makeFolder(), config: "Host alpha\nHostName no-such-host.invalid\n" }))).toMatchObject({
      hop: "alpha",
      phase: "resolve",
      reason: "name does not resolve",
      retry: true,
    });
  });

  it("a configuration that can't be understood", async () => {
    const refused = await failure(makeContext({ folder: makeFolder(), config: "Host alpha\nPort x\n" }));
    expect(refused).toMatchObject({ hop: "alpha", phase: "config", reason: 'Port "x" is not a port', retry: false });
  });

  it("nothing in common in the key exchange", async () => {
    const folder = makeFolder();
    const server = await startServer({ onAuth: (context) => context.reject(), kex: ["diffie-hellman-group1-sha1"] });
    expect(await failure(makeContext({ folder, config: block("alpha", server) }))).toMatchObject({
      phase: "handshake",
      reason: "no common key exchange algorithm with the server",
      retry: false,
    });
    const config = block("alpha", server, "KexAlgorithms mlkem768x25519-sha256");
    expect(await failure(makeContext({ folder, config }))).toMatchObject({
      phase: "config",
      reason: expect.stringMatching(/^nothing in KexAlgorithms/),
      retry: false,
    });
  });

  /** A server that accepts and is handled by hand. */
  async function bare(onSocket: (socket: Socket) => void): Promise<{ port: number; accepted: Promise<void> }> {
    let accept: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => {
      accept = resolve;
    });
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      onSocket(socket);
      accept();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return { port: address !== null && typeof address === "object" ? address.port : 0, accepted };
  }

  it("a host that accepts and then hangs", async () => {
    const clock = createFakeClock();
    const { port } = await bare(() => undefined);
    const steps: ConnectStep[] = [];
    let told: () => void = () => undefined;
    const tcp = new Promise<void>((resolve) => {
      told = resolve;
    });
    const result = connect(makeContext({ folder: makeFolder(), config: block("alpha", { port }), clock }), "alpha", (step) => {
      steps.push(step);
      if (step.kind === "connected") told();
    });
    await tcp;
    clock.advance(10_000);
    expect(await result).toMatchObject({
      ok: false,
      failure: { hop: "alpha", phase: "handshake", reason: "timed out after 10 s at the handshake", retry: true },
    });
    expect(clock.pending).toBe(0);
  });

  it("a host that hangs up before it says anything", async () => {
    const { port } = await bare((socket) => socket.end());
    expect(await failure(makeContext({ folder: makeFolder(), config: block("alpha", { port }) }))).toMatchObject({
      phase: "handshake",
      reason: "the server closed the connection before it said anything",
      retry: true,
    });
  });

  it("a host that isn't an ssh server", async () => {
    const { port } = await bare((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await failure(makeContext({ folder: makeFolder(), config: block("alpha", { port }) }))).toMatchObject({
      phase: "handshake",
      retry: true,
    });
  });

  it("an attempt that is called off leaves nothing, wherever it is", async () => {
    const { folder, config, jump1, host } = await chain({ forward: true });
    const kinds = ["hops", ...["jump1", "alpha"].flatMap(() => ["connecting", "connected", "host_key", "authenticated"])];
    for (const [stop, kind] of kinds.entries()) {
      const clock = createFakeClock();
      const abort = new AbortController();
      const seen: string[] = [];
      const onStep = (step: ConnectStep) => {
        seen.push(step.kind);
        if (seen.length === stop + 1) abort.abort();
      };
      const context = makeContext({ folder, config: config.replace("jump1,jump2", "jump1"), clock });
      const result = await connectSsh({ name: "alpha", host: "alpha", context, signal: abort.signal, onStep });
      expect([seen.at(-1), result.ok]).toEqual([kind, false]);
      await Promise.all([jump1.quiet(), host.quiet()]);
      expect(clock.pending).toBe(0);
    }
  });
});

describe("the agent", () => {
  /** An ssh-agent on a socket; `deaf` accepts and never answers. */
  async function agent(keys: readonly TestKey[], deaf = false): Promise<{ socket: string; asked: Promise<void> }> {
    const path = join(makeFolder(), "agent");
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const parsed = keys.map((key) => ssh2.utils.parseKey(key.private)).filter((key) => !(key instanceof Error)) as ParsedKey[];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      onTestFinished(() => {
        socket.destroy();
      });
      tell();
      if (deaf) return;
      const protocol = new ssh2.AgentProtocol(false);
      protocol.on("identities", (request) => protocol.getIdentitiesReply(request, parsed));
      protocol.on("sign", (request, wanted, data) => {
        const key = parsed.find((own) => own.getPublicSSH().equals(wanted.getPublicSSH()));
        if (key === undefined) protocol.failureReply(request);
        else protocol.signReply(request, key.sign(data));
      });
      protocol.on("error", () => undefined);
      socket.pipe(protocol).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      server.close();
    });
    return { socket: path, asked };
  }
  const tried = (server: { onAuth: (context: AuthContext) => void }, offered: string[]) => (context: AuthContext) => {
    if (context.method === "publickey" && context.signature === undefined) offered.push(fingerprint(context.key.data));
    server.onAuth(context);
  };

  it("gives its keys, those of the configured files first; only those with IdentitiesOnly", async () => {
    const folder = makeFolder();
    const [first, second] = [makeKey(), makeKey()];
    const offered: string[] = [];
    const server = await startServer({ onAuth: tried({ onAuth: acceptKey(second) }, offered) });
    const { socket } = await agent([first, second]);
    const config = block("alpha", server, `UserKnownHostsFile ${record(folder, server)}`);
    const env = { SSH_AUTH_SOCK: socket };
    (await connected(makeContext({ folder, config, env }))).close();
    expect(offered.splice(0)).toEqual([first.fingerprint, second.fingerprint]);
    writeFileSync(join(folder, "second.pub"), second.public);
    const configured = `${config}IdentityFile ${join(folder, "second")}\n`;
    (await connected(makeContext({ folder, config: configured, env }))).close();
    expect(offered.splice(0)).toEqual([second.fingerprint]);
    writeFileSync(join(folder, "second.pub"), first.public);
    const refused = await failure(makeContext({ folder, config: `${configured}IdentitiesOnly yes\n`, env }));
    expect(refused.reason).toMatch(/^permission denied for root: tried publickey agent key [^;]*; the server takes publickey$/);
    expect(offered).toEqual([first.fingerprint]);
  });

  it("that holds the first of two factors is followed by the second", async () => {
    const folder = makeFolder();
    const key = makeKey();
    let signed = false;
    const server = await startServer({
      onAuth: (context) => {
        if (context.method === "publickey" && !signed) {
          if (context.signature === undefined) return context.accept();
          signed = true;
          return context.reject(["keyboard-interactive"], true);
        }
        if (context.method !== "keyboard-interactive" || !signed) return context.reject([signed ? "keyboard-interactive" : "publickey"]);
        context.prompt([{ prompt: "Code", echo: true }], () => context.accept());
      },
    });
    const { socket } = await agent([key]);
    const config = block("alpha", server, `UserKnownHostsFile ${record(folder, server)}`);
    const { ask, asked } = operator("1");
    await connected(makeContext({ folder, config, ask, env: { SSH_AUTH_SOCK: socket } }));
    expect(asked).toHaveLength(1);
  });

  it("that doesn't answer is passed over after three seconds, and one that isn't there at once", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const clock = createFakeClock();
    const server = await startServer({ onAuth: acceptKey(key) });
    const { socket, asked } = await agent([], true);
    const config = block("alpha", server, `IdentityFile ${writeKey(folder, "id", key)}`, `UserKnownHostsFile ${record(folder, server)}`);
    const notes: string[] = [];
    const onStep = (step: ConnectStep) => step.kind === "note" && notes.push(step.text);
    const result = connect(makeContext({ folder, config, clock, env: { SSH_AUTH_SOCK: socket } }), "alpha", onStep);
    await asked;
    clock.advance(3_000);
    expect((await result).ok).toBe(true);
    expect(notes).toEqual([`the agent at ${socket} can't be used: it didn't answer within 3 s`]);
    const gone = join(folder, "no-agent");
    expect((await connect(makeContext({ folder, config, env: { SSH_AUTH_SOCK: gone } }), "alpha", onStep)).ok).toBe(true);
    expect(notes[1]).toMatch(`the agent at ${gone} can't be used`);
  });
});

describe("ProxyCommand", () => {
  it("is the way there", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({ onAuth: acceptKey(key) });
    // A netcat made of what is certainly here.
    const relay = join(folder, "relay.mjs");
    writeFileSync(
      relay,
      'import { connect } from "node:net";\nconst socket = connect(Number(process.argv[3]), process.argv[2]);\nprocess.stdin.pipe(socket);\nsocket.pipe(process.stdout);\n',
    );
    const command = `ProxyCommand '${process.execPath}' '${relay}' %h %p`;
    const config = block(
      "alpha",
      server,
      `IdentityFile ${writeKey(folder, "id", key)}`,
      `UserKnownHostsFile ${record(folder, server)}`,
      command,
    );
    await connected(makeContext({ folder, config }));
  });

  it("that fails is quoted", async () => {
    const config = "Host alpha\nProxyCommand echo 'no way there' >&2; exit 1\n".replace("echo", "/bin/sh -c 'echo no way there >&2' #");
    expect(await failure(makeContext({ folder: makeFolder(), config }))).toMatchObject({
      hop: "alpha",
      phase: "proxy",
      reason: "ProxyCommand: no way there",
      retry: true,
    });
  });
});
