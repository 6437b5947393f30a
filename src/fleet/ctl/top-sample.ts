// What a machine says of the resources of its units, again and again, and the rates between two sayings. Pure.

import { shellCommand } from '../../ssh/index.ts';

/** One look at a machine. */
export interface Sample {
  /** The machine's own clock since boot. */
  readonly uptimeS: number;
  readonly units: ReadonlyMap<string, Counters>;
}

/** What systemd counts of a unit; undefined where it does not. */
interface Counters {
  readonly activeState: string;
  readonly cpuNs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
  readonly tasks: number | undefined;
}

/** A unit on a machine, as it was between two looks. */
export interface Usage {
  readonly unit: string;
  readonly machine: string;
  readonly activeState: string;
  /** 100 is one whole processor. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly readBytesPerS: number | undefined;
  readonly writtenBytesPerS: number | undefined;
  readonly tasks: number | undefined;
}

const properties = [
  ...['Id', 'ActiveState', 'ControlGroup', 'CPUUsageNSec', 'MemoryCurrent', 'IOReadBytes', 'IOWriteBytes'],
  'TasksCurrent',
];

/**
 * Counts by the processes of a control group what systemd does not: memory and tasks where the kernel was
 * started without those controllers, IO of units whose IO is not accounted (and whose processes we may look at).
 */
const byProcesses = String.raw`
function value() { return substr($0, index($0, "=") + 1) }
function tell() {
  if (group == "" || !missing) return
  memory = tasks = reads = writes = io = 0
  list = "/sys/fs/cgroup" group "/cgroup.procs"
  some = (getline pid < list)
  # Hosts of two hierarchies have systemd's elsewhere.
  if (some < 0) { list = "/sys/fs/cgroup/unified" group "/cgroup.procs"; some = (getline pid < list) }
  if (some < 0) { list = "/sys/fs/cgroup/systemd" group "/cgroup.procs"; some = (getline pid < list) }
  # By cat: a file that may not be read would be the end of awk.
  files = ""
  for (; some > 0; some = (getline pid < list)) files = files " /proc/" (pid + 0) "/status /proc/" (pid + 0) "/io"
  close(list)
  if (files == "") return
  command = "cat" files " 2>/dev/null"
  while ((command | getline line) > 0) {
    split(line, word, /[ \t]+/)
    if (word[1] == "VmRSS:") memory += word[2]
    if (word[1] == "Threads:") tasks += word[2]
    if (word[1] == "read_bytes:") { reads += word[2]; io = 1 }
    if (word[1] == "write_bytes:") writes += word[2]
  }
  close(command)
  printf "\nId=%s\nProcessMemory=%.0f\nProcessTasks=%d\n", id, memory * 1024, tasks
  if (io) printf "ProcessReads=%.0f\nProcessWrites=%.0f\n", reads, writes
}
/^Id=/ { id = value() }
/^ControlGroup=/ { group = value() }
/=(\[not set\]|18446744073709551615)$/ { missing = 1 }
/^$/ { tell(); id = group = ""; missing = 0 }
END { tell() }`;

/**
 * A script that looks at the units every so many seconds for as long as somebody reads what it prints:
 * the time since boot, systemd's counters, ours, a line with a dot.
 */
export function samplingScript(units: readonly string[], intervalS: number): string {
  const show = ['systemctl', 'show', `--property=${properties.join(',')}`, '--', ...units];
  return [
    'while read -r up _ </proc/uptime; do',
    `show=$(${shellCommand(show)}) || exit`,
    'printf "Uptime=%s\\n%s\\n" "$up" "$show" || exit',
    `printf "%s\\n" "$show" | ${shellCommand(['awk', byProcesses])} 2>/dev/null`,
    `printf "\\n.\\n" && sleep ${intervalS} || exit`,
    'done',
  ].join('\n');
}

/** Takes the script's lines one by one; returns a look when its last line has come. */
export function sampleReader(): (line: string) => Sample | undefined {
  let uptimeS = 0;
  let units = new Map<string, Map<string, string>>();
  let fields = new Map<string, string>();
  const endUnit = () => {
    const name = fields.get('Id') ?? '';
    if (name !== '') units.set(name, new Map([...(units.get(name) ?? []), ...fields]));
    fields = new Map();
  };
  return (line) => {
    if (line === '.') {
      endUnit();
      const counters = [...units].map(([name, of]) => [name, countersOf(of)] as const);
      units = new Map();
      return { uptimeS, units: new Map(counters) };
    }
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (line === '') endUnit();
    else if (key === 'Uptime') uptimeS = Number(value);
    else fields.set(key, value);
    return undefined;
  };
}

function countersOf(fields: ReadonlyMap<string, string>): Counters {
  // "[not set]", or the greatest number of 64 bits, is what is not counted.
  const count = (key: string) => {
    const text = fields.get(key) ?? '';
    return /^\d{1,18}$/.test(text) ? Number(text) : undefined;
  };
  return {
    activeState: fields.get('ActiveState') ?? '',
    cpuNs: count('CPUUsageNSec'),
    memoryBytes: count('MemoryCurrent') ?? count('ProcessMemory'),
    readBytes: count('IOReadBytes') ?? count('ProcessReads'),
    writtenBytes: count('IOWriteBytes') ?? count('ProcessWrites'),
    tasks: count('TasksCurrent') ?? count('ProcessTasks'),
  };
}

/** The usage on one machine between two looks; rates need both, and a unit that was not started anew between. */
export function usageBetween(machine: string, before: Sample | undefined, after: Sample): Usage[] {
  const seconds = before === undefined ? 0 : after.uptimeS - before.uptimeS;
  return [...after.units].map(([unit, now]) => {
    const earlier = before?.units.get(unit);
    const rate = (key: 'cpuNs' | 'readBytes' | 'writtenBytes') => {
      const [from, to] = [earlier?.[key], now[key]];
      return from === undefined || to === undefined || to < from || seconds <= 0
        ? undefined
        : (to - from) / seconds;
    };
    const cpu = rate('cpuNs');
    return {
      unit,
      machine,
      activeState: now.activeState,
      cpuPercent: cpu === undefined ? undefined : cpu / 1e7,
      memoryBytes: now.memoryBytes,
      readBytesPerS: rate('readBytes'),
      writtenBytesPerS: rate('writtenBytes'),
      tasks: now.tasks,
    };
  });
}
