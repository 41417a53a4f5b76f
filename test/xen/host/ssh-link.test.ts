import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import type { ServerChannel } from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFrameDecoder } from "../../../src/xen/host/frames.ts";
import type { HostLink, LinkEvent, LinkState } from "../../../src/xen/host/link.ts";
import { connectSsh } from "../../../src/xen/host/ssh/connect.ts";
import type { ConnectFailure } from "../../../src/xen/host/ssh/steps.ts";
import { BACKOFF_MAX_MS, backoffMs, createSshLink, type LinkRequest } from "../../../src/xen/host/ssh-link.ts";
import { makeContext, operator } from "./ssh/context.ts";
import { createFakeClock, type FakeClock } from "./ssh/fake-clock.ts";
import { createFakeHost } from "./ssh/fake-host.ts";
import { acceptKey, makeFolder, makeKey, startServer, writeKey } from "./ssh/server.ts";

const HELLO = "XHP1 hello 10.00 1700000000 8\nprobe=1\n\n";
const BEAT = "XHP1 beat 11.00 - - -\n";

/** Hears a link; `until` waits for the first state from now on that fits. */
function hear(link: HostLink) {
  const events: LinkEvent[] = [];
  let waiting: { fits: (event: LinkEvent) => boolean; done: (event: LinkEvent) => void }[] = [];
  link.start((event) => {
    events.push(event);
    const now = waiting.filter(({ fits }) => fits(event));
    waiting = waiting.filter((waiter) => !now.includes(waiter));
    for (const { done } of now) done(event);
  });
  onTestFinished(() => link.stop());
  const next = (fits: (event: LinkEvent) => boolean) => new Promise<LinkEvent>((done) => waiting.push({ fits, done }));
  return {
    events,
    states: (): LinkState[] => events.flatMap((event) => (event.kind === "state" ? [event.link] : [])),
    phase: async (phase: LinkState["phase"]): Promise<LinkState> => {
      const event = await next((one) => one.kind === "state" && one.link.phase === phase);
      if (event.kind !== "state") throw new Error("not a state");
      return event.link;
    },
    frame: () => next((event) => event.kind === "frame"),
  };
}

function makeLink(clock: FakeClock, connect: LinkRequest["connect"], more: Partial<LinkRequest> = {}): HostLink {
  return createSshLink({
    name: "alpha",
    connect,
    program: "the program",
    probe: "send",
    become: "auto",
    createDecoder: createFrameDecoder,
    clock,
    random: () => 0.5,
    ...more,
  });
}

describe("a link", () => {
  it("starts the probe, is live with its hello, and passes frames on", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const link = makeLink(clock, host.connect);
    const heard = hear(link);
    const shell = await host.shell();
    expect(shell.command).toBe("exec /bin/sh -s");
    expect(shell.written).toBe("the program\n");
    shell.say(HELLO);
    shell.say(BEAT);
    expect(heard.states()).toEqual([
      { phase: "connecting", hop: "alpha", since_ms: 1_000_000, attempt: 1 },
      { phase: "live", since_ms: 1_000_000 },
    ]);
    expect(heard.events.slice(2)).toMatchObject([{ frame: { kind: "hello" } }, { frame: { kind: "beat" } }]);
  });

  it("shows the hop it is at, and when it waits for the operator", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    const attempt = await host.attempt();
    attempt.onStep({ kind: "connecting", hop: "jump1", way: "x" });
    attempt.onStep({ kind: "asking", hop: "jump1", what: "passphrase" });
    attempt.onStep({ kind: "asked", hop: "jump1" });
    expect(heard.states().slice(1)).toMatchObject([
      { phase: "connecting", hop: "jump1" },
      { phase: "needs_auth", hop: "jump1", what: "passphrase" },
      { phase: "connecting", hop: "jump1" },
    ]);
  });

  it("keeps the probe alive every 3 s while it is live, and says when", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    hear(makeLink(clock, host.connect));
    const shell = await host.shell();
    shell.say(HELLO);
    shell.written = "";
    for (let second = 0; second < 7; second += 1) {
      clock.advance(1_000);
      shell.say(BEAT);
    }
    expect(shell.written).toBe("k 1003000\nk 1006000\n");
  });

  it("becomes root with sudo -n where the user isn't, or as it is told", async () => {
    for (const [user, become, command] of [
      ["ops", "auto", "exec sudo -n /bin/sh -s"],
      ["root", "auto", "exec /bin/sh -s"],
      ["root", "sudo", "exec sudo -n /bin/sh -s"],
      ["ops", "never", "exec /bin/sh -s"],
    ] as const) {
      const host = createFakeHost(user);
      hear(makeLink(createFakeClock(), host.connect, { become }));
      expect((await host.shell()).command).toBe(command);
    }
  });

  it("sends no program where the key forces one, and says so where it doesn't", async () => {
    const host = createFakeHost("ops");
    const heard = hear(makeLink(createFakeClock(), host.connect, { probe: "forced" }));
    const shell = await host.shell();
    expect([shell.command, shell.written]).toEqual(["xenha-probe", ""]);
    shell.say(HELLO);
    expect(heard.states().at(-1)?.phase).toBe("live");

    const other = createFakeHost();
    const refused = hear(makeLink(createFakeClock(), other.connect, { probe: "forced" }));
    const plain = await other.shell();
    plain.complain("sh: 1: xenha-probe: not found\n");
    plain.end(127);
    expect(refused.states().at(-1)).toMatchObject({ phase: "refused", reason: "no forced command: sh: 1: xenha-probe: not found" });
  });

  it("sends lines only while live, one at a time", async () => {
    const host = createFakeHost();
    const link = makeLink(createFakeClock(), host.connect);
    link.send("r early");
    hear(link);
    const shell = await host.shell();
    link.send("r early");
    shell.say(HELLO);
    shell.written = "";
    link.send("r xl-list");
    link.send("two\nlines");
    link.send("x".repeat(1000));
    expect(shell.written).toBe("r xl-list\n");
  });
});

