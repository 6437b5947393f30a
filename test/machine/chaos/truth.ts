// Whether what is wanted is what runs: the store, every machine's systemd and files, and fleetctl's lists,
// each asked for itself and compared.

import type { Cluster, Machine } from '../../../src/sandbox/index.ts';
import type { Desired, Ledger } from './ledger.ts';
import { fleetctl } from './operations.ts';
import { forms } from './units.ts';

/** A unit as one machine has it. */
interface Seen {
  active: string;
  /** Of the content that its process was started with. */
  version: number | undefined;
  file: number | undefined;
}

interface Wanted {
  readonly desired: Desired;
  readonly version: number | undefined;
}

const look = `
for file in /run/fleet/units/*; do
  [ -e "$file" ] && echo "file \${file##*/} $(sed -n 's/^Environment=VERSION=//p' "$file")"
done
find /run/systemd/system /etc/systemd/system -name 'chaos-*' -printf 'link %f %Y\\n'
find /run/fleet /run/systemd/system -xtype l -printf 'dangling %f %p\\n'
find /run/fleet -type f ! -path '/run/fleet/units/*' -name '*chaos-*' -printf 'note %f\\n'
for unit in $(systemctl list-units --all --plain --no-legend 'chaos-*' | cut -d' ' -f1); do
  pid=$(systemctl show -P MainPID "$unit")
  version=
  [ "$pid" = 0 ] || version=$(tr '\\0' '\\n' </proc/$pid/environ 2>/dev/null | sed -n 's/^VERSION=//p')
  echo "unit $unit $(systemctl show -P ActiveState "$unit") $version"
done`;

interface MachineTruth {
  readonly machine: Machine;
  readonly units: ReadonlyMap<string, Seen>;
  readonly oddities: readonly string[];
}

async function lookAt(machine: Machine): Promise<MachineTruth> {
  const { stdout } = await machine.exec(['sh', '-c', look], { deadlineMs: 60_000, accept: 'any' });
  const units = new Map<string, Seen>();
  const oddities: string[] = [];
  const links = new Set<string>();
  const entry = (name: string): Seen => {
    const known = units.get(name) ?? { active: 'absent', version: undefined, file: undefined };
    units.set(name, known);
    return known;
  };
  const numberOf = (text: string | undefined) =>
    text === undefined || text === '' ? undefined : Number(text);
  for (const line of stdout.split('\n')) {
    const [kind, name = '', third, fourth] = line.split(' ');
    if (kind === 'file') entry(name).file = numberOf(third);
    else if (kind === 'unit') Object.assign(entry(name), { active: third ?? '', version: numberOf(fourth) });
    else if (kind === 'link') links.add(name);
    else if (kind === 'dangling') oddities.push(`${machine.name}: ${third} leads nowhere`);
  }
  for (const name of links) {
    if (units.get(name)?.file === undefined) oddities.push(`${machine.name}: a link of ${name} is left`);
  }
  return { machine, units, oddities };
}

async function keysOf(machine: Machine): Promise<Map<string, string>> {
  const { stdout } = await machine.exec(
    ['etcdctl', '--endpoints=http://127.0.0.1:2379', 'get', '--prefix', '/keelson/fleet/', '-w', 'json'],
    { env: { ETCDCTL_API: '3' }, deadlineMs: 20_000 },
  );
  const { kvs = [] }: { kvs?: { key: string; value?: string }[] } = JSON.parse(stdout);
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString();
  return new Map(kvs.map(({ key, value }) => [text(key).slice('/keelson/fleet/'.length), text(value)]));
}

/** What is wanted, as the store has it. */
function wantedIn(keys: ReadonlyMap<string, string>): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const [key, value] of keys) {
    const [kind, name = ''] = key.split('/');
    if (kind !== 'unit' || !forms.has(name)) continue;
    const { hash, desiredState }: { hash: string; desiredState: Desired } = JSON.parse(value);
    const version = /VERSION=(\d+)/.exec(keys.get(`content/${hash}`) ?? '')?.[1];
    wanted.set(name, {
      desired: desiredState,
      version: version === undefined ? undefined : Number(version),
    });
  }
  return wanted;
}

