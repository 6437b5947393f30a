// One check: the server asked, its answer held against this machine's policy.

import type { CheckOutcome } from './cadence.ts';
import type { FailedVersion, Offer, Wish } from './model.ts';
import { decide } from './policy.ts';
import type { EnginePorts, Look } from './ports.ts';
import { loadRetry, saveRetry } from './prefs/retry-prefs.ts';
import { backoffLeftMs, retryFor } from './retry.ts';
import { check, isSuccess } from './server/server.ts';
import { rebootEvent } from './settle.ts';
import type { EngineEvent } from './state.ts';

export interface Asked {
  readonly event: EngineEvent;
  /** What it says about the next check. */
  readonly outcome: CheckOutcome;
}

/** The server could not even be asked. */
const notAsked = 2;

/** Asks for an update and decides about it. Throws the signal's reason. */
export async function ask(
  ports: EnginePorts,
  look: Look,
  wish: Wish,
  failed: readonly FailedVersion[],
  signal: AbortSignal,
): Promise<Asked> {
  const { post, prefs, log, date } = ports;
  const { server, serverProblem } = look.settings;
  if (server === undefined) {
    const reason = serverProblem ?? 'Updates are off.';
    return { event: { kind: 'check-failed', code: notAsked, reason }, outcome: {} };
  }
  const previous = await prefs.get('previous-version');
  // How the reboot went is known when the version that runs is blessed.
  const event = look.runningSlot === 'on-trial' ? undefined : rebootEvent(previous, look);
  const result = await check(post, server, look, { interactive: wish.interactive, event }, signal);
  if (event !== undefined && isSuccess(result.httpStatus) && previous !== '') {
    await prefs.note('previous-version', '');
  }
  const nowS = Math.floor(date() / 1000);
  const outcome = { httpStatus: result.httpStatus, pollIntervalS: result.pollIntervalS };
  if (result.kind === 'failed') {
    log.warn({}, result.reason);
    const { code, reason } = result;
    return { event: { kind: 'check-failed', code, reason }, outcome };
  }
  if (result.kind === 'none') return { event: { kind: 'nothing-new', nowS, reason: result.reason }, outcome };
  const judged = await judge(ports, look, result.offer, { wish, failed, nowS });
  // Where the field's programs look for what else belongs to the release.
  if (judged.kind === 'offered') await prefs.note('full-response', result.document);
  return { event: judged, outcome };
}

async function judge(
  { prefs, records, log, date }: EnginePorts,
  look: Look,
  offer: Offer,
  { wish, failed, nowS }: { wish: Wish; failed: readonly FailedVersion[]; nowS: number },
): Promise<EngineEvent> {
  const before = await loadRetry(prefs);
  const retry = retryFor(before, offer, date());
  if (retry !== before) {
    await saveRetry(prefs, retry, before).catch((error: unknown) =>
      log.warn({ err: error }, 'The retry state could not be kept.'),
    );
  }
  const bySlots = (await records.isLetIn(offer.version))
    ? []
    : failedInSlots(look.slots).map((version) => ({
        ...{ version, reason: 'It used up its tries to boot.', sinceS: 0 },
      }));
  const facts = {
    ...{ version: look.version, runningSlot: look.runningSlot, failed: [...failed, ...bySlots] },
    backoffLeftMs: backoffLeftMs(retry, offer, date()),
  };
  const decision = decide(offer, facts, wish);
  if (decision.take) return { kind: 'offered', nowS, offer, wish };
  log.warn({}, decision.reason);
  return { kind: 'refused', code: decision.code, reason: decision.reason };
}

/** The versions that the slots remember as failed, or hold as such. */
export function failedInSlots(slots: Look['slots']): readonly string[] {
  const used = slots?.slots.filter(({ state }) => state === 'failed') ?? [];
  return [...(slots?.failed ?? []), ...used].flatMap(({ version }) => version ?? []);
}
