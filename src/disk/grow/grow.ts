// Grows a file system into the space there is: the partition, the layers on it, the file system, each decided
// from what is and not from what was done before, so that a run that was cut short is finished by the next.

import { CodedError } from '../../host/index.ts';
import { type GrowTarget, gatherFacts } from './facts.ts';
import { planFileSystem, planLayers } from './file-system-plan.ts';
import type { GrowFacts, HalfPlan, Step } from './model.ts';
import { grainBytes, planPartition } from './partition-plan.ts';

export interface GrowOptions {
  readonly dryRun?: boolean;
  /** Where copies of partition tables go; the first that can be written to. */
  readonly keepFolders: readonly string[];
  /** One run at a time holds this. */
  readonly lockPath: string;
  /** Folders of systemd-repart's definitions, instead of its own. */
  readonly definitions?: readonly string[];
  /** Told before each step. */
  readonly onStep?: (step: Step) => void;
}

/** How one half ended. */
export interface HalfOutcome {
  readonly half: HalfPlan['half'];
  readonly subject: string;
  readonly outcome: 'grown' | 'would grow' | 'full' | 'cannot' | 'refused' | 'failed';
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Sentences: where it ends now, or why it is as it was. */
  readonly reason: string;
  readonly hint?: string;
  /** What would be done; of a dry run only. */
  readonly steps?: readonly Step[];
}

/**
 * Grows what `target` names. Never throws for what one half meets: that is its outcome, and the other halves are
 * tried all the same. Throws `disk.absent` when there is no such target.
 */
export async function grow(target: GrowTarget, options: GrowOptions): Promise<readonly HalfOutcome[]> {
  const gather = () => gatherFacts(target, options.definitions);
  const plans = planAll(gather());
  if (plans.every(({ steps }) => steps.length === 0)) return plans.map(resting);
  if (options.dryRun === true) {
    return plans.map((plan) =>
      plan.steps.length === 0 ? resting(plan) : { ...told(plan), outcome: 'would grow', steps: plan.steps },
    );
  }
  // Only now, with something to do, is what does it loaded.
  const { growInTurn } = await import('./act.ts');
  return await growInTurn(gather, options);
}

/** All halves, each as if those below it had grown: what a dry run tells. */
export function planAll(facts: GrowFacts): readonly HalfPlan[] {
  const partition = planPartition(facts);
  const layers = planLayers(facts, partition.steps.length > 0 ? partition.toBytes : undefined);
  return [partition, ...layers, planFileSystem(facts, deviceBytes(facts, [partition, ...layers]))];
}

/** The bytes that the file system's own device has once these have grown; undefined when that is as it is now. */
function deviceBytes({ stack }: GrowFacts, lower: readonly HalfPlan[]): number | undefined {
  return lower.findLast(({ subject, steps }) => subject === stack.devices[0]?.path && steps.length > 0)
    ?.toBytes;
}

export function told({
  half,
  subject,
  fromBytes,
  toBytes,
  reason,
  hint,
}: HalfPlan): Omit<HalfOutcome, 'outcome'> {
  return { half, subject, fromBytes, toBytes, reason, ...(hint === undefined ? {} : { hint }) };
}

/** The outcome of a half with nothing to do. */
export function resting(plan: HalfPlan): HalfOutcome {
  return { ...told(plan), outcome: plan.verdict === 'grow' ? 'full' : plan.verdict };
}

/** The outcome of a half whose steps failed. */
export function failed(plan: HalfPlan, error: unknown): HalfOutcome {
  if (!(error instanceof CodedError)) throw error;
  const hint = error.hint ?? 'The next run tries again; until then everything is as it was.';
  return { ...told(plan), toBytes: plan.fromBytes, outcome: 'failed', reason: error.message, hint };
}

/** Whether so many bytes are what was planned, but for what a tool rounds away. */
export const reached = (bytes: number, plan: HalfPlan): boolean => plan.toBytes - bytes < grainBytes;