/** All that is not as it should be, each as a sentence; empty when the cluster is at rest and right. */
export async function problemsOf(cluster: Cluster, ledger: Ledger): Promise<string[]> {
  const [first] = cluster.machines;
  if (first === undefined) return ['There is no machine.'];
  const keys = await keysOf(first);
  const [machines, units, files, present] = await Promise.all([
    Promise.all(cluster.machines.map(lookAt)),
    fleetctl(first, ['list-units', '--full', '--no-legend', '--fields=unit,machine,active']),
    fleetctl(first, ['list-unit-files', '--full', '--no-legend', '--fields=unit,dstate,state,target']),
    fleetctl(first, ['list-machines', '--full', '--no-legend', '--fields=machine']),
  ]);
  const problems = machines.flatMap(({ oddities }) => oddities);
  for (const [what, result] of Object.entries({ units, files, present })) {
    if (result?.status !== 0) problems.push(`list of ${what}: ${result?.status} ${result?.stderr}`);
  }
  const wanted = wantedIn(keys);
  const metadata = new Map(cluster.record.machines.map((machine) => [machine.name, machine.metadata]));
  const holders = (name: string) => machines.filter(({ units: has }) => has.get(name)?.file !== undefined);
  const places = (name: string) =>
    holders(name)
      .map(({ machine }) => machine.name)
      .sort()
      .join(' ');

  for (const [name, form] of forms) {
    const wish = wanted.get(name) ?? { desired: 'absent', version: undefined };
    if (!ledger.allows(name, wish)) {
      problems.push(
        `${name} is wanted ${wish.desired} v${wish.version}, but was asked to be ${JSON.stringify(ledger.possible(name))}`,
      );
    }
    const everyone = cluster.machines.map((machine) => machine.name);
    const fitting = everyone.filter(
      (machine) => form.role === undefined || metadata.get(machine)?.['role'] === form.role,
    );
    const have = holders(name);
    const isHere = wish.desired === 'loaded' || wish.desired === 'launched';
    if (!isHere && have.length > 0) problems.push(`${name} is ${wish.desired}, but on ${places(name)}`);
    if (isHere && form.global === true && have.length !== everyone.length)
      problems.push(`${name} is global, and only on ${places(name)}`);
    if (isHere && form.global !== true && have.length > 1) problems.push(`${name} is on ${places(name)}`);
    if (isHere && form.global !== true && have.length === 0 && !mayWait(name)) {
      problems.push(`${name} is ${wish.desired}, and nowhere`);
    }
    for (const { machine, units: has } of machines) {
      const seen = has.get(name);
      if (seen === undefined) continue;
      const at = `${name} on ${machine.name}`;
      const restless = form.restless === true && ['activating', 'deactivating'].includes(seen.active);
      const up = seen.active === 'active' || restless;
      if (seen.file === undefined && seen.active !== 'inactive')
        problems.push(`${at} is ${seen.active} without a file`);
      if (seen.file === undefined) continue;
      if (!fitting.includes(machine.name)) problems.push(`${at} does not belong there`);
      if (seen.file !== wish.version) problems.push(`${at} has file v${seen.file}, not v${wish.version}`);
      if (wish.desired === 'launched' && !up) problems.push(`${at} is ${seen.active}, not up`);
      if (wish.desired === 'loaded' && ['active', 'activating', 'deactivating'].includes(seen.active))
        problems.push(`${at} is ${seen.active}, not down`);
      if (wish.desired === 'launched' && seen.version !== undefined && seen.version !== wish.version)
        problems.push(`${at} runs v${seen.version}, not v${wish.version}`);
      if (!keys.has(`schedule/${machine.machineId}/${name}`)) problems.push(`${at} is not scheduled there`);
      if (!keys.has(`state/${machine.machineId}/${name}`)) problems.push(`${at} has no state in the store`);
    }
  }

  /** Whether the unit may rightly be on no machine. */
  function mayWait(name: string): boolean {
    const form = forms.get(name);
    if (form?.beside !== undefined) return holders(form.beside).length === 0;
    if (form?.apart === undefined) return false;
    const { apart } = form;
    return machines.every(({ units: has }) =>
      [...has].some(([other, { file }]) => other.startsWith(apart) && file !== undefined),
    );
  }

  for (const { units: has, machine } of machines) {
    for (const [name, form] of forms) {
      if (has.get(name)?.file === undefined) continue;
      if (form.beside !== undefined && has.get(form.beside)?.file === undefined)
        problems.push(`${name} is on ${machine.name} without ${form.beside}`);
      const { apart } = form;
      const others = [...has].filter(
        ([other, { file }]) => apart !== undefined && other.startsWith(apart) && file !== undefined,
      );
      if (others.length > 1)
        problems.push(`${machine.name} has ${others.map(([other]) => other).join(' and ')}`);
    }
  }
  problems.push(...storeProblems(cluster, keys, wanted, holders));
  problems.push(...listProblems(units?.stdout ?? '', machines));
  if ((present?.stdout ?? '').trim().split('\n').length !== cluster.machines.length)
    problems.push(`list-machines has only ${present?.stdout}`);
  const listed = new Set((files?.stdout ?? '').split('\n').map((line) => line.split('\t')[0] ?? ''));
  for (const name of forms.keys()) {
    if (listed.has(name) !== wanted.has(name)) problems.push(`list-unit-files is wrong about ${name}`);
  }
  return problems;
}

