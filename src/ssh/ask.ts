// What ssh asks (an unknown host key, a password) is answered on our own input and terminal. ssh would ask on
// a terminal only; scripts answer on a pipe, and what follows the answer there belongs to the remote command.

import { accessSync, constants, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * ssh runs it with the question and reads the answer from its output. `read` takes one line off the input and
 * not a byte more. The input of an ssh that serves as another one's way is no input of ours: then it is found
 * through our process. Passwords are asked for on the terminal, or by the program the user has for that.
 */
const script = `#!/bin/sh
if [ "$SSH_ASKPASS_PROMPT" = none ]; then
  printf '%s\\n' "$1" >&2
  exit 0
fi
# One question at a time, when several machines are logged in at.
exec 9>"$0.lock"
flock 9 2>/dev/null
case $1 in
*'continue connecting (yes/no'*)
  printf '%s(yes/no)? ' "\${1%'(yes/no'*}" >&2
  own=$(readlink /proc/self/fd/0)
  if [ -t 0 ]; then
    # Opened anew: others who share it may have set it not to wait.
    IFS= read -r answer </proc/self/fd/0
  elif [ "$own" = "$FLEETCTL_ASK_INPUT" ]; then
    IFS= read -r answer
  else
    case $FLEETCTL_ASK_INPUT in
    pipe:* | /dev/pts/* | /dev/tty*) IFS= read -r answer <"/proc/$FLEETCTL_ASK_PID/fd/0" ;;
    esac
  fi
  case $answer in
  [yY] | [yY][eE][sS]) echo yes ;;
  SHA256:*) printf '%s\\n' "$answer" ;;
  *) echo no ;;
  esac
  exit 0 ;;
"Please type 'yes'"*)
  echo no
  exit 0 ;;
esac
if (: </dev/tty) 2>/dev/null; then
  saved=$(stty -g </dev/tty)
  trap 'stty "$saved" </dev/tty; echo >/dev/tty' EXIT
  trap 'exit 1' HUP INT TERM
  printf '%s' "$1" >/dev/tty
  stty -echo </dev/tty
  IFS= read -r answer </dev/tty || exit 1
  printf '%s\\n' "$answer"
  exit 0
fi
[ -n "$FLEETCTL_ASK_OTHER" ] || exit 1
exec "$FLEETCTL_ASK_OTHER" "$1"
`;

/**
 * The environment in which ssh asks through us; the script is written into the first of the folders that
 * programs may be run from. Without such a folder ssh asks as it always does.
 */
export function askEnvironment(folders: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  const program = folders.map((folder) => join(folder, 'ask')).find(writeProgram);
  if (program === undefined) return environment;
  const { DISPLAY, WAYLAND_DISPLAY, SSH_ASKPASS, SSH_ASKPASS_REQUIRE } = environment;
  const other = (DISPLAY ?? WAYLAND_DISPLAY ?? '') !== '' || SSH_ASKPASS_REQUIRE === 'force';
  return {
    ...environment,
    SSH_ASKPASS: program,
    SSH_ASKPASS_REQUIRE: 'force',
    FLEETCTL_ASK_PID: String(process.pid),
    FLEETCTL_ASK_INPUT: ownInput(),
    FLEETCTL_ASK_OTHER: other ? (SSH_ASKPASS ?? '') : '',
  };
}

function writeProgram(path: string): boolean {
  try {
    writeFileSync(path, script, { mode: 0o700 });
    // Fails as well where nothing may be run: on file systems mounted so.
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ownInput(): string {
  try {
    return readlinkSync('/proc/self/fd/0');
  } catch {
    return 'none';
  }
}
