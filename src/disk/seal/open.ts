// A way through the seal for one command: a mount namespace of its own, in which /usr can be written to.

import { openedMark } from './processes.ts';
import { closeStep, openStep } from './steps.ts';

/**
 * What the shell does in the new namespace: opens /usr, runs the command, closes it again for what the command
 * left running, and ends as the command did. $1 is /usr; the rest is the command.
 */
const script = `usr=$1; shift
${openStep('"$usr"').join(' ')} || exit 125
"$@"
status=$?
${closeStep('"$usr"').join(' ')} 2>/dev/null ||
  echo 'keelson: what this command left running still has files of /usr open for writing: keelson seal-usr status' >&2
exit $status`;

/**
 * The command line that runs `argv` with a /usr that can be written to, for it and what it starts by itself.
 * Everybody else sees /usr sealed meanwhile, also what systemd starts for it. What it mounts reaches the
 * machine as ever. Its status is the command's; 125 when /usr could not be opened.
 */
export function openCommand(argv: readonly string[], usr = '/usr'): readonly string[] {
  const shell = ['sh', '-c', script, openedMark, usr];
  return ['unshare', '--mount', '--propagation', 'unchanged', '--', ...shell, ...argv];
}

export const aptConfigurationPath = '/etc/apt/apt.conf.d/90keelson-seal-usr';
export const aptProgramPath = '/etc/keelson/seal-usr/dpkg';

/** apt, and all that is made of it, call this dpkg instead. */
export const aptConfiguration = `// Written by "keelson seal-usr --apt", taken away by "keelson seal-usr off".
Dir::Bin::dpkg "${aptProgramPath}";
`;

/** dpkg with a /usr that can be written to. It needs nothing of ours: it outlives the package. */
export const aptProgram = `#!/bin/sh
# Written by "keelson seal-usr --apt", taken away by "keelson seal-usr off": dpkg, with a /usr that can be
# written to for it alone.
# As another user nothing is installed, and a /usr that is not sealed needs no opening.
if [ "$(id -u)" -ne 0 ] || [ -w /usr ]; then exec dpkg "$@"; fi
exec unshare --mount --propagation unchanged -- sh -c '${script.replaceAll("'", `'\\''`)}' ${openedMark} /usr dpkg "$@"
`;