function storeProblems(
  cluster: Cluster,
  keys: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, Wanted>,
  holders: (name: string) => readonly MachineTruth[],
): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  for (const [key, value] of keys) {
    if (key.startsWith('unit/') || key.startsWith('schedule/')) used.add(JSON.parse(value).hash);
  }
  for (const key of keys.keys()) {
    const [kind, first = '', name = ''] = key.split('/');
    if (kind === 'content' && !used.has(first)) problems.push(`The content ${first} is left in the store.`);
    if (kind === 'away') problems.push(`${first} is marked away.`);
    if (kind === 'machine-drain') problems.push(`${first} is drained.`);
    if (kind === 'engine-rebalance') problems.push('A request to even out is left in the store.');
    if (kind !== 'schedule' && kind !== 'state') continue;
    const machine = cluster.machines.find(({ machineId }) => machineId === first);
    if (machine === undefined) problems.push(`${key} is of no machine.`);
    if (!wanted.has(name) && forms.has(name)) problems.push(`${key} is left in the store.`);
    else if (forms.has(name) && !holders(name).some((held) => held.machine === machine))
      problems.push(`${key} is in the store, but nothing of it on ${machine?.name}.`);
  }
  return problems;
}

/** list-units against systemd. */
function listProblems(list: string, machines: readonly MachineTruth[]): string[] {
  const rows = list.split('\n').map((line) => line.split('\t').filter((cell) => cell !== ''));
  const said = new Map<string, string>(
    rows.flatMap(([name = '', place = '', active = '']) =>
      forms.has(name) ? [[`${name} ${place.split('/')[0]}`, active] as const] : [],
    ),
  );
  const problems: string[] = [];
  for (const { machine, units } of machines) {
    for (const [name, { active, file }] of units) {
      if (file === undefined) continue;
      const key = `${name} ${machine.machineId}`;
      const listed = said.get(key);
      said.delete(key);
      const same = listed === (active === 'absent' ? 'inactive' : active);
      if (!same && forms.get(name)?.restless !== true)
        problems.push(`list-units calls ${name} on ${machine.name} ${listed}, systemd ${active}`);
    }
  }
  for (const left of said.keys()) problems.push(`list-units has ${left}, which is not there`);
  return problems;
}
