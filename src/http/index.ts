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
export {
  errorAnswer,
  type HttpAnswerParts,
  type HttpHandler,
  type HttpRequest,
  type HttpServer,
  type HttpServerOptions,
  httpServer,
  type ListenTarget,
} from './server.ts';
export { requestErrors } from './server-errors.ts';
