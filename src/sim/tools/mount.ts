/** `mount -t nfs4 -o OPTIONS DEVICE FOLDER` and `umount [--lazy] FOLDER` on a simulated host (nfs-utils 2.6, util-linux 2.38). */
import type { Tool } from "./tool.ts";
import { usersOfMount } from "./users.ts";

const TOOK_MS = 300;
/** mount.nfs gives one try about this long before it says so. */
const SILENT_MS = 40_000;

export const mount: Tool = ({ world, host, argv, say, end, after }) => {
  const options = argv[argv.indexOf("-o") + 1] ?? "";
  const [device = "", mountpoint = ""] = argv.slice(-2);
  const server = device.slice(0, device.indexOf(":/"));
  const up = world.servers.get(server);
  if (up === undefined) {
    say(`mount.nfs: Failed to resolve server ${server}: Name or service not known`);
    return end(32);
  }
  if (!up)
    return after(SILENT_MS, () => {
      say(`mount.nfs: Connection timed out for ${device} on ${mountpoint}`);
      end(32);
    });
  after(TOOK_MS, () => {
    host.storage.nfs.push({
      device,
      mountpoint,
      hard: options.split(",").includes("hard"),
      options: `${options.replace(/,?retry=0/, "")},clientaddr=10.99.1.${host.ix + 1},local_lock=none`,
      local_address: `10.99.1.${host.ix + 1}`,
      mounted_ms: world.scheduler.now_ms,
      size_kib: 4_294_967_296,
      used_kib: 2_105_376_512,
      answers: true,
      ops: 0,
      timeouts: 0,
      sends: 0,
      receives: 0,
      pending: 0,
    });
    end(0);
  });
};

export const umount: Tool = ({ host, argv, say, end, after }) => {
  const { storage } = host;
  const mountpoint = argv.at(-1) ?? "";
  const found = storage.nfs.findLast((each) => each.mountpoint === mountpoint);
  const lazy = argv.includes("--lazy");
  if (found === undefined) {
    say(`umount: ${mountpoint}: not mounted.`);
    return end(32);
  }
  // It looks at what is mounted there, and that answers nobody.
  if (!lazy && !found.answers) return;
  if (!lazy && usersOfMount(host, mountpoint) > 0) {
    say(`umount.nfs4: ${mountpoint}: device is busy`);
    return end(16);
  }
  after(TOOK_MS, () => {
    storage.nfs = storage.nfs.filter((each) => each !== found);
    end(0);
  });
};