describe("a link that fails", () => {
  const fails = (failure: Partial<ConnectFailure>) => ({
    ok: false as const,
    failure: { hop: "jump1", phase: "tcp" as const, reason: "connection refused", advice: "check", retry: true, ...failure },
  });

  it("tries again for ever, later each time, and tells when", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    const waits: number[] = [];
    for (let n = 1; n <= 7; n += 1) {
      const attempt = await host.attempt();
      const unreachable = heard.phase("unreachable");
      attempt.finish(fails({}));
      const state = await unreachable;
      if (state.phase !== "unreachable") throw new Error(state.phase);
      expect(state).toMatchObject({ hop: "jump1", reason: "connection refused", since_ms: 1_000_000, attempt: n });
      waits.push(state.retry_at_ms - clock.now_ms());
      clock.advance(state.retry_at_ms - clock.now_ms());
    }
    expect(waits).toEqual([750, 1500, 3000, 6000, 11_250, 11_250, 11_250]);
    expect(host.attempts).toBe(8);
  });

  it("waits within bounds, whatever chance says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (failures, random) => {
        const ms = backoffMs(failures, random);
        expect(ms).toBeGreaterThanOrEqual(500);
        expect(ms).toBeLessThanOrEqual(BACKOFF_MAX_MS);
      }),
    );
  });

  it("starts over with short waits only after a link that lasted", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    const wait = async (lived_s: number) => {
      const shell = await host.shell();
      shell.say(HELLO);
      for (let second = 0; second < lived_s; second += 1) {
        clock.advance(1_000);
        shell.say(BEAT);
      }
      shell.end(1);
      const state = heard.states().at(-1);
      if (state?.phase !== "unreachable") throw new Error(`it is ${state?.phase}`);
      clock.advance(state.retry_at_ms - clock.now_ms());
      return state.retry_at_ms - state.since_ms;
    };
    expect([await wait(1), await wait(1), await wait(1), await wait(40), await wait(1)]).toEqual([750, 1500, 3000, 750, 1500]);
  });

  it("doesn't try again what can't help, until it is told to", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const link = makeLink(clock, host.connect);
    const heard = hear(link);
    const attempt = await host.attempt();
    const refused = heard.phase("refused");
    attempt.finish(fails({ hop: "alpha", reason: "host key changed", advice: "look", retry: false }));
    expect(await refused).toEqual({ phase: "refused", hop: "alpha", reason: "host key changed", advice: "look", since_ms: 1_000_000 });
    clock.advance(3_600_000);
    expect([host.attempts, clock.pending]).toEqual([1, 0]);
    link.reconnect();
    (await host.attempt()).finish(fails({}));
    expect(host.attempts).toBe(2);
  });

  it("reconnects at once on ctrl-r where it waits or is silent, and not where it is well or asking", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const link = makeLink(clock, host.connect);
    const heard = hear(link);
    const first = await host.attempt();
    link.reconnect();
    expect(host.attempts).toBe(1);
    const unreachable = heard.phase("unreachable");
    first.finish(fails({}));
    await unreachable;
    link.reconnect();
    expect(host.attempts).toBe(2);
    const shell = await host.shell();
    shell.say(HELLO);
    link.reconnect();
    clock.advance(2_000);
    link.reconnect();
    expect(host.attempts).toBe(2);
    clock.advance(1_000);
    link.reconnect();
    expect(host.attempts).toBe(3);
    expect(shell.closed).toBe(true);
    const asking = await host.attempt();
    asking.onStep({ kind: "asking", hop: "alpha", what: "code" });
    clock.advance(60_000);
    link.reconnect();
    expect(host.attempts).toBe(3);
    asking.onStep({ kind: "asked", hop: "alpha" });
    link.reconnect();
    expect(host.attempts).toBe(4);
  });

  it("leaves a live connection that leads to the wrong machine, when told so", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const link = makeLink(clock, host.connect);
    hear(link);
    const shell = await host.shell();
    shell.say(HELLO);
    link.reconnect();
    expect(host.attempts).toBe(1);
    link.reconnect(true);
    expect([host.attempts, shell.closed]).toEqual([2, true]);
  });

  it("is dropped after 15 s of silence, and reconnects", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    const shell = await host.shell();
    shell.say(HELLO);
    clock.advance(14_999);
    expect(heard.states().at(-1)?.phase).toBe("live");
    shell.say("X");
    // Counted in whole seconds.
    clock.advance(14_000);
    expect(heard.states().at(-1)?.phase).toBe("live");
    clock.advance(1);
    expect(heard.states().at(-1)).toMatchObject({ phase: "unreachable", reason: "no sign of life for 15 s", hop: "alpha" });
    expect(shell.closed).toBe(true);
    clock.advance(1_000);
    (await host.shell()).say(HELLO);
    expect(heard.states().at(-1)?.phase).toBe("live");
  });

  it("is dropped when it talks for a minute and no frame comes of it", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    const shell = await host.shell();
    shell.say(`${HELLO}XHP1 sec one 0 0.10 0 100000\n`);
    for (let second = 0; second < 60; second += 1) {
      shell.say("something\n");
      clock.advance(1_000);
    }
    expect(heard.states().at(-1)).toMatchObject({ phase: "unreachable", reason: "nothing understood for 60 s" });
  });

  it.each([
    ["a section whose length is wrong", "XHP1 sec one 0 0.10 0 4\nlonger\n"],
    ["a header that isn't one", "XHP1 sec one 0 0.10 0 many\nshort\n"],
    ["somebody else's words", "kernel: something\n"],
  ])("begins anew after %s: later it would be called unchanged", async (_, broken) => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const heard = hear(makeLink(clock, host.connect));
    (await host.shell()).say(`Welcome!\n${HELLO}`);
    expect(heard.states().at(-1)?.phase).toBe("live");
    const again = makeLink(clock, host.connect);
    const other = hear(again);
    const shell = await host.shell();
    shell.say(HELLO);
    shell.say(`${broken}XHP1 beat 12.00 - - one\n`);
    expect(other.states().at(-1)).toMatchObject({ phase: "unreachable", reason: expect.stringContaining("not understood") });
    expect(shell.closed).toBe(true);
  });

  it("hears nothing of an attempt that is over", async () => {
    const clock = createFakeClock();
    const host = createFakeHost();
    const link = makeLink(clock, host.connect);
    const heard = hear(link);
    const old = await host.shell();
    old.say(HELLO);
    clock.advance(5_000);
    link.reconnect();
    const before = heard.events.length;
    old.say(BEAT);
    old.end(1);
    old.lose("reset");
    expect(heard.events).toHaveLength(before);
    const shell = await host.shell();
    shell.say(HELLO);
    expect(heard.states().at(-1)?.phase).toBe("live");
    old.say(BEAT);
    expect(heard.states().at(-1)?.phase).toBe("live");
  });

  it("leaves nothing when it is stopped, whenever that is", async () => {
    for (const moment of ["attempt", "shell", "live", "waiting", "refused"] as const) {
      const clock = createFakeClock();
      const host = createFakeHost();
      const link = makeLink(clock, host.connect);
      const heard = hear(link);
      if (moment === "waiting" || moment === "refused") {
        const over = heard.phase(moment === "waiting" ? "unreachable" : "refused");
        (await host.attempt()).finish(fails({ retry: moment === "waiting" }));
        await over;
      } else if (moment === "attempt") await host.attempt();
      else {
        const shell = await host.shell();
        if (moment === "live") shell.say(HELLO);
        shell.written = "";
        link.stop();
        expect([shell.written, shell.closed]).toEqual([moment === "live" ? "q\n" : "", true]);
      }
      link.stop();
      const before = heard.events.length;
      expect(clock.pending).toBe(0);
      clock.advance(100_000);
      expect([heard.events.length, host.attempts]).toEqual([before, 1]);
      if (moment === "attempt") {
        // It was told to give up; should it succeed nevertheless, it is closed at once.
        const attempt = await host.attempt();
        expect(attempt.signal.aborted).toBe(true);
      }
    }
  });
});

