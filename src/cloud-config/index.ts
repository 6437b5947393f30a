// The door of cloud-config: user-data into a plan, and a plan onto the machine.

export { applyPlan, isSettled } from './apply/apply.ts';
export type { Machine } from './apply/machine.ts';
export { cloudConfigErrors } from './errors.ts';
export type { Applied, Facts, Finding, Metadata, Operation, Outcome } from './model.ts';
export { type Plan, type PlanInput, planCloudConfig } from './plan.ts';
export { loadValidator } from './validate/load.ts';
