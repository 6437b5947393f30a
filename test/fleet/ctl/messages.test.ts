// What fleetctl prints and ends with, case by case, against the real API: section by section of the reference.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { logLine } from '../../../src/fleet/ctl/log-line.ts';
import { version } from '../../../src/host/index.ts';
import { cluster } from './cluster.ts';
import { fleetctlHere } from './in-process.ts';

const text = '[Unit]\nDescription=Says hello\n[Service]\nExecStart=/bin/sleep 1000\n';
const place = '0a1b2c3d.../10.0.0.7';
const fullPlace = '0a1b2c3d4e5f60718293a4b5c6d7e8f9/10.0.0.7';

/** A call, then what it says: exit status, standard output, standard error. */
type Case = readonly [line: string, status: number, stdout: string | RegExp, stderr: string | RegExp];

async function play(
  cases: readonly Case[],
  options: Parameters<typeof cluster>[0] = {},
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using c = await cluster(options);
  for (const [name, content] of Object.entries(files)) {
    const file = join(c.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  for (const [line, status, stdout, stderr] of cases) {
    const words = line === '' ? [] : line.replaceAll('DIR', c.folder).split(' ');
    const ended = await fleetctlHere(words, { FLEETCTL_ENDPOINT: `unix://${c.path}` });
    const shown = (told: string) => told.replaceAll(`${c.folder}/`, 'DIR/');
    const fits = (told: string, expected: string | RegExp, stream: string) => {
      const where = `fleetctl ${line}: ${stream}`;
      if (typeof expected === 'string') assert.equal(shown(told), expected, where);
      else assert.match(shown(told), expected, where);
    };
    fits(ended.stderr, stderr, 'standard error');
    fits(ended.stdout, stdout, 'standard output');
    assert.equal(ended.status, status, `fleetctl ${line}: exit status (${ended.stderr})`);
  }
}

test('no arguments, wrong arguments, help and version', () =>
  play([
    ...['submit', 'load', 'start', 'stop', 'restart', 'unload', 'destroy', 'status'].map(
      (name): Case => [name, 0, '', 'No units given\n'],
    ),
    ['cat', 1, '', 'One unit file must be provided\n'],
    ['cat a b', 1, '', 'One unit file must be provided\n'],
    ['journal', 1, '', 'One unit file must be provided\n'],
    ['fd-forward', 1, '', /^One argument/],
    ['verify a', 2, '', /DEPRECATED/],
    ['version', 0, `fleetctl version ${version()}\n`, ''],
    ['', 0, new RegExp(`VERSION:\\n +${version()}\\n`), ''],
    ['help', 0, /VERSION:/, ''],
    ['--help', 0, /VERSION:/, ''],
    ['-h', 0, /VERSION:/, ''],
    ['--h', 0, /VERSION:/, ''],
    ['help start', 0, /fleetctl start \[FLAGS\] UNIT/, ''],
    ['start --help', 0, /fleetctl start \[FLAGS\] UNIT/, ''],
    ['frobnicate', 2, '', /^fleetctl: There is no command "frobnicate"\./],
    ['list-units --frob', 2, '', /^fleetctl: unknown flag: --frob /],
    ['list-units -x', 2, '', /^fleetctl: unknown flag: --x /],
    ['start --block-attempts', 2, '', /^fleetctl: .*argument missing/i],
    ['--driver=foo list-units', 1, '', 'Unable to initialize client: unrecognized driver "foo"\n'],
    ['--driver=api list-units', 1, '', 'Unable to initialize client: unrecognized driver "api"\n'],
    ['--driver=API list-units --no-legend', 0, '', ''],
    ['--experimental-api=false --etcd-key-prefix=/x list-units --no-legend', 0, '', ''],
    ['--endpoint=var/run/fleet.sock list-units', 2, '', /URL scheme undefined/],
    [
      '--endpoint=unix://var/run/fleet.sock list-units',
      2,
      '',
      /unable to connect to host "var" with scheme "unix"/,
    ],
  ]));

test('units through their states', () =>
  play(
    [
      ['list-units', 0, 'UNIT\tMACHINE\tACTIVE\tSUB\n', ''],
      ['list-unit-files', 0, 'UNIT\tHASH\tDSTATE\tSTATE\tTARGET\n', ''],
      ['submit DIR/a.service DIR/b', 0, 'Unit a.service inactive\nUnit b.service inactive\n', ''],
      ['submit DIR/a.service', 0, '', ''],
      ['cat a', 0, text.replace('hello\n', 'hello\n\n'), ''],
      ['cat nothing', 1, '', 'Unit nothing.service not found\n'],
      ['stop a', 1, '', 'Unable to stop unit a.service in state inactive\n'],
      ['restart a', 0, '', 'Unable to restart unit a.service in state inactive\n'],
      ['unload a', 0, '', 'Successfully unloaded units [].\n'],
      ['load a', 0, `Unit a.service loaded on ${place}\n`, ''],
      ['load a', 0, '', ''],
      ['stop a', 0, '', 'Successfully stopped units [].\n'],
      ['start a', 0, `Unit a.service launched on ${place}\n`, ''],
      ['start a', 0, '', ''],
      ['load a', 0, `Unit a.service loaded on ${place}\n`, ''],
      ['start --no-block a', 0, 'Triggered unit a.service start\n', ''],
      ['start a b', 0, /Unit b\.service launched on/, ''],
      ['restart a', 0, `Unit a.service launched on ${place}\n`, ''],
      ['restart --no-block a', 0, 'Triggered unit a.service restart\n', ''],
      [
        'stop --no-block a',
        0,
        'Triggered unit a.service stop\n',
        'Successfully stopped units [a.service].\n',
      ],
      ['start a', 0, `Unit a.service launched on ${place}\n`, ''],
      [
        'stop a nothing b',
        0,
        `Unit a.service loaded on ${place}\nUnit b.service loaded on ${place}\n`,
        'Successfully stopped units [a.service b.service].\n',
      ],
      ['load --no-block a', 0, '', ''],
      ['unload a', 0, 'Unit a.service inactive\n', 'Successfully unloaded units [a.service].\n'],
      ['stop nothing', 0, '', 'Units not found in registry\n'],
      ['unload nothing', 0, '', 'Units not found in registry\n'],
      ['destroy nothing', 0, '', 'Units not found in registry\n'],
      ['destroy a nothing', 0, 'Destroyed a.service\n', ''],
      ['destroy --no-block b', 0, 'Destroyed b.service\n', ''],
      ['status nothing', 1, '', 'Unit nothing.service does not exist.\n'],
      ['journal nothing', 1, '', 'Unit nothing.service does not exist.\n'],
    ],
    {},
    { 'a.service': text, 'b.service': text },
  ));

test('global units are asked for and not waited for', () =>
  play(
    [
      ['submit DIR/g', 0, 'Unit g.service \n', ''],
      ['start g', 0, 'Triggered global unit g.service start\n', ''],
      ['stop g', 0, 'Triggered global unit g.service stop\n', 'Successfully stopped units [g.service].\n'],
      ['load g', 0, '', ''],
      [
        'unload g',
        0,
        'Triggered global unit g.service unload\n',
        'Successfully unloaded units [g.service].\n',
      ],
      ['load g', 0, 'Triggered global unit g.service load\n', ''],
      ['journal -f g', 1, '', /^Unable to retrieve journal of global unit g\.service\./],
      ['status --no-block g', 0, /^g\.service on /, ''],
      ['destroy g', 0, 'Destroyed g.service\n', ''],
    ],
    {},
    { 'g.service': `${text}[X-Fleet]\nGlobal=true\n` },
  ));

test('where contents come from, and what is said of those that differ', () =>
  play(
    [
      [
        'start DIR/x',
        1,
        '',
        'Error creating units: unable to find Unit(x.service) in Registry or on filesystem\n',
      ],
      [
        'start DIR/x@1',
        1,
        '',
        'Error creating units: failed getting Unit(x@1.service) from template: unable to find template Unit(x@.service) in Registry or on filesystem\n',
      ],
      ['submit DIR/t@1', 0, 'Unit t@1.service inactive\n', ''],
      ['submit DIR/t@', 0, 'Unit t@.service inactive\n', ''],
      [
        'start t@.service',
        1,
        '',
        /^Error starting units: googleapi: Error 400: cannot activate template "t@\.service"\n/,
      ],
      [
        'load t@',
        1,
        '',
        /^Error loading units: googleapi: Error 400: cannot activate template "t@\.service"/,
      ],
      // The template is in the cluster: no file is needed.
      ['start t@2', 0, /^Unit t@2\.service inactive\nUnit t@2\.service launched on /, ''],
      ['submit --replace DIR/t@1', 0, 'Found same Unit(t@1.service) in Registry, nothing to do\n', ''],
      ['load --replace nowhere/t@1', 1, '', /^Error creating units: .*t@1\.service/],
      ['submit DIR/a', 0, 'Unit a.service inactive\n', ''],
      [
        'submit DIR/sub/a',
        0,
        '',
        'WARNING: Unit a.service in registry differs from local unit file DIR/sub/a.service. Add --replace to override.\n',
      ],
      [
        'start DIR/sub/t@1',
        0,
        `Unit t@1.service launched on ${place}\n`,
        'WARNING: Unit t@1.service in registry differs from local template unit file DIR/sub/t@.service. Add --replace to override.\n',
      ],
      ['submit --replace DIR/sub/a', 0, 'Unit a.service inactive\n', ''],
      ['load a', 0, /loaded/, ''],
      [
        'submit --replace DIR/a',
        0,
        '',
        "Warning: can not replace Unit(a.service) in state 'loaded', use the appropriate command\n",
      ],
      ['load --replace DIR/a', 0, `Unit a.service loaded on ${place}\n`, ''],
      ['start --replace DIR/sub/a', 0, `Unit a.service launched on ${place}\n`, ''],
      [
        'load --replace DIR/a',
        0,
        `Unit a.service loaded on ${place}\n`,
        "Warning: can not replace Unit(a.service) in state 'launched', use the appropriate command\n",
      ],
      ['start --replace DIR/a', 0, `Unit a.service launched on ${place}\n`, ''],
      // Replacing a template touches none of its instances.
      ['submit --replace DIR/sub/t@', 0, 'Unit t@.service inactive\n', ''],
      ['cat t@2', 0, text.replace('hello\n', 'hello\n\n'), ''],
    ],
    {},
    {
      'a.service': text,
      't@.service': text,
      'sub/a.service': text.replace('1000', '2000'),
      'sub/t@.service': text.replace('1000', '2000'),
    },
  ));

test('units that fail, or that no machine takes', () =>
  play(
    [
      [
        'start DIR/bad',
        1,
        'Unit bad.service inactive\n',
        `Unit bad.service failed on ${place}: systemd's job ended with "failed".\nSee "fleetctl status bad.service" and "fleetctl journal bad.service".\n`,
      ],
      // It is launched already, whatever became of it.
      ['start bad', 0, '', ''],
      ['start DIR/once', 0, /Unit once\.service launched on /, ''],
      [
        'start --block-attempts=3 DIR/none',
        1,
        'Unit none.service inactive\n',
        [
          'Unit none.service waits: No machine has metadata disk=ssd.',
          'Error waiting for units: timed out waiting for unit none.service to report state launched: No machine has metadata disk=ssd.',
          'Error waiting for unit states, exit status: timed out waiting for unit none.service to report state launched: No machine has metadata disk=ssd.',
          '',
        ].join('\n'),
      ],
      [
        'stop none',
        1,
        '',
        'Unable to stop unit none.service in state inactive; it waits for a machine: "fleetctl unload none.service" takes it back\n',
      ],
      ['status none', 1, '', /^Unit none\.service does not appear to be loaded\./],
      ['journal none', 1, '', /^Unit none\.service does not appear to be running\./],
      ['unload none', 0, /inactive/, 'Successfully unloaded units [none.service].\n'],
    ],
    {
      outcome: (name) => (name.startsWith('bad') ? 'failed' : name.startsWith('none') ? 'none' : 'oneshot'),
    },
    { 'bad.service': text, 'none.service': text, 'once.service': text },
  ));

test('lists', () =>
  play(
    [
      ['start --no-block DIR/a DIR/g', 0, /Triggered/, ''],
      ['start a', 0, /|launched/, ''],
      [
        'list-unit-files --fields=unit,dstate,state,target,global,desc',
        0,
        'UNIT\t\tDSTATE\t\tSTATE\t\tTARGET\t\t\tGLOBAL\tDESC\n' +
          `a.service\tlaunched\tlaunched\t${place}\tfalse\tSays hello\n` +
          'g.service\tlaunched\t-\t\tglobal\t\t\ttrue\tSays hello\n',
        '',
      ],
      [
        'list-unit-files --no-legend --fields=tmachine,unit a',
        0,
        `${place}\ta.service\nglobal\t\t\tg.service\n`,
        'WARNING: The "tmachine" field is deprecated. Use "target" instead\n',
      ],
      ['list-unit-files --no-legend --full --fields=target', 0, `${fullPlace}\nglobal\n`, ''],
      ['list-unit-files --no-legend --fields=hash', 0, /^[0-9a-f]{7}\n[0-9a-f]{7}\n$/, ''],
      ['list-unit-files --no-legend --full --fields=hash', 0, /^[0-9a-f]{40}\n[0-9a-f]{40}\n$/, ''],
      ['list-units -l --no-legend --fields=machine,unit', 0, new RegExp(`^${fullPlace}\ta\\.service\n`), ''],
      ['list-units --fields=unit,unit', 0, /^UNIT\t\tUNIT\na\.service\ta\.service\n/, ''],
      ['list-units --fields=load,sub,hash --no-legend', 0, /^loaded\trunning\t[0-9a-f]{7}\n/, ''],
      ['list-machines --no-legend', 0, '0a1b2c3d...\t10.0.0.7\tdisk=ssd,zone=b\n', ''],
      ['list-machines --full --no-legend --fields=machine', 0, '0a1b2c3d4e5f60718293a4b5c6d7e8f9\n', ''],
      ...['list-machines', 'list-units', 'list-unit-files'].flatMap((name): Case[] => [
        [`${name} --fields=x`, 1, '', /^Invalid key in output format: "x"\n/],
        [`${name} --fields=`, 1, '', 'Must define output format\n'],
      ]),
    ],
    {},
    { 'a.service': text, 'g.service': `${text}[X-Fleet]\nGlobal=true\n` },
  ));

test('a server that cannot serve', () =>
  play(
    [
      [
        'list-machines',
        1,
        '',
        [
          'Error retrieving list of active machines from fleet API (googleapi: Error 503: fleet server unable to communicate with etcd)',
          'Possible issues:',
          '  etcd is unhealthy and/or lost quorum',
          '  connection cannot be established to any etcd servers',
          '',
        ].join('\n'),
      ],
      ...['list-units', 'list-unit-files'].map(
        (name): Case => [
          name,
          1,
          '',
          'Error retrieving list of units from repository: googleapi: Error 503: fleet server unable to communicate with etcd\n',
        ],
      ),
      ...['cat a', 'stop a', 'start a', 'destroy a', 'status a'].map(
        (line): Case => [
          line,
          1,
          '',
          /^googleapi: Error 503: fleet server unable to communicate with etcd\n$/,
        ],
      ),
      [
        '--endpoint=unix:///nowhere.sock list-units',
        1,
        '',
        /^Error retrieving list of units from repository: fleetd at \/nowhere\.sock cannot be reached/,
      ],
    ],
    { api: { unavailable: () => 'fleet server unable to communicate with etcd' } },
  ));

test('lines of the log have their form', () =>
  play(
    [
      [
        'submit DIR/a',
        0,
        'Unit a.service inactive\n',
        /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d WARN \S+: Unit a\.service: unrecognized requirement in \[X-Fleet\] section: "Machine"\n$/,
      ],
      ['--debug list-units --no-legend', 0, '', /^\d{4}\/.* DEBUG \S+: GET \/fleet\/v2\/units 200/],
    ],
    {},
    { 'a.service': `${text}[X-Fleet]\nMachine=b\n` },
  ));

test('a line of the log', () => {
  assert.equal(
    logLine('WARN', 'Mind this.', new Date(2016, 10, 3, 4, 5, 6)),
    '2016/11/03 04:05:06 WARN fleetctl: Mind this.',
  );
});

test('--json prints one value, whatever the command did', async () => {
  await using c = await cluster({ outcome: (name) => (name.startsWith('bad') ? 'failed' : 'active') });
  for (const name of ['a', 'bad']) writeFileSync(join(c.folder, `${name}.service`), text);
  const machineID = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  const json = async (line: string, status = 0): Promise<unknown> => {
    const ended = await fleetctlHere([...line.replaceAll('DIR', c.folder).split(' '), '--json'], {
      FLEETCTL_ENDPOINT: `unix://${c.path}`,
    });
    assert.equal(ended.status, status, `${line}: ${ended.stderr}`);
    return JSON.parse(ended.stdout);
  };
  assert.deepEqual(await json('submit DIR/a'), [{ name: 'a.service', outcome: 'inactive', created: true }]);
  assert.deepEqual(await json('start a DIR/bad', 1), [
    { name: 'a.service', outcome: 'launched', machineID },
    {
      ...{
        name: 'bad.service',
        outcome: 'failed',
        machineID,
        message: 'systemd\'s job ended with "failed".',
      },
      created: true,
    },
  ]);
  assert.deepEqual(await json('start a'), [{ name: 'a.service', outcome: 'unchanged' }]);
  assert.deepEqual(await json('restart --no-block a'), [{ name: 'a.service', outcome: 'triggered' }]);
  assert.deepEqual(await json('stop a lost'), [
    { name: 'lost.service', outcome: 'unknown' },
    { name: 'a.service', outcome: 'loaded', machineID },
  ]);
  assert.deepEqual(await json('destroy a lost'), [
    { name: 'lost.service', outcome: 'unknown' },
    { name: 'a.service', outcome: 'destroyed' },
  ]);
  assert.deepEqual(await json('stop'), []);
  assert.deepEqual(await json('cat bad'), {
    name: 'bad.service',
    desiredState: 'launched',
    options: [
      { section: 'Unit', name: 'Description', value: 'Says hello' },
      { section: 'Service', name: 'ExecStart', value: '/bin/sleep 1000' },
    ],
  });
});
