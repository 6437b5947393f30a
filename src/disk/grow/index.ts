// Growing: what other parts of this room and its door take from here.

export type { GrowTarget } from './facts.ts';
export { type GrowOptions, grow, type HalfOutcome } from './grow.ts';
export { sizeText } from './size-text.ts';
