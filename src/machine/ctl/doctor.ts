// keelson doctor: what is right and wrong with this machine, and what to do about it.

import { Command } from 'commander';
import { styled } from '../../cli/index.ts';
import { homeDirectory } from '../../host/index.ts';
import { diagnose, type Finding } from '../doctor/checks.ts';
import { gatherFacts } from '../doctor/gather.ts';

export function command(): Command {
  return new Command('doctor')
    .description('Check this machine. Changes nothing; exits 1 when something is broken.')
    .option('--json', 'print the findings, and the facts they rest on, as JSON', false)
    .option('-q, --quiet', 'print only what is not right', false)
    .action(async (options: { json: boolean; quiet: boolean }) => {
      const facts = await gatherFacts(homeDirectory());
      const findings = diagnose(facts);
      if (options.json) process.stdout.write(`${JSON.stringify({ findings, facts }, undefined, 2)}\n`);
      else process.stdout.write(report(findings.filter(({ verdict }) => !options.quiet || verdict !== 'ok')));
      if (findings.some(({ verdict }) => verdict === 'fail')) process.exitCode = 1;
    });
}

function report(findings: readonly Finding[]): string {
  const marks = { ok: styled('green', 'ok  '), warn: styled('yellow', 'warn'), fail: styled('red', 'FAIL') };
  return findings
    .map(({ check, verdict, message, advice }) => {
      const line = `${marks[verdict]}  ${check.padEnd(10)}  ${message}\n`;
      return advice === '' ? line : `${line}${' '.repeat(18)}${advice}\n`;
    })
    .join('');
}
