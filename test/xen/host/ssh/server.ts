/** A real SSH server on loopback for tests, by ssh2; and keys made for the occasion. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection, type KexAlgorithm, type ServerChannel } from "ssh2";
import { onTestFinished } from "vitest";
import { fingerprint } from "../../../../src/xen/host/ssh/known-hosts.ts";

export interface TestKey {
  readonly private: string;
  readonly public: string;
  readonly blob: Buffer;
  /** `ssh-ed25519 AAAA...` */
  readonly line: string;
  readonly fingerprint: string;
}

/** ssh2's generator makes a key that it can't read itself about once in 256 times. */
export function makeKey(passphrase?: string): TestKey {
  for (;;) {
    const pair =
      passphrase === undefined
        ? ssh2.utils.generateKeyPairSync("ed25519")
        : ssh2.utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-ctr", rounds: 2 });
    const own = ssh2.utils.parseKey(pair.private, passphrase);
    const known = ssh2.utils.parseKey(pair.public);
    if (own instanceof Error || known instanceof Error || known.verify(Buffer.from("x"), own.sign(Buffer.from("x"))) !== true) continue;
    const blob = known.getPublicSSH();
    return { ...pair, blob, line: `${known.type} ${blob.toString("base64")}`, fingerprint: fingerprint(blob) };
  }
}

export interface ServerOptions {
  readonly host_key?: TestKey;
  readonly onAuth: (context: AuthContext) => void;
  readonly onExec?: (command: string, channel: ServerChannel) => void;
  readonly forward?: boolean;
  readonly kex?: readonly KexAlgorithm[];
}
export interface TestServer {
  readonly port: number;
  readonly host_key: TestKey;
  readonly commands: string[];
  connections: number;
  /** Resolves when no connection is open. */
  quiet(): Promise<void>;
  /** Cuts every connection at once, without a word. */
  cut(): void;
  /** No new connections from here on. */
  close(): void;
}

export const acceptKey =
  (...keys: readonly TestKey[]) =>
  (context: AuthContext) => {
    if (context.method !== "publickey") return context.reject(["publickey"]);
    const key = keys.find(({ blob }) => blob.equals(context.key.data));
    if (key === undefined) return context.reject(["publickey"]);
    const parsed = ssh2.utils.parseKey(key.public);
    if (parsed instanceof Error) throw parsed;
    if (context.signature === undefined || context.blob === undefined) return context.accept();
    if (parsed.verify(context.blob, context.signature, context.hashAlgo) === true) context.accept();
    else context.reject();
  };

export async function startServer(options: ServerOptions): Promise<TestServer> {
  const host_key = options.host_key ?? makeKey();
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const commands: string[] = [];
  const state = { connections: 0 };
  const algorithms = options.kex === undefined ? {} : { algorithms: { kex: [...options.kex] } };
  const server = new ssh2.Server({ hostKeys: [host_key.private], ...algorithms }, (client: Connection) => {
    state.connections += 1;
    client.on("error", () => undefined);
    client.on("authentication", options.onAuth);
    client.on("ready", () => {
      client.on("session", (accept) => {
        const session = accept();
        session.on("exec", (take, _refuse, { command }) => {
          commands.push(command);
          const channel = take();
          channel.on("error", () => undefined);
          if (options.onExec !== undefined) options.onExec(command, channel);
        });
      });
      client.on("tcpip", (accept, refuse, { destPort }) => {
        if (options.forward !== true) return refuse();
        const socket = connect({ port: destPort, host: "127.0.0.1", noDelay: true });
        socket.on("error", () => socket.destroyed || refuse());
        socket.on("connect", () => {
          const channel = accept();
          channel.on("error", () => undefined);
          channel.on("close", () => socket.destroy());
          socket.on("close", () => channel.close());
          channel.pipe(socket).pipe(channel);
        });
      });
    });
  });
  const listener = (server as unknown as { _srv: import("node:net").Server })._srv;
  listener.on("connection", (socket: Socket) => {
    sockets.add(socket);
    // ssh2's server leaves Nagle's algorithm on: every handshake would take a few delayed acknowledgements longer.
    socket.setNoDelay(true);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const tell of waiting.splice(0)) tell();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    server.close();
  };
  onTestFinished(() => {
    cut();
    close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    host_key,
    commands,
    get connections() {
      return state.connections;
    },
    quiet: () => new Promise<void>((resolve) => (sockets.size === 0 ? resolve() : waiting.push(resolve))),
    cut,
    close,
  };
}

/** A folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "xenha-ssh-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeKey(folder: string, name: string, key: TestKey): string {
  const path = join(folder, name);
  writeFileSync(path, key.private, { mode: 0o600 });
  return path;
}
