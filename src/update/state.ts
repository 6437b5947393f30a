// The states of the update engine and the ways between them. Pure: an event and a state give the next state and
// what is to be done. `engine.ts` does it.
//
//    IDLE → CHECKING → UPDATE_AVAILABLE → DOWNLOADING → VERIFYING → FINALIZING → UPDATED_NEED_REBOOT
//              │               └──────────────┴──────────────┴─────────────┤
//              ├─ nothing new → IDLE                                       │
//              └─ refused, failed → REPORTING_ERROR_EVENT → IDLE ◀─────────┘

import { eventResultOf, eventResults, eventTypes } from '../omaha/index.ts';
import type { Offer, Operation, StatusReport, Wish } from './model.ts';

export interface EngineState extends StatusReport {
  /** Why it is as it is, as a sentence; empty when there is nothing to say. */
  readonly reason: string;
  /** The error code of the last attempt; 0 after one that ended well, and before the first. */
  readonly lastCode: number;
}

export const idle: EngineState = {
  lastCheckedS: 0,
  progress: 0,
  operation: 'UPDATE_STATUS_IDLE',
  newVersion: '0.0.0',
  newSize: 0,
  reason: '',
  lastCode: 0,
};

export type EngineEvent =
  /** The timer, or a person. */
  | { readonly kind: 'check'; readonly wish: Wish }
  | { readonly kind: 'nothing-new'; readonly nowS: number; readonly reason: string }
  | { readonly kind: 'offered'; readonly nowS: number; readonly offer: Offer; readonly wish: Wish }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  /** There was no answer that could be read. */
  | { readonly kind: 'check-failed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'progress'; readonly progress: number }
  | { readonly kind: 'verifying' }
  | { readonly kind: 'downloaded' }
  | { readonly kind: 'applied'; readonly offer: Offer }
  /** `resumed`: it went on with what an attempt before had left. */
  | {
      readonly kind: 'apply-failed';
      readonly code: number;
      readonly reason: string;
      readonly resumed?: boolean;
    }
  /** The engine is stopped in the middle; what is there is gone on with next time. */
  | { readonly kind: 'interrupted' }
  /** The error event was sent, or could not be. */
  | { readonly kind: 'reported' }
  | { readonly kind: 'pinged' }
  | { readonly kind: 'reset' }
  /** The engine was started again while an update waits for the reboot. */
  | { readonly kind: 'still-pending'; readonly version: string };

export type EngineAction =
  | { readonly kind: 'check'; readonly wish: Wish }
  | { readonly kind: 'ping' }
  | { readonly kind: 'apply'; readonly offer: Offer; readonly wish: Wish }
  | {
      readonly kind: 'report';
      readonly type: number;
      readonly result: number;
      readonly code: number;
      readonly resumed?: boolean;
    }
  | { readonly kind: 'keep-pending'; readonly version: string }
  | { readonly kind: 'schedule' };

export interface Transition {
  readonly state: EngineState;
  readonly actions: readonly EngineAction[];
}

const working = new Set<Operation>([
  'UPDATE_STATUS_UPDATE_AVAILABLE',
  'UPDATE_STATUS_DOWNLOADING',
  'UPDATE_STATUS_VERIFYING',
  'UPDATE_STATUS_FINALIZING',
]);

/** Whether an update is being downloaded or written in that state. */
export function isWorking({ operation }: Pick<EngineState, 'operation'>): boolean {
  return working.has(operation);
}

/** Whether `reset` can be had in that state. */
export function canReset({ operation }: Pick<EngineState, 'operation'>): boolean {
  return operation === 'UPDATE_STATUS_IDLE' || operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT';
}

/** The next state and what is to be done. An event that does not belong to the state changes nothing. */
export function next(state: EngineState, event: EngineEvent): Transition {
  const { operation } = state;
  switch (event.kind) {
    case 'check':
      if (operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT') return { state, actions: [{ kind: 'ping' }] };
      if (operation !== 'UPDATE_STATUS_IDLE') return stay(state);
      return {
        state: { ...state, operation: 'UPDATE_STATUS_CHECKING_FOR_UPDATE' },
        actions: [{ kind: 'check', wish: event.wish }],
      };
    case 'nothing-new':
    case 'offered':
    case 'refused':
    case 'check-failed':
      return operation === 'UPDATE_STATUS_CHECKING_FOR_UPDATE' ? answered(state, event) : stay(state);
    case 'progress':
    case 'verifying':
    case 'downloaded':
    case 'applied':
    case 'apply-failed':
      return isWorking(state) ? worked(state, event) : stay(state);
    case 'interrupted':
      if (operation === 'UPDATE_STATUS_UPDATED_NEED_REBOOT') return stay(state);
      return { state: { ...idle, lastCheckedS: state.lastCheckedS }, actions: [] };
    case 'reported':
      if (operation !== 'UPDATE_STATUS_REPORTING_ERROR_EVENT') return stay(state);
      return { state: rested(state), actions: [{ kind: 'schedule' }] };
    case 'pinged':
      return { state, actions: [{ kind: 'schedule' }] };
    case 'reset':
      if (operation !== 'UPDATE_STATUS_UPDATED_NEED_REBOOT') return stay(state);
      return { state: rested({ ...state, reason: '' }), actions: [] };
    case 'still-pending':
      return { state: waiting(state, event.version), actions: [] };
  }
}

type AnswerEvent = Extract<EngineEvent, { kind: 'nothing-new' | 'offered' | 'refused' | 'check-failed' }>;

function answered(state: EngineState, event: AnswerEvent): Transition {
  switch (event.kind) {
    case 'nothing-new':
      return {
        state: rested({ ...state, lastCheckedS: event.nowS, reason: event.reason, lastCode: 0 }),
        actions: [{ kind: 'schedule' }],
      };
    case 'offered':
      return {
        state: {
          ...{ lastCheckedS: event.nowS, progress: 0, operation: 'UPDATE_STATUS_UPDATE_AVAILABLE' },
          ...{ newVersion: event.offer.version, newSize: event.offer.sizeBytes, reason: '', lastCode: 0 },
        },
        actions: [
          { kind: 'report', type: eventTypes.updateDownloadStarted, result: eventResults.success, code: 0 },
          { kind: 'apply', offer: event.offer, wish: event.wish },
        ],
      };
    case 'refused':
    case 'check-failed':
      return failed(state, event.code, event.reason);
  }
}

type WorkEvent = Extract<
  EngineEvent,
  { kind: 'progress' | 'verifying' | 'downloaded' | 'applied' | 'apply-failed' }
>;

function worked(state: EngineState, event: WorkEvent): Transition {
  switch (event.kind) {
    case 'progress': {
      // What comes late from the download does not undo that it ended.
      const downloads =
        state.operation === 'UPDATE_STATUS_UPDATE_AVAILABLE' ||
        state.operation === 'UPDATE_STATUS_DOWNLOADING';
      if (!downloads) return stay(state);
      const progress = Math.min(1, Math.max(0, event.progress));
      return { state: { ...state, operation: 'UPDATE_STATUS_DOWNLOADING', progress }, actions: [] };
    }
    case 'verifying':
      if (state.operation === 'UPDATE_STATUS_FINALIZING') return stay(state);
      return { state: { ...state, operation: 'UPDATE_STATUS_VERIFYING' }, actions: [] };
    case 'downloaded':
      if (state.operation === 'UPDATE_STATUS_FINALIZING') return stay(state);
      return {
        state: { ...state, operation: 'UPDATE_STATUS_FINALIZING', progress: 1 },
        actions: [
          { kind: 'report', type: eventTypes.updateDownloadFinished, result: eventResults.success, code: 0 },
        ],
      };
    case 'applied':
      return {
        state: waiting(state, event.offer.version),
        actions: [
          { kind: 'keep-pending', version: event.offer.version },
          { kind: 'report', type: eventTypes.updateComplete, result: eventResults.success, code: 0 },
          { kind: 'schedule' },
        ],
      };
    case 'apply-failed':
      return failed(state, event.code, event.reason, event.resumed);
  }
}

function failed(state: EngineState, code: number, reason: string, resumed = false): Transition {
  return {
    state: {
      ...idle,
      ...{ operation: 'UPDATE_STATUS_REPORTING_ERROR_EVENT', lastCheckedS: state.lastCheckedS },
      ...{ lastCode: code, reason },
    },
    actions: [
      {
        kind: 'report',
        type: eventTypes.updateComplete,
        result: eventResultOf(code),
        ...{ code, ...(resumed ? { resumed } : {}) },
      },
    ],
  };
}

function waiting(state: EngineState, version: string): EngineState {
  return {
    ...state,
    ...{ operation: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', progress: 1, newVersion: version, lastCode: 0 },
    reason: `Version ${version} is installed; the next boot tries it.`,
  };
}

function rested({ lastCheckedS, reason, lastCode }: EngineState): EngineState {
  return { ...idle, lastCheckedS, reason, lastCode };
}

function stay(state: EngineState): Transition {
  return { state, actions: [] };
}
