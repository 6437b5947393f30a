// What is mounted, as the kernel tells it: /proc/PID/mountinfo (proc_pid_mountinfo(5)).

/** One mount of a mount namespace. */
export interface Mount {
  /** Unique among all mounts of all namespaces while it lasts. */
  readonly id: number;
  readonly parent: number;
  /** major:minor of the file system. Subvolumes and bind mounts of one file system share it. */
  readonly device: string;
  /** The folder of the file system that is mounted here; `/` unless it is a bind mount or a subvolume. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount alone: `ro`, `nodev`, `relatime`, … */
  readonly options: readonly string[];
  readonly type: string;
  /** The device or whatever was named as such. */
  readonly source: string;
  /** Options of the file system, wherever it is mounted. */
  readonly superOptions: readonly string[];
}

/** The mounts in a text of mountinfo; lines that are none are left out. */
export function parseMountInfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [front = '', back] = line.split(' - ', 2);
    const [id, parent, device, root, mountPoint, options] = front.split(' ');
    const [type, source, superOptions] = (back ?? '').split(' ');
    if (options === undefined || superOptions === undefined) return [];
    return {
      id: Number(id),
      parent: Number(parent),
      device: device ?? '',
      root: unescaped(root ?? ''),
      mountPoint: unescaped(mountPoint ?? ''),
      options: options.split(','),
      type: unescaped(type ?? ''),
      source: unescaped(source ?? ''),
      superOptions: superOptions.split(','),
    };
  });
}

/** The mount that is seen at exactly this path, the topmost of several; undefined when none is. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  const here = mounts.filter(({ mountPoint }) => mountPoint === path);
  // Not the last one listed: propagation puts a mount below one that is there already.
  return here.find(({ id }) => !here.some((other) => other.parent === id && other.id !== id));
}

/** The mount that a path is on: the nearest above it, or at it. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(1, at.lastIndexOf('/')))) {
    const found = mountAt(mounts, at);
    if (found !== undefined || at === '/') return found;
  }
}

/** Whether nothing can be written through this mount: it is read-only, or its whole file system is. */
export function isReadOnly({ options, superOptions }: Mount): boolean {
  return options.includes('ro') || superOptions.includes('ro');
}

/** Space, tab, newline and backslash are octal in mountinfo. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
