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
export { errorAnswer, type HttpAnswerParts, type HttpHandler, type HttpRequest } from './exchange.ts';
export { fileAnswer } from './file-answer.ts';
export {
  type HttpServer,
  type HttpServerOptions,
  httpServer,
  type Listening,
  type ListenOptions,
  type ListenTarget,
} from './server.ts';
export { requestErrors } from './server-errors.ts';
export type { ServerTls } from './server-tls.ts';
