// The one way to the server: a client typed by its description. A refusal becomes an `ApiError` with the server's words.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated";

/** What the server refused, in its own words. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

export const api = createClient<paths>({ baseUrl: "", fetch: (request) => fetch(request) });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or the refusal as an error: `await unwrap(api.GET("/api/system"))`. */
export async function unwrap<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("The server does not answer. Is it still running?", 0, undefined);
  }
  if (answer.response.ok) return answer.data as T;
  throw refusal(answer.response.status, answer.error);
}

/** The error that a refusal is, whatever its body. */
export function refusal(status: number, body: unknown): ApiError {
  if (isErrorBody(body)) return new ApiError(body.error.message, status, body.error.code ?? undefined);
  return new ApiError(`The server answered with status ${status} and no explanation.`, status, undefined);
}

function isErrorBody(body: unknown): body is components["schemas"]["ErrorBody"] {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "message" in error && typeof error.message === "string";
}