describe("a shell that isn't one", () => {
  async function ends(
    user: string,
    said: { out?: string; err?: string; code: number | undefined; signal?: string },
  ): Promise<LinkState | undefined> {
    const host = createFakeHost(user);
    const heard = hear(makeLink(createFakeClock(), host.connect));
    const shell = await host.shell();
    if (said.out !== undefined) shell.say(said.out);
    if (said.err !== undefined) shell.complain(said.err);
    shell.end(said.code, said.signal);
    return heard.states().at(-1);
  }

  it("sudo that wants a password: refused, with the line to add", async () => {
    expect(await ends("ops", { err: "sudo: a password is required\n", code: 1 })).toMatchObject({
      phase: "refused",
      reason: "sudo -n: sudo: a password is required",
      advice: "add with visudo: ops ALL=(root) NOPASSWD: /bin/sh; or log in as root",
    });
    expect(await ends("ops", { err: "sudo: sorry, you must have a tty to run sudo\n", code: 1 })).toMatchObject({
      phase: "refused",
      advice: "add with visudo: Defaults:ops !requiretty; or log in as root",
    });
    expect(await ends("ops", { err: "ops is not in the sudoers file.\nsudo: not allowed\n", code: 1 })).toMatchObject({ phase: "refused" });
    expect(await ends("ops", { err: "sh: sudo: not found\n", code: 127 })).toMatchObject({
      phase: "refused",
      reason: "sudo -n: sh: sudo: not found",
    });
  });

  it("an account without a shell: refused, in its words", async () => {
    expect(await ends("root", { out: "This account is currently not available.\n", code: 1 })).toMatchObject({
      phase: "refused",
      reason: "no shell: This account is currently not available.",
    });
  });

  it("anything else that ends before its hello: tried again", async () => {
    expect(await ends("root", { err: "sh: fork: Resource temporarily unavailable\n", code: 254 })).toMatchObject({
      phase: "unreachable",
      reason: "the shell ended with 254: sh: fork: Resource temporarily unavailable",
    });
    expect(await ends("root", { code: undefined, signal: "SIGHUP" })).toMatchObject({
      phase: "unreachable",
      reason: "the shell was ended by SIGHUP",
    });
  });

  it("a greeting is tolerated, an endless one is not", async () => {
    const host = createFakeHost();
    const heard = hear(makeLink(createFakeClock(), host.connect));
    const shell = await host.shell();
    shell.say("Welcome to alpha\n\u001b[31mred\u001b[0m\n");
    shell.say(HELLO);
    expect(heard.states().at(-1)?.phase).toBe("live");

    const noisy = createFakeHost();
    const refused = hear(makeLink(createFakeClock(), noisy.connect));
    const talk = await noisy.shell();
    for (let n = 0; n < 1000; n += 1) talk.say(`${"\u001b[2J menu ".repeat(20)}\n`);
    const state = refused.states().at(-1);
    if (state?.phase !== "refused") throw new Error(`it is ${state?.phase}`);
    expect(state.reason).toMatch(/^no shell that the probe can use: it said more than 65536 bytes/);
    expect(state.reason).not.toContain("\u001b");
    expect(talk.closed).toBe(true);
  });

  it("a shell that says something else and waits is refused after 20 s; a mute one is tried again", async () => {
    for (const [said, phase] of [
      ["Choose: 1) reboot 2) logout\n", "refused"],
      ["", "unreachable"],
    ] as const) {
      const clock = createFakeClock();
      const host = createFakeHost();
      const heard = hear(makeLink(clock, host.connect));
      (await host.shell()).say(said);
      clock.advance(19_999);
      expect(heard.states().at(-1)?.phase).toBe("connecting");
      clock.advance(1);
      expect(heard.states().at(-1)?.phase).toBe(phase);
    }
  });
});

