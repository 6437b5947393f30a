// The door of http: JSON over unix sockets and TCP.

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
