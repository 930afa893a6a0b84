import { readdir, readFile } from 'node:fs/promises';

/** Linux counts CPU time in these units, whatever the kernel's own clock. */
const MS_PER_TICK = 10;

/** CPU time in ms of a PostgreSQL so far: its postmaster, its processes, and those that have ended. Linux only. */
export async function serverCpuMs(postmaster: number): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ticks = await Promise.all(
    processes.map(async (name) => {
      const line = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      // After the name in parentheses, which may contain anything: state, parent, …, utime, stime, cutime, cstime.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      const [own, ofEnded] = [fields.slice(11, 13), fields.slice(13, 15)].map((pair) =>
        pair.reduce((sum, value) => sum + Number(value), 0),
      );
      if (Number(name) === postmaster) return (own ?? 0) + (ofEnded ?? 0);
      return Number(fields[1]) === postmaster ? (own ?? 0) : 0;
    }),
  );
  return ticks.reduce((sum, value) => sum + value, 0) * MS_PER_TICK;
}
