// The door of http: JSON over unix sockets and TCP.

export {
  type CallOptions,
  type HttpAnswer,
  type HttpClient,
  type HttpClientOptions,
  httpClient,
  type StreamOptions,
  type TlsSettings,
} from './client.ts';
export { httpErrors } from './errors.ts';
