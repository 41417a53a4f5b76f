/** CPU time (user and system, ms) that this process has used since: what else the machine does doesn't count. */
export function cpuSince(): () => number {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
}
