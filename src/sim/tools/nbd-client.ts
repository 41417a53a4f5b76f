/** `nbd-client [-N EXPORT] SERVER PORT /dev/nbdN` and `-d /dev/nbdN` (nbd 3.24). A server that is silent is waited for without end. */
import { isAlive } from "../model/host.ts";
import { kernel } from "../model/world.ts";
import type { Tool } from "./tool.ts";

const TOOK_MS = 300;
const SIZE_BYTES = 32 * 1024 ** 2;

export const nbdClient: Tool = ({ world, host, argv, say, end, after }) => {
  const device = (argv.at(-1) ?? "").replace(/^\/dev\//, "");
  const nbd = host.storage.nbd.find(({ dev }) => dev === device);
  if (nbd === undefined) {
    say("Error: Cannot open NBD: No such file or directory\nPlease ensure the 'nbd' module is loaded.");
    return end(1);
  }
  if (argv[0] === "-d")
    return after(TOOK_MS, () => {
      nbd.pid = undefined;
      kernel(world, host.ix, `block ${device}: NBD_DISCONNECT`);
      say("disconnect, sock, done");
      end(0);
    });
  const [server = ""] = argv.filter((word, at) => !word.startsWith("-") && argv[at - 1] !== "-N");
  const peer = world.hosts.find(({ network }) => network.devs.some(({ addresses }) => addresses.some(({ address }) => address === server)));
  const known = world.servers.get(server) ?? (peer === undefined ? undefined : isAlive(peer));
  if (known === undefined) {
    say("Error: Socket failed: Connection refused");
    return end(1);
  }
  // Half a connection: it says nothing more.
  if (!known) return;
  if (nbd.pid !== undefined) {
    say("Error: device is in use, exiting");
    return end(1);
  }
  after(TOOK_MS, () => {
    say(`Negotiation: ..size = ${nbd.size_bytes / 1024 ** 2}MB`);
    nbd.pid = 4000 + host.ix;
    if (nbd.size_bytes === 0) nbd.size_bytes = SIZE_BYTES;
    end(0);
  });
};
