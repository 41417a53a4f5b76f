/** The simulated pair over real ssh on loopback: keys of its own, made anew each time, and the files that a client needs to get in. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection, type ParsedKey } from "ssh2";
import { type HostId, hostId, type Pair } from "../../xen/model/ids.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import type { SimEvent, World } from "../model/world.ts";
import { createForwarder, type Forwarder } from "./forwarder.ts";
import { serveConnection } from "./session.ts";

export interface ServedSim {
  /** Ports on 127.0.0.1. */
  readonly ports: Pair<number>;
  readonly hosts: Pair<HostId>;
  /** Public host keys, as known_hosts has them: `ssh-ed25519 AAAA...`. */
  readonly hostKeys: Pair<string>;
  /** Private key that may log in as root, in OpenSSH's format. */
  readonly clientKey: string;
  /** For `-F`: the two hosts by their names. */
  readonly sshConfigText: string;
  readonly knownHostsText: string;
  /** Where these lie as files, readable by the owner alone; gone after `close`. */
  readonly files: { readonly directory: string; readonly ssh_config: string; readonly known_hosts: string; readonly key: string };
  close(): Promise<void>;
}

interface KeyPair {
  readonly private: string;
  readonly public: string;
}
/** `ssh-ed25519 AAAA...` without the comment. */
const publicText = (key: KeyPair): string => key.public.split(" ").slice(0, 2).join(" ");

function parsed(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

function authenticate(context: AuthContext, allowed: ParsedKey): void {
  const known = context.method === "publickey" && context.username === "root" && allowed.getPublicSSH().equals(context.key.data);
  if (!known) {
    context.reject(["publickey"]);
    return;
  }
  const { signature, blob } = context;
  // Without a signature the client only asks whether this key would do.
  if (signature === undefined || blob === undefined || allowed.verify(blob, signature, context.hashAlgo) === true) context.accept();
  else context.reject(["publickey"]);
}

interface ServedHost {
  readonly forwarder: Forwarder;
  close(): Promise<void>;
}

async function serveHost(world: World, host: SimHost, hostKey: KeyPair, allowed: ParsedKey): Promise<ServedHost> {
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.private], ident: "OpenSSH_9.2p1 Debian-2+deb12u7" }, (client) => {
    clients.add(client);
    client.on("authentication", (context) => authenticate(context, allowed));
    client.on("ready", () => serveConnection(world, host, client));
    client.on("close", () => clients.delete(client));
    // A client that vanishes is no fault of the pair.
    client.on("error", () => clients.delete(client));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const forwarder = await createForwarder((server.address() as AddressInfo).port);
  let booted_ms = host.booted_ms;
  const settle = (): void => {
    if (host.power === "off" || host.booted_ms !== booted_ms) {
      booted_ms = host.booted_ms;
      forwarder.forget();
      for (const client of clients) client.end();
    }
    forwarder.setPassing(isAlive(host) && host.console_link);
  };
  settle();
  const hear = (event: SimEvent): void => {
    if (event.kind === "host" && event.host === host.ix) settle();
  };
  world.listeners.add(hear);
  return {
    forwarder,
    close: async () => {
      world.listeners.delete(hear);
      for (const client of clients) client.end();
      await forwarder.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Of 256 keys ssh2 spoils one: it drops a zero that the public half begins with, and can't read that itself. */
const KEY_DRAWS_MAX = 8;

function newKey(): KeyPair {
  for (let draws = 0; draws < KEY_DRAWS_MAX; draws += 1) {
    const key = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(key.public) instanceof Error)) return key;
  }
  throw new Error(`ssh2 made no sound key in ${KEY_DRAWS_MAX} draws`);
}

export async function serveWorld(world: World): Promise<ServedSim> {
  const client = newKey();
  const keys: Pair<KeyPair> = [newKey(), newKey()];
  const allowed = parsed(client.public);
  const served: Pair<ServedHost> = [
    await serveHost(world, world.hosts[0], keys[0], allowed),
    await serveHost(world, world.hosts[1], keys[1], allowed),
  ];
  const ports: Pair<number> = [served[0].forwarder.port, served[1].forwarder.port];
  const directory = mkdtempSync(join(tmpdir(), "xenha-sim-"));
  const files = {
    directory,
    ssh_config: join(directory, "ssh_config"),
    known_hosts: join(directory, "known_hosts"),
    key: join(directory, "id_ed25519"),
  };
  const section = (at: 0 | 1): string =>
    `Host ${world.hosts[at].name}\n  HostName 127.0.0.1\n  Port ${ports[at]}\n  User root\n  IdentityFile ${files.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${files.known_hosts}\n  GlobalKnownHostsFile /dev/null\n`;
  const sshConfigText = section(0) + section(1);
  const knownHostsText = [0, 1].map((at) => `[127.0.0.1]:${ports[at as 0 | 1]} ${publicText(keys[at as 0 | 1])}\n`).join("");
  const secret = { mode: 0o600 };
  writeFileSync(files.key, client.private, secret);
  writeFileSync(files.known_hosts, knownHostsText, secret);
  writeFileSync(files.ssh_config, sshConfigText, secret);
  return {
    ports,
    hosts: [hostId(world.hosts[0].name), hostId(world.hosts[1].name)],
    hostKeys: [publicText(keys[0]), publicText(keys[1])],
    clientKey: client.private,
    sshConfigText,
    knownHostsText,
    files,
    close: async () => {
      await Promise.all(served.map((each) => each.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
