import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Command {
  /** Program and arguments. */
  argv: readonly [string, ...string[]];
  /** The whole environment: nothing of ours leaks in, NODE_EXTRA_CA_CERTS least of all. */
  env: Readonly<Record<string, string>>;
  /** Fewer bytes on stdout mean that the job was not done. */
  least_output?: number;
}

export interface Sample {
  /** From the start of the process to its end and the end of its output. */
  wall_ms: number;
  /** From the start of the process to the first byte on stdout. */
  first_byte_ms: number;
  /** User and system time, in steps of the kernel's tick of 10 ms. */
  cpu_ms: number;
  /** The largest resident set, in bytes. */
  peak_bytes: number;
}

/**
 * Runs one process to its end.
 * @throws when it fails or says too little: a figure of a failure would mean nothing
 */
export async function measure(command: Command): Promise<Sample> {
  const { argv, env, least_output = 0 } = command;
  const [file, ...args] = argv;
  const cpuBefore = childrenCpu();
  const start = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const peak = watchPeak(child.pid);

  let first_byte_ms = Number.NaN;
  let output_bytes = 0;
  let complaint = '';
  child.stdout.on('data', (bytes: Buffer) => {
    if (output_bytes === 0) first_byte_ms = performance.now() - start;
    output_bytes += bytes.length;
  });
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));

  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(peak.stop);
  const wall_ms = performance.now() - start;
  if (code !== 0 || output_bytes < least_output) {
    const outcome = `exited with ${code} after ${output_bytes} bytes of output`;
    throw new Error(`${argv.join(' ')} ${outcome}\n${complaint}`);
  }
  return {
    wall_ms,
    first_byte_ms,
    cpu_ms: childrenCpu() - cpuBefore,
    peak_bytes: peak.bytes(),
  };
}

/** Time of all children that have ended, proc(5): fields 16 and 17 of `stat`, in ticks of 10 ms. */
function childrenCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/**
 * Reads the kernel's own high-water mark every millisecond. It never falls, so only what is
 * allocated in the last millisecond can be missed.
 */
function watchPeak(pid: number | undefined) {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const mark = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
      peak = Math.max(peak, Number(mark?.[1] ?? 0) * 1024);
    } catch {
      // It has ended, and its exit is about to be reported.
    }
  }, 1);
  return { bytes: () => peak, stop: () => clearInterval(timer) };
}
