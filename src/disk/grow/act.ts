// The acting half of growing: one half after the other, each planned anew from what is after the one before.

import { lock } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { planFileSystem, planLayers } from './file-system-plan.ts';
import { failed, type GrowOptions, type HalfOutcome, reached, resting, told } from './grow.ts';
import type { GrowFacts, HalfPlan } from './model.ts';
import { planPartition } from './partition-plan.ts';
import { sizeText } from './size-text.ts';
import { execute } from './steps.ts';

/** Plans and grows the partition, the layers and the file system. `gather` yields the facts of the moment. */
export async function growInTurn(
  gather: () => GrowFacts,
  options: GrowOptions,
): Promise<readonly HalfOutcome[]> {
  await using _ = await lock(options.lockPath);
  const outcomes = [await growHalf(gather, planPartition, options)];
  for (const { subject } of planLayers(gather())) {
    outcomes.push(await growHalf(gather, (facts) => layerPlan(facts, subject), options));
  }
  outcomes.push(await growHalf(gather, (facts) => planFileSystem(facts), options));
  return outcomes;
}

function layerPlan(facts: GrowFacts, subject: string): HalfPlan {
  const plan = planLayers(facts).find((each) => each.subject === subject);
  if (plan !== undefined) return plan;
  throw diskErrors.error('failed', `${subject} went away while its partition grew.`);
}

async function growHalf(
  gather: () => GrowFacts,
  plan: (facts: GrowFacts) => HalfPlan,
  options: GrowOptions,
): Promise<HalfOutcome> {
  const planned = plan(gather());
  if (planned.steps.length === 0) return resting(planned);
  const words: string[] = [];
  try {
    for (const step of planned.steps) {
      options.onStep?.(step);
      const said = await execute(step, options);
      if (said !== undefined) words.push(said);
    }
    // A program's word for it is not enough; systemd-repart, too, may have left the kernel behind.
    let now = plan(gather());
    for (const step of now.steps.filter((each) => each.do === 'refresh-kernel')) {
      options.onStep?.(step);
      await execute(step, options);
      now = plan(gather());
    }
    if (!reached(now.fromBytes, planned)) {
      throw diskErrors.error(
        'failed',
        `It has ${sizeText(now.fromBytes)} and not the ${sizeText(planned.toBytes)} that were to be: ${now.reason}`,
      );
    }
    return {
      ...told(planned),
      toBytes: now.fromBytes,
      outcome: 'grown',
      reason: [planned.reason, ...words].join(' '),
    };
  } catch (error) {
    return failed(planned, error);
  }
}