describe("over a real server", () => {
  async function set(onExec: (command: string, channel: ServerChannel) => void, clock = createFakeClock()) {
    const folder = makeFolder();
    const key = makeKey();
    const server = await startServer({ onAuth: acceptKey(key), onExec });
    const known = join(folder, "known_hosts");
    writeFileSync(known, `[127.0.0.1]:${server.port} ${server.host_key.line}\n`);
    const config = [
      "Host alpha\nHostName 127.0.0.1\nUser root",
      `Port ${server.port}`,
      `IdentityFile ${writeKey(folder, "id", key)}`,
      `UserKnownHostsFile ${known}`,
      "",
    ].join("\n");
    const context = makeContext({ folder, config, clock });
    const link = makeLink(clock, (onStep, signal) => connectSsh({ name: "alpha", host: "alpha", context, signal, onStep }));
    return { server, clock, link };
  }

  it("sends the program, hears frames, survives a server that dies in the middle, and closes everything", async () => {
    const programs: string[] = [];
    const { server, clock, link } = await set((_command, channel) => {
      channel.once("data", (chunk: Buffer) => {
        programs.push(chunk.toString());
        channel.write(HELLO);
      });
    });
    const heard = hear(link);
    const live = heard.phase("live");
    const hello = heard.frame();
    await live;
    expect(await hello).toMatchObject({ frame: { kind: "hello", uptime_s: 10 } });
    const lost = heard.phase("unreachable");
    server.cut();
    expect(await lost).toMatchObject({ hop: "alpha", reason: expect.stringMatching(/^(connection lost|the shell|the probe ended)/) });
    const again = heard.phase("live");
    clock.advance(750);
    await again;
    expect(server.connections).toBe(2);
    link.stop();
    await server.quiet();
    expect(clock.pending).toBe(0);
    expect(programs).toEqual(["the program\n", "the program\n"]);
  });

  it("notices a server that is cut off without a word", async () => {
    const { server, clock, link } = await set((_command, channel) => channel.write(HELLO));
    const heard = hear(link);
    await heard.phase("live");
    const lost = heard.phase("unreachable");
    clock.advance(15_000);
    expect(await lost).toMatchObject({ reason: "no sign of life for 15 s" });
    link.stop();
    await server.quiet();
  });

  it("tells a host that accepts and then hangs from one that is dead", async () => {
    const clock = createFakeClock();
    const sockets: Socket[] = [];
    const accepted = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => accepted.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      accepted.close();
    });
    const address = accepted.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const context = makeContext({ folder: makeFolder(), config: `Host alpha\nHostName 127.0.0.1\nPort ${port}\n`, clock });
    let told: () => void = () => undefined;
    const tcp = new Promise<void>((resolve) => {
      told = resolve;
    });
    const link = makeLink(clock, (onStep, signal) => connectSsh({ name: "alpha", host: "alpha", context, signal, onStep }), {
      onStep: ({ kind }) => kind === "connected" && told(),
    });
    const heard = hear(link);
    await tcp;
    const state = heard.phase("unreachable");
    clock.advance(10_000);
    expect(await state).toMatchObject({ hop: "alpha", reason: "timed out after 10 s at the handshake" });
  });

  it("waits for the operator as long as it takes, and is not fooled by time passing", async () => {
    const folder = makeFolder();
    const key = makeKey();
    const clock = createFakeClock();
    const server = await startServer({ onAuth: acceptKey(key), onExec: (_command, channel) => channel.write(HELLO) });
    const config = [
      "Host alpha\nHostName 127.0.0.1\nUser root",
      `Port ${server.port}`,
      `IdentityFile ${writeKey(folder, "id", key)}`,
      `UserKnownHostsFile ${join(folder, "kh")}`,
    ].join("\n");
    let answer: (text: string) => void = () => undefined;
    const slow = operator();
    const ask = (prompt: Parameters<typeof slow.ask>[0]) => {
      void slow.ask(prompt);
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    };
    const context = makeContext({ folder, config, clock, ask });
    const heard = hear(makeLink(clock, (onStep, signal) => connectSsh({ name: "alpha", host: "alpha", context, signal, onStep })));
    expect(await heard.phase("needs_auth")).toMatchObject({ hop: "alpha", what: "host key not known" });
    clock.advance(3_600_000);
    expect(heard.states().at(-1)?.phase).toBe("needs_auth");
    const live = heard.phase("live");
    answer("yes");
    await live;
    expect(slow.asked).toHaveLength(1);
  });
});
