/** What a process has spent, from /proc. Threads that ended are left out; of one that is alive, nothing is. */
import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads alive, in ms, to the nanosecond (schedstat; the ticks of /proc/PID/stat are 10 ms). */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce(
    (sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6,
    0,
  );
}

export function rssMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

export const passed = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** What was used between two moments. */
export interface Spent {
  readonly cpu_percent: number;
  readonly bytes_s: number;
}

export interface Spender {
  readonly pid: number;
  readonly bytes: () => number;
}

export async function spentOver(program: Spender, seconds: number): Promise<Spent> {
  const [cpu_ms, bytes, begin_ms] = [cpuMs(program.pid), program.bytes(), performance.now()];
  await passed(seconds * 1000);
  const took_ms = performance.now() - begin_ms;
  return {
    cpu_percent: ((cpuMs(program.pid) - cpu_ms) / took_ms) * 100,
    bytes_s: ((program.bytes() - bytes) / took_ms) * 1000,
  };
}
