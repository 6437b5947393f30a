// A conversation with EC2's metadata service: with a session token where it gives one (IMDSv2), without
// where it does not (IMDSv1, and services of other clouds in EC2's form).
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html

import { type FetchLimits, fetchAnswer, type Probe, probe, refused } from './http.ts';
import type { Answer, RequestOptions } from './request.ts';

/** Where a service of this kind gives its token, and how the token is shown. */
export interface TokenForm {
  readonly path: string;
  readonly lifetime: Readonly<Record<string, string>>;
  readonly header: string;
}

const ec2Tokens: TokenForm = {
  path: 'latest/api/token',
  lifetime: { 'X-aws-ec2-metadata-token-ttl-seconds': '21600' },
  header: 'X-aws-ec2-metadata-token',
};
/** The service is on this host: what has not come by then is lost on the way, as behind a container's bridge. */
const firstTokenMs = 3_000;

export class Ec2Session {
  readonly #root: string;
  readonly #limits: FetchLimits & Pick<RequestOptions, 'headers' | 'proxy'>;
  readonly #form: TokenForm;
  #token: Promise<string | undefined> | undefined;

  /** `limits` may hold headers for every question. */
  constructor(
    root: string,
    limits: FetchLimits & Pick<RequestOptions, 'headers' | 'proxy'>,
    form: TokenForm = ec2Tokens,
  ) {
    this.#root = root;
    this.#limits = limits;
    this.#form = form;
  }

  /** Asks once, and once more with a new token if the old one is refused. */
  async probe(path: string, signal: AbortSignal): Promise<Probe> {
    const ask = async () => {
      this.#token ??= this.#offered(signal);
      return probe(this.#root + path, { signal, ...this.#limits, headers: this.#headers(await this.#token) });
    };
    const first = await ask();
    if (!('reason' in first) || first.status !== 401) return first;
    this.#token = undefined;
    return ask();
  }

  /** The answer of 2xx or 4xx; never 401. Throws `cloud-config.unavailable` and `cloud-config.source`. */
  async answer(path: string, signal: AbortSignal): Promise<Answer> {
    for (let renewals = 0; ; renewals++) {
      const held = this.#token;
      const headers = this.#headers(await held);
      const answer = await fetchAnswer(this.#root + path, { signal, ...this.#limits, headers });
      if (answer.status !== 401) return answer;
      if (renewals === 2) throw refused(answer);
      // Several answers may be refused at once: one of them renews the token for all.
      if (this.#token === held) this.#renew(this.#demanded(signal, answer));
    }
  }

  /** A renewal that fails is told to those who wait for it; who comes later tries anew. */
  #renew(token: Promise<string>): void {
    this.#token = token;
    token.catch(() => {
      if (this.#token === token) this.#token = undefined;
    });
  }

  #headers(token: string | undefined): Record<string, string> {
    return { ...this.#limits.headers, ...(token === undefined ? {} : { [this.#form.header]: token }) };
  }

  /** A token if the service has any to give. */
  async #offered(signal: AbortSignal): Promise<string | undefined> {
    const timeoutMs = Math.min(firstTokenMs, this.#limits.timeoutMs ?? firstTokenMs);
    const options = {
      signal,
      ...this.#limits,
      timeoutMs,
      method: 'PUT',
      headers: this.#form.lifetime,
    } as const;
    const result = await probe(this.#root + this.#form.path, options);
    return 'answer' in result ? tokenIn(result.answer) : undefined;
  }

  async #demanded(signal: AbortSignal, because: Answer): Promise<string> {
    const options = { signal, ...this.#limits, method: 'PUT', headers: this.#form.lifetime } as const;
    const answer = await fetchAnswer(this.#root + this.#form.path, options);
    const token = answer.status < 300 ? tokenIn(answer) : undefined;
    if (token === undefined) throw refused(answer.status < 300 ? because : answer);
    return token;
  }
}

/** A page of some other server is no token, and no header either. */
function tokenIn(answer: Answer): string | undefined {
  const text = Buffer.from(answer.body).toString('latin1').trim();
  return /^[\x21-\x7e]{1,4096}$/.test(text) ? text : undefined;
}
