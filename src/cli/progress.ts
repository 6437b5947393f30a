// Progress of long work, on stderr: one line that is rewritten on a terminal, one line a step elsewhere.

export interface Progress {
  /** Says what is being done now. */
  step(text: string): void;
  /** Adds to the current step ("3 of 300"); shown on a terminal only. */
  detail(text: string): void;
  /** Ends the current line; `text` says how it went. */
  done(text: string): void;
}

/** Progress on that stream; `quiet` gives one that says nothing. */
export function progress(stream: NodeJS.WriteStream = process.stderr, quiet = false): Progress {
  if (quiet) return { step: () => {}, detail: () => {}, done: () => {} };
  return stream.isTTY ? terminalProgress(stream) : plainProgress(stream);
}

function plainProgress(stream: NodeJS.WriteStream): Progress {
  return {
    step: (text) => stream.write(`${text}\n`),
    detail: () => {},
    done: (text) => stream.write(`${text}\n`),
  };
}

function terminalProgress(stream: NodeJS.WriteStream): Progress {
  let current = '';
  const show = (line: string) => stream.write(`\r\x1b[K${[...line].slice(0, stream.columns - 1).join('')}`);
  return {
    step: (text) => {
      if (current !== '') stream.write('\n');
      current = text;
      show(`${text} …`);
    },
    detail: (text) => show(`${current} … ${text}`),
    done: (text) => {
      show(text);
      stream.write('\n');
      current = '';
    },
  };
}
