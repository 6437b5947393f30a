// Lines of fleet's log, which its client prints on standard error too: "2016/11/30 14:05:09 WARN fleetctl: …".

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** A line with the time as the user's clock has it. Where fleet names a file of its source, we name fleetctl. */
export function logLine(level: Level, text: string, now: Date = new Date()): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('/');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':');
  return `${date} ${time} ${level} fleetctl: ${text}`;
}
