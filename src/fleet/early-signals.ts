// Signals of a daemon that starts: one that comes before anybody listens waits for who does.

export interface EarlySignals {
  /** Calls back for each such signal, and at once if some came already. */
  listen(signal: NodeJS.Signals, callback: () => void): void;
  /** Fulfils with the first of them. */
  first(signal: NodeJS.Signals): Promise<void>;
}

/** From here on none of these signals ends the process by itself. */
export function earlySignals(names: readonly NodeJS.Signals[]): EarlySignals {
  const seen = new Set<NodeJS.Signals>();
  const listeners = new Map<NodeJS.Signals, () => void>();
  for (const name of names) {
    process.on(name, () => {
      const listener = listeners.get(name);
      if (listener === undefined) seen.add(name);
      else listener();
    });
  }
  const listen: EarlySignals['listen'] = (signal, callback) => {
    listeners.set(signal, callback);
    if (seen.delete(signal)) callback();
  };
  return { listen, first: (signal) => new Promise((resolve) => listen(signal, resolve)) };
}
