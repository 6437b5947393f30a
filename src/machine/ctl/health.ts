// keelson health: the gates that a boot on trial has to pass, asked at any time.

import { Command } from 'commander';
import { cliErrors, styled } from '../../cli/index.ts';
import { homeDirectory } from '../../host/index.ts';
import type { GateVerdict } from '../health/model.ts';

export function command(): Command {
  return new Command('health')
    .description('Ask the gates that a boot on trial has to pass. Exits 1 when one is not content.')
    .option('--wait <seconds>', 'ask until all are content, this long at most', seconds, 0)
    .option('--json', 'print what they say as JSON', false)
    .option('-q, --quiet', 'print only who is not content', false)
    .action(async (options: { wait: number; json: boolean; quiet: boolean }) => {
      const { lookOnce, waitUntilHealthy } = await import('../health/look.ts');
      const look = () => lookOnce(homeDirectory());
      // A boot may be given up before the wait is over: what it waits for is to be seen by then.
      const onUnhealthy = (verdicts: readonly GateVerdict[]) => process.stderr.write(report(verdicts));
      const verdicts =
        options.wait === 0
          ? await look()
          : await waitUntilHealthy(look, options.wait * 1000, { onUnhealthy });
      if (options.json) process.stdout.write(`${JSON.stringify(verdicts, undefined, 2)}\n`);
      else process.stdout.write(report(verdicts.filter(({ healthy }) => !options.quiet || !healthy)));
      if (verdicts.some(({ healthy }) => !healthy)) process.exitCode = 1;
    })
    .addHelpText('after', '\nGates of your own: programs in /etc/keelson/health.d.\n');
}

function report(verdicts: readonly GateVerdict[]): string {
  const width = Math.max(...verdicts.map(({ gate }) => gate.length));
  return verdicts
    .map(({ gate, healthy, message }) => {
      const mark = healthy ? styled('green', 'ok  ') : styled('red', 'FAIL');
      return `${mark}  ${gate.padEnd(width)}  ${message}\n`;
    })
    .join('');
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 86_400) return value;
  throw cliErrors.error('usage', `--wait wants whole seconds up to a day, not “${text}”.`);
}
