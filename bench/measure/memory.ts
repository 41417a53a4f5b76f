/** RSS with two ssh connections, the pair busy. */
import { openConsole } from "../console.ts";
import { GUESTS } from "../pair.ts";
import { openPeer, type PeerName } from "../peers.ts";
import { passed, rssMb, spentOver } from "../process.ts";
import type { Measurement } from "../types.ts";

const RSS_TARGET_MB = 110;

export const memory: Measurement = {
  id: "memory",
  title: "RSS after ten minutes, and what the whole console costs meanwhile",
  run: async (bench) => {
    const opened = await openConsole(GUESTS);
    await passed(bench.seconds(60, 5) * 1000);
    const spent = await spentOver(opened.terminal, bench.seconds(540, 25));
    const value = rssMb(opened.terminal.pid);
    await opened.close();
    const peers: Record<string, number> = {};
    for (const name of ["htop", "btop", "drbdmon"] satisfies PeerName[]) {
      const peer = await openPeer(name, 1, 50);
      if (peer === undefined) continue;
      peers[name] = rssMb(peer.pid);
      await peer.close();
    }
    return [
      { id: "rss", what: "RSS with two ssh connections, 200 guests, 400 volumes", unit: "MB", value, target: RSS_TARGET_MB, peers },
      { id: "cpu-whole", what: "CPU of the whole console on such a pair at its own cadence", unit: "%", value: spent.cpu_percent },
      { id: "bytes-whole", what: "bytes to the terminal at its own cadence", unit: "B/s", value: spent.bytes_s },
    ];
  },
};
